from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from dashboard import language


@pytest.fixture(autouse=True)
def _english():
    yield
    language.use("en")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param("fr", "fr", id="French"),
        pytest.param("fr-CA,fr;q=0.9,en;q=0.8", "fr", id="French first"),
        pytest.param("en-GB,fr;q=0.9", "en", id="English first"),
        pytest.param("de, fr;q=0.5, en;q=0.4", "fr", id="the best that there is"),
        pytest.param("en;q=0.2,fr;q=0.8", "fr", id="by weight, not by order"),
        pytest.param("fr;q=0", "en", id="French excluded"),
        pytest.param("de", "en", id="neither"),
        pytest.param("", "en", id="no header"),
        pytest.param("fr;q=x;;,=,,", "en", id="nonsense"),
    ],
)
def test_a_browser_asks_for_a_language(header, code):
    assert code == language.preferred(header)


def test_texts_are_in_the_language_in_use():
    assert "Visitors" == language.gettext("Visitors")
    language.use("fr")

    assert "Visiteurs" == language.gettext("Visitors")
    assert "Retirer le filtre Pays : France" == language.gettext(
        "Remove the filter %(dimension)s: %(values)s", dimension="Pays", values="France"
    )


@pytest.mark.parametrize(("number", "text"), [(0, "0 point"), (1, "1 point"), (1.5, "1.5 point"), (2, "2 points")])
def test_french_has_its_own_plural(number, text):
    language.use("fr")

    assert text == language.ngettext("%(number)s point", "%(number)s points", number)


def test_an_unknown_language_changes_nothing():
    language.use("fr")
    language.use("tlh")

    assert "fr" == language.current()


def test_requests_do_not_share_a_language():
    with ThreadPoolExecutor(1) as threads:
        threads.submit(copy_context().run, language.use, "fr").result()

    assert "en" == language.current()
