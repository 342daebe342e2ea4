import pytest

from tests.journeys.browser import missing


def test_what_is_missing_skips_a_test_and_says_so(monkeypatch):
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="npm is not installed"):
        missing("npm is not installed")


def test_what_is_missing_fails_a_test_where_everything_must_be_there(monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="npm is not installed"):
        missing("npm is not installed")
