from decimal import Decimal

import pytest

from schema import currencies
from schema.currencies import RatesError

RATES = {"EUR": Decimal(1), "USD": Decimal("0.8"), "JPY": Decimal("0.005")}


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


def test_rates_are_read_exactly() -> None:
    text = "EUR = 1\nUSD = 0.8  # since Monday\nJPY = 5e-3\n"

    assert RATES == currencies.read_rates(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("EUR 1", "it can't be understood", id="no TOML"),
        pytest.param("# EUR = 1", "there is no rate in it", id="nothing"),
        pytest.param("EURO = 1", "'EURO' is not a currency", id="no currency"),
        pytest.param("EUR = 0", "the rate of EUR must be a number above 0", id="nothing worth"),
        pytest.param("EUR = -1.5", "must be a number above 0", id="less than nothing"),
        pytest.param("EUR = nan", "must be a number above 0", id="not a number"),
        pytest.param("EUR = inf", "must be a number above 0", id="without end"),
        pytest.param('EUR = "1"', "must be a number above 0", id="a text"),
        pytest.param("EUR = true", "must be a number above 0", id="a truth"),
        pytest.param("[EUR]", "must be a number above 0", id="a table"),
    ],
)
def test_what_holds_no_rates_is_one_sentence(text, sentence) -> None:
    with pytest.raises(RatesError, match=sentence):
        currencies.read_rates(text)


@pytest.mark.parametrize(
    ("of", "to", "expected"),
    [
        pytest.param("USD", "EUR", Decimal(8), id="into what the others are counted in"),
        pytest.param("EUR", "USD", Decimal("12.5"), id="and out of it"),
        pytest.param("USD", "JPY", Decimal(1600), id="between two others"),
        pytest.param("CHF", "CHF", Decimal(10), id="the same, without a rate"),
        pytest.param("CHF", "EUR", None, id="one without a rate"),
        pytest.param("EUR", "CHF", None, id="into one without a rate"),
    ],
)
def test_an_amount_is_converted_where_both_rates_are_known(of, to, expected) -> None:
    assert expected == currencies.converted(Decimal(10), of=of, to=to, rates=RATES)
