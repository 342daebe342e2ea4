import pytest

from dashboard.pages import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("0", 0, id="zero"),
        pytest.param("007", 7, id="zeros in front"),
        pytest.param("9" * 18, 10**18 - 1, id="as much as SQLite takes"),
        pytest.param("9" * 19, whole_number.LARGEST, id="more than SQLite takes"),
        pytest.param("9" * 5000, whole_number.LARGEST, id="more than Python takes"),
        pytest.param("²", None, id="a superscript"),
        pytest.param("٣", None, id="a digit of another script"),
        pytest.param("-1", None, id="a sign"),
        pytest.param(" 1", None, id="a blank"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_number_is_ascii_digits(text, number):
    assert number == whole_number.read(text)
