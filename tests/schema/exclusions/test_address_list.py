import pytest

from schema.exclusions import address_list
from schema.exclusions.matchers import ExclusionError


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        pytest.param("192.0.2.7\n198.51.100.0/24\n", {"": ["192.0.2.7/32", "198.51.100.0/24"]}, id="one a line"),
        pytest.param("192.0.2.7, 192.0.2.8;192.0.2.9", {"": [f"192.0.2.{n}/32" for n in (7, 8, 9)]}, id="on one line"),
        pytest.param("192.0.2.*\n10.*.*.*", {"": ["192.0.2.0/24", "10.0.0.0/8"]}, id="stars"),
        pytest.param("192.0.2.4 - 192.0.2.9", {"": ["192.0.2.4/30", "192.0.2.8/31"]}, id="a range"),
        pytest.param("192.0.2.7 # Lyon\n", {"Lyon": ["192.0.2.7/32"]}, id="a note"),
        pytest.param("192.0.2.7\n\n192.0.2.7\n", {"": ["192.0.2.7/32"]}, id="twice the same"),
        pytest.param(
            "\ufeffNote,IP\nLyon,192.0.2.7\n,192.0.2.8\n", {"Lyon": ["192.0.2.7/32"], "": ["192.0.2.8/32"]}, id="CSV"
        ),
    ],
)
def test_lists_from_other_tools_are_parsed(text: str, networks: dict[str, list[str]]) -> None:
    assert networks == address_list.read(text)


def test_one_invalid_line_rejects_the_whole_list() -> None:
    with pytest.raises(ExclusionError, match=r"(?s)nothing was imported.*line 2: 'office' is not a network"):
        address_list.read("192.0.2.7\noffice\n")


def test_an_empty_list_is_rejected() -> None:
    with pytest.raises(ExclusionError, match="the file contains no addresses"):
        address_list.read("# nothing\n")
