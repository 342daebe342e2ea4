import pytest

from schema.sentence import Sentence
from scripts.audit.subject import Reply, joined, listed
from tests.scripts.audit.subjects import EXEMPT, a_process, a_subject


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b"], "a, b"), (list("abcdefg"), "a, b, c, d, e, +2")]
)
def test_a_long_list_is_shortened(names, text):
    assert text == listed(names)


@pytest.mark.parametrize(("words", "text"), [("a", "a"), ("abc", "a, b, c")])
def test_sentences_are_joined(words, text):
    assert text == str(joined([Sentence(word) for word in words]))


def test_a_missing_header_is_empty():
    reply = Reply(200, [("etag", "x")], b"")

    assert ("x", "") == (reply.header("etag"), reply.header("set-cookie"))


def test_settings_in_effect_replace_those_of_the_command(tmp_path):
    settings = a_subject(tmp_path, data_country="DE").settings
    effective = a_process(data_country="FR", backup_country="IT", account_months=6).effective(settings)

    assert ("FR", "IT", 6) == (effective.data_country, effective.backup_country, effective.account_months)
    assert settings.data_dir == effective.data_dir


def test_exempt_sites_are_those_with_the_profile(tmp_path):
    assert [EXEMPT] == a_subject(tmp_path).exempt
    assert "2026-03-10" == a_subject(tmp_path).today(EXEMPT).isoformat()
