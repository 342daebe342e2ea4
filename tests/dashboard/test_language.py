from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date

import pytest

from dashboard import language
from dashboard.stats.model.error import QueryError
from schema.exclusions import condition
from schema.exclusions.matchers import ExclusionError
from schema.measures.goals import GoalError
from schema.sentence import Count
from schema.sites.sites import SiteError


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


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        pytest.param(
            "fr",
            GoalError("an event name can have at most %(most)s characters", most=120),
            "Un nom d’événement peut avoir 120 caractères au maximum",
            id="French",
        ),
        pytest.param(
            "en",
            GoalError("an event name can have at most %(most)s characters", most=120),
            "An event name can have at most 120 characters",
            id="English, with a capital",
        ),
        pytest.param(
            "en",
            SiteError("%(domain)s already exists", domain="ünder.org"),
            "ünder.org already exists",
            id="a value first",
        ),
        pytest.param(
            "fr",
            QueryError("A period can't start before %(earliest)s.", earliest=date(2000, 1, 31)),
            "Une période ne peut pas commencer avant le 31 janvier 2000.",
            id="a day",
        ),
        pytest.param(
            "fr",
            ExclusionError("%(key)s takes from one to %(most)s values", key="network", most=Count(100_000)),
            "network attend de une à 100\u202f000 valeurs",
            id="a count",
        ),
        pytest.param(
            "fr",
            ExclusionError("line %(line)d: %(error)s", line=3, error=ExclusionError("it is nested too deeply")),
            "Ligne 3 : il contient trop de niveaux imbriqués",
            id="an error in an error",
        ),
        pytest.param("fr", GoalError("not in the catalog: 5 %"), "Not in the catalog: 5 %", id="without a translation"),
    ],
)
def test_an_error_is_in_the_language_in_use(code, error, text):
    language.use(code)

    assert text == language.of_error(error)


def test_a_condition_is_in_the_language_in_use():
    rule = condition.read(
        {"network": ["192.0.2.0/24", "2001:db8::/48", "192.0.3.1", "192.0.3.2"], "not": {"path": ["/a", "/b"]}}
    )
    language.use("fr")

    assert (
        "(réseau 192.0.2.0/24 (256 adresses) ou 2001:db8::/48 (2^80 adresses) ou 192.0.3.1/32 et 1 autre)"
        " et pas (chemin /a ou /b)"
    ) == language.of(condition.sentence(rule))
    assert (
        "(network 192.0.2.0/24 (256 addresses) or 2001:db8::/48 (2^80 addresses) or 192.0.3.1/32 and 1 more)"
        " and not (path /a or /b)"
    ) == condition.described(rule)


def test_a_mail_is_written_in_another_language_than_the_page():
    language.use("fr")
    try:
        with language.speaking("en"):
            assert "en" == language.current()
        assert "fr" == language.current()
    finally:
        language.use("en")
