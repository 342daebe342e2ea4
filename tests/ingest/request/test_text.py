import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.request.text import printable


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("plain words", "plain words", id="plain words"),
        pytest.param("été 日本 😀", "été 日本 😀", id="other scripts"),
        pytest.param("a\x00b", "ab", id="a null byte"),
        pytest.param("a\r\nb\tc", "abc", id="line breaks and tabs"),
        pytest.param("a\x7f\x9fb", "ab", id="controls above ascii"),
        pytest.param("a\u2028b\u2029c", "abc", id="unicode's line breaks"),
        pytest.param("a\xa0b", "a\xa0b", id="a hard space is no control character"),
        pytest.param(
            "\u0646\u0645\u06cc\u200c\u062e", "\u0646\u0645\u06cc\u200c\u062e", id="joiners some scripts need"
        ),
        pytest.param("a\ud800b", "a\ufffdb", id="half a character"),
        pytest.param("\ud83d\ude00", "😀", id="two halves that belong together"),
    ],
)
def test_text_loses_what_is_no_character(text, kept):
    assert kept == printable(text)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_can_be_stored_and_stays_as_it_is_from_then_on(text):
    kept = printable(text)

    assert kept.encode("utf-8").decode("utf-8") == kept
    assert kept == printable(kept)
    assert not any(ord(character) < 0x20 for character in kept)
