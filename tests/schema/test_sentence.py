from datetime import UTC, date, datetime

import pytest

from schema.sentence import Count, Sentence, SentenceError, Size, counted, restored, written


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        pytest.param(Sentence("50 % of the hits"), "50 % of the hits", id="no values"),
        pytest.param(Sentence("%(share)s %% of %(name)s", {"share": 50, "name": "a"}), "50 % of a", id="values"),
        pytest.param(Sentence("%(text)r", {"text": "%(x)s"}), "'%(x)s'", id="a value like a placeholder"),
        pytest.param(Sentence("%(day)s", {"day": date(2026, 3, 10)}), "2026-03-10", id="a day"),
        pytest.param(Sentence("%(most)s", {"most": Count(100_000)}), "100,000", id="a count"),
        pytest.param(Sentence("%(most)s", {"most": 100_000}), "100000", id="another number"),
        pytest.param(Sentence("not %(rule)s", {"rule": Sentence("a %(x)s", {"x": 1})}), "not a 1", id="a sentence"),
    ],
)
def test_a_sentence_is_english_as_a_string(sentence, text):
    assert text == str(sentence)


@pytest.mark.parametrize(("number", "text"), [(0, "0 visits"), (1, "1 visit"), (2_000, "2,000 visits")])
def test_one_is_singular(number, text):
    assert text == str(counted(number, "1 visit", "%(number)s visits"))


def test_an_error_has_its_message_and_its_sentence():
    error = SentenceError("at most %(most)d characters", most=120)

    assert "at most 120 characters" == str(error)
    assert Sentence("at most %(most)d characters", {"most": 120}) == error.sentence


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param(Sentence("50 % of the hits"), id="no values"),
        pytest.param(Sentence("%(name)s: %(number)d", {"name": "é", "number": 3}), id="texts and numbers"),
        pytest.param(Sentence("%(most)s", {"most": Count(100_000)}), id="a count"),
        pytest.param(Sentence("since %(day)s", {"day": date(2026, 3, 10)}), id="a day"),
        pytest.param(Sentence("not %(rule)s", {"rule": Sentence("a %(x)s", {"x": "y"})}), id="a sentence in it"),
    ],
)
def test_a_stored_sentence_is_the_same_again(sentence):
    assert sentence == restored(written(sentence))
    assert str(sentence) == str(restored(written(sentence)))


def test_values_of_other_kinds_are_stored_as_texts():
    assert Sentence("%(time)s", {"time": "2026-03-10 12:00:00+00:00"}) == restored(
        written(Sentence("%(time)s", {"time": datetime(2026, 3, 10, 12, tzinfo=UTC)}))
    )


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_400, "1.4 kB"),
        (14_000, "14 kB"),
        (1_400_000, "1.4 MB"),
        (4_000_000_000, "4.0 GB"),
        (400_000_000_000, "400.0 GB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size, text):
    assert text == str(Size(size))
