import time

import pytest

from schema.exclusions import rules
from schema.sites import sites

OFFICE = '[[exclusion]]\nnetwork = "192.0.2.0/24"\nnote = "office"\n'


def networks(control) -> list[tuple[str, str]]:
    return [(exclusion.described, exclusion.rule.note) for exclusion in rules.list_all(control)]


def test_a_list_of_addresses_is_imported_once(control, sillage, tmp_path):
    file = tmp_path / "addresses.txt"
    file.write_text("192.0.2.1\n198.51.100.0/24\n")
    first = sillage("exclusions", "import", str(file), "--note", "former tool", "--yes")
    again = sillage("exclusions", "import", str(file), "--note", "former tool", "--yes")

    assert (0, 0) == (first.exit_code, again.exit_code)
    assert ["former tool"] == [note for _, note in networks(control)]


def test_imported_rules_are_for_one_site_on_demand_and_tried_on_demand(control, sillage, tmp_path):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    file = tmp_path / "addresses.txt"
    file.write_text("192.0.2.1\n")
    sillage("exclusions", "import", str(file), "--site", "example.org", "--note", "x", "--dry-run", "--yes")
    (exclusion,) = rules.list_all(control)

    assert (site.id, False) == (exclusion.site_id, exclusion.rule.excludes)


def test_an_export_is_a_file_that_can_be_imported(control, sillage, tmp_path):
    sillage("exclusions", "add", "--network", "192.0.2.0/24", "--note", "office")
    before = networks(control)
    file = tmp_path / "exclusions.toml"
    file.write_text(sillage("exclusions", "export").stdout)
    rules.remove(control, 1, who="ana", now=time.time())
    sillage("exclusions", "import", str(file), "--yes")

    assert before == networks(control)
    assert 0 == sillage("exclusions", "check", str(file)).exit_code


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[[exclusion]\n", id="no TOML"),
        pytest.param(b'[[exclusion]]\nnetwrok = "192.0.2.0/24"\n', id="an unknown key"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(control, sillage, tmp_path, content):
    file = tmp_path / "exclusions.toml"
    file.write_bytes(content)
    result = sillage("exclusions", "check", str(file))

    assert 2 == result.exit_code
    assert str(file) in result.stderr


def test_a_file_with_one_bad_line_changes_nothing(control, sillage, tmp_path):
    file = tmp_path / "exclusions.toml"
    file.write_text(f'{OFFICE}[[exclusion]]\nnetwork = "office"\n')

    assert 2 == sillage("exclusions", "import", str(file), "--yes").exit_code
    assert [] == networks(control)
