"""tests/test_documents.py checks that the page in the repository is current."""

import pytest

from scripts.config.settings import SETTINGS
from scripts.release import settings_page


def rows() -> list[list[str]]:
    """Return the cells of each row of the table."""
    lines = [line for line in settings_page.page().splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_a_setting_has_a_row_in_the_order_of_the_table():
    assert [(f"`{setting.name}`", f"`{setting.variable}`") for setting in SETTINGS] == [
        (row[0], row[1]) for row in rows()
    ]


@pytest.mark.parametrize(
    ("name", "default"),
    [
        pytest.param("port", "`8000`", id="a default"),
        pytest.param("memory_mb", "", id="a value that depends on the machine"),
    ],
)
def test_a_default_is_shown_as_it_is_written(name, default):
    (row,) = (row for row in rows() if row[0] == f"`{name}`")

    assert default == row[2]


def test_the_page_ends_with_its_table():
    assert settings_page.page().splitlines()[-1].startswith(f"| `{SETTINGS[-1].name}`")
    assert settings_page.page().startswith("# Settings\n")
