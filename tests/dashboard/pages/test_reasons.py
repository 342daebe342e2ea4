import pytest

from dashboard.pages.reasons import WORDINGS, wording


@pytest.mark.parametrize("reason", WORDINGS)
def test_a_reason_has_a_title_and_sentences(reason):
    words = wording(reason)

    assert words.title
    assert words.sentence.endswith(".")


def test_reasons_have_distinct_titles():
    assert len(WORDINGS) == len({words.title for words in WORDINGS.values()})


def test_a_reason_of_a_newer_version_is_shown_by_its_name():
    assert ("Sent by robots", "") == (wording("sent_by_robots").title, wording("sent_by_robots").sentence)
