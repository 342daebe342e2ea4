import pytest

from dashboard.stats.answer import countries


@pytest.mark.parametrize(
    ("code", "name"),
    [("FR", "France"), ("DE", "Germany"), ("A1", "Anonymous VPN"), ("001", None), ("fr", None)],
)
def test_a_country_has_an_english_name_by_its_two_letters(code, name):
    assert name == countries.NAMES.get(code)
