"""The collections of URLs are in tests/privacy, with what the collector makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.privacy.redaction import Kind, clean

_PIECES = (
    "a @ . .fr % %40 %2540 06 12 34 56 78 0612345678 +33 FR76 30006000011234567890189 1850578006084 91 / - _ :email é"
    " ＠ 8f3a9c2e 1b7d4f6a (at) [dot] &#64; eyJ 123e4567-e89b-12d3-a456-426614174000 anna example.org"
)
PIECES = st.sampled_from([" ", "\u200b", *_PIECES.split()])


@pytest.mark.parametrize(
    ("text", "cleaned", "kinds"),
    [
        pytest.param("anna@example.org", ":email", (Kind.EMAIL,), id="an e-mail address"),
        pytest.param("06 12 34 56 78", ":phone", (Kind.PHONE,), id="a phone number"),
        pytest.param("123e4567-e89b-12d3-a456-426614174000", ":uuid", (Kind.UUID,), id="a UUID"),
        pytest.param("FR7630006000011234567890189", ":iban", (Kind.IBAN,), id="an IBAN"),
        pytest.param("FR7630006000011234567890188", "FR7630006000011234567890188", (), id="wrong check digits"),
        pytest.param("185057800608491", ":ssn", (Kind.SSN,), id="a social security number"),
        pytest.param("185057800608492", "185057800608492", (), id="a wrong key"),
        pytest.param("8f3a9c2e1b7d4f6a", ":token", (Kind.TOKEN,), id="a token"),
        pytest.param("anna@example.org or bob@example.org", ":email or :email", (Kind.EMAIL,), id="two of a kind"),
        pytest.param("+33612345678 anna@example.org", ":phone :email", (Kind.EMAIL, Kind.PHONE), id="two kinds"),
        pytest.param("", "", (), id="nothing"),
    ],
)
def test_what_identifies_a_person_is_replaced(text, cleaned, kinds):
    assert (cleaned, kinds) == clean(text)


@pytest.mark.parametrize("text", ["100%25", "Ａ４", "a\u200bb", "٢٠٢٤", "R&amp;D", "look(at)this", "5–10"])
def test_a_text_without_anything_is_returned_as_it_was(text):
    assert (text, ()) == clean(text)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=80))
def test_a_clean_text_stays_as_it_is(text):
    once = clean(text).text

    assert (once, ()) == clean(once)


@given(st.text(max_size=200))
def test_only_what_has_a_kind_is_changed(text):
    cleaned, kinds = clean(text)

    assert bool(kinds) == (cleaned != text)
    assert all(f":{kind}" in cleaned for kind in kinds)


@given(st.from_regex(r"[0-9]{1,20}", fullmatch=True))
def test_a_number_alone_is_cleaned_like_one_in_a_text(number):
    alone, in_text = clean(number), clean(f"{number} ")

    assert (f"{alone.text} ", alone.kinds) == in_text
