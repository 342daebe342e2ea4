from decimal import Decimal

import pytest

from schema.measures import rates
from schema.measures.rates import Rates, RatesError

RATES = Rates("EUR", {"USD": Decimal("1.25"), "JPY": Decimal(200)})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("base,EUR\nUSD,1.25\nJPY,200\n", id="commas"),
        pytest.param("base\tEUR\r\nUSD\t1.25\r\nJPY\t200", id="tabs"),
        pytest.param("# of Monday\n\n Base , eur\nusd, 1.25  # dollars\n#CHF,1\n\nJPY,200", id="comments and space"),
    ],
)
def test_rates_are_read_exactly(text) -> None:
    assert rates.read(text) == RATES


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "it contains no rates", id="nothing"),
        pytest.param("# base,EUR", "it contains no rates", id="a comment"),
        pytest.param("base,EUR\n", "it contains no rate except the base, EUR", id="a base alone"),
        pytest.param("\nUSD,1.25", "line 2 is 'USD,1.25': the first line must name", id="no base"),
        pytest.param("base,EURO", "line 1 names 'EURO', which is not a currency", id="a base that is no currency"),
        pytest.param("base,EUR\nDEM,1.95", "line 2 names 'DEM', which is not a currency", id="a currency of the past"),
        pytest.param("base,EUR\nUSD", "line 2 is 'USD': enter a currency and a number", id="no rate"),
        pytest.param("base,EUR\nUSD,1,25", "line 2 is 'USD,1,25'", id="a comma in the number"),
        pytest.param("base,EUR\nUSD,0.0", "line 2 is 'USD,0.0'", id="nothing worth"),
        pytest.param("base,EUR\nUSD,-1", "line 2 is 'USD,-1'", id="less than nothing"),
        pytest.param("base,EUR\nUSD,nan", "line 2 is 'USD,nan'", id="not a number"),
        pytest.param("base,EUR\nUSD,1e999", "line 2 is 'USD,1e999'", id="with an exponent"),
        pytest.param("base,EUR\nUSD,1\nUSD,2", "line 3 repeats USD", id="a currency twice"),
        pytest.param("base,EUR\nEUR,1", "line 2 repeats EUR", id="the base as a currency"),
    ],
)
def test_what_holds_no_rates_is_one_sentence(text, sentence) -> None:
    with pytest.raises(RatesError, match=sentence):
        rates.read(text)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        pytest.param("EUR", "USD", Decimal("12.5"), id="out of the base"),
        pytest.param("USD", "EUR", Decimal(8), id="into the base"),
        pytest.param("USD", "JPY", Decimal(1600), id="between two others"),
        pytest.param("CHF", "CHF", Decimal(10), id="the same, without a rate"),
        pytest.param("CHF", "EUR", None, id="one without a rate"),
        pytest.param("EUR", "CHF", None, id="into one without a rate"),
    ],
)
def test_an_amount_is_converted_where_both_rates_are_known(source, target, expected) -> None:
    assert RATES.convert(Decimal(10), source, target) == expected


def test_without_rates_a_currency_is_worth_itself_alone() -> None:
    assert rates.NO_RATES.convert(Decimal(10), "EUR", "EUR") == Decimal(10)
    assert rates.NO_RATES.convert(Decimal(10), "EUR", "USD") is None
