import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schema.records.csv_cell import guarded, unguarded


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\tx", "\rx", "\nx"),
        pytest.param("  =1", id="spaces"),
        pytest.param("\u00a0=1", id="a space that does not break"),
        pytest.param(" \n =1", id="spaces and a line feed"),
        pytest.param("\u200b=1", id="a space without width"),
        pytest.param("\u2060\u200d@x", id="joiners"),
        pytest.param("\ufeff=1", id="a byte order mark"),
        pytest.param("\u202e=1", id="a change of direction"),
        pytest.param("\x00=1", id="a NUL"),
        *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", " \uff1d1", "\ufe661"),
    ],
)
def test_a_cell_that_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(text):
    assert f"'{text}" == guarded(text)
    assert f"''{text}" == guarded(f"'{text}")
    assert text == unguarded(guarded(text))


@pytest.mark.parametrize("text", ["", "a=1", "a-b", " x", "1", "'s", "\u200bx", "''", "x\n=1", "(=1)", "é+"])
def test_another_cell_stays_as_it_is(text):
    assert text == guarded(text)
    assert text == unguarded(text)


@given(st.text())
@example("'=1")
@example("'\u200b'=1")
@example("''\n")
def test_every_text_survives_the_round_trip(text):
    assert text == unguarded(guarded(text))


@given(st.text(alphabet=" '=+-@\t\r\n\u200b\ufeff\uff1dx"))
def test_every_text_survives_the_round_trip_among_those_that_look_like_formulas(text):
    assert text == unguarded(guarded(text))
