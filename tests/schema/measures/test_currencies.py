import pytest

from schema.measures import currencies


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        pytest.param("EUR", True, id="euros"),
        pytest.param("CHF", True, id="Swiss francs"),
        pytest.param("DEM", False, id="one of the past"),
        pytest.param("eur", False, id="small letters"),
        pytest.param("XYZ", False, id="made up"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_currency_is_money_somewhere_today(code, is_one) -> None:
    assert is_one == currencies.is_currency(code)
