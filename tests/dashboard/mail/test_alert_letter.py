import pytest

from dashboard.mail import alert_letter
from dashboard.mail.watch import Raised, Row
from schema.mail.alerts import Alert, AlertKind
from schema.privacy.profile import Privacy
from schema.sites.sites import Site
from tests.dashboard.desk import Page

SITE = Site(1, "example.org", "Europe/Paris", 761)
EXEMPT = Site(1, "example.org", "Europe/Paris", 761, privacy=Privacy(profile="exempt", retention_months=13))
NOON = 1_773_572_400


def a_letter(kind, visitors, *, site=SITE, code="en", pages=(), sources=()):
    alert = Alert(7, 1, kind, 10, "ben@example.net", code, "")
    raised = Raised(visitors, NOON, list(pages), list(sources))
    return alert_letter.of_alert(alert, site, raised, base_url="https://s.example")


@pytest.mark.parametrize(
    ("kind", "visitors", "site", "sentence"),
    [
        pytest.param(AlertKind.SPIKE, 1234, SITE, "had 1,234 visitors in the five minutes before", id="a spike"),
        pytest.param(AlertKind.DROP, 1, SITE, "had only 1 visitor in the twelve hours before", id="a drop"),
        pytest.param(AlertKind.DROP, 0, SITE, "had no visitors in the twelve hours before", id="nobody"),
        pytest.param(AlertKind.DROP, 0, EXEMPT, "had fewer than ten visitors in the twelve hours", id="exempt"),
    ],
)
def test_the_subject_says_what_happened_and_when(kind, visitors, site, sentence):
    letter = a_letter(kind, visitors, site=site)

    assert letter.subject.startswith(f"example.org {sentence}")
    assert letter.subject.endswith("15 Mar 2026, 12:00.")
    assert letter.text.startswith(letter.subject)


def test_both_forms_have_pages_sources_and_links():
    hostile = Row("/<script>", 20)
    letter = a_letter(AlertKind.SPIKE, 25, pages=[hostile], sources=[Row("Google", 5)])
    page = Page(letter.html)

    for text in ("/<script>", "20", "Google", "5"):
        assert text in page.text
        assert text in letter.text
    assert "https://s.example/example.org" in letter.text
    assert page.attributes("a", href="https://s.example/example.org/settings/alerts")


def test_an_alert_is_in_its_language():
    letter = a_letter(AlertKind.DROP, 0, code="fr")

    assert "example.org n’a eu aucun visiteur pendant les douze heures avant le 15 mars 2026" in letter.subject
    assert '<html lang="fr">' in letter.html
