import re
from dataclasses import replace

import pytest

from dashboard.services import WEBHOOKS, services_of
from schema.exclusions import audit
from schema.mail import alerts
from schema.mail.alerts import AlertKind
from schema.privacy.profile import Privacy
from schema.sites import sites

PATH = "/example.org/settings/alerts"
HOOK = "http://127.0.0.1:9/hook"


def listed(desk, site):
    return [(one.kind, one.threshold, one.target, one.language) for one in alerts.list_all(desk.control, site.id)]


def allow_any(desk):
    desk.provide(webhook_limits=replace(WEBHOOKS, allows=lambda _address: True))


def test_an_alert_is_added_listed_and_removed(desk, site):
    desk.post(PATH, kind="drop", threshold="1000", target=" Ben@Example.net", language="fr")
    added, page = listed(desk, site), desk.page(PATH)
    question = desk.page(f"{PATH}/1/remove")
    desk.post(f"{PATH}/1/remove", sure="yes")

    assert [(AlertKind.DROP, 1000, "ben@example.net", "fr")] == added
    assert "ben@example.net Fewer than 1,000 visitors in twelve hours. Nothing sent yet." in page.text
    assert "Remove the alert to ben@example.net?" in question.text
    assert [] == listed(desk, site)
    assert [
        "Removed the alert to ben@example.net.",
        "Alerts ben@example.net when fewer than 1,000 visitors came in twelve hours.",
    ] == [entry.change for entry in audit.latest(desk.control, 2, topic=audit.SETTINGS)]


def test_the_secret_of_a_webhook_is_shown_once(desk, site):
    allow_any(desk)
    answer = desk.post(PATH, kind="spike", threshold="10", target=HOOK, language="en")
    secret = alerts.list_all(desk.control, site.id)[0].secret

    assert secret in answer.text
    assert re.search(r"[\w-]{43}", secret)
    assert secret not in desk.page(PATH).html
    assert secret not in str(audit.latest(desk.control, 9, topic=audit.SETTINGS))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"threshold": "x", "target": "ben@example.net"}, "must be 1 or more", id="no number"),
        pytest.param({"threshold": "10", "target": "ben"}, "is not an e-mail address", id="no address"),
        pytest.param({"threshold": "10", "target": HOOK}, "belongs to a private network", id="this machine"),
        pytest.param(
            {"threshold": "10", "target": "http://localhost/"},
            "belongs to a private network",
            id="a name of this machine",
        ),
        pytest.param({"threshold": "10", "target": "ftp://example.net/"}, "is not an address", id="another protocol"),
    ],
)
def test_what_is_refused_stays_in_the_form(desk, site, fields, problem):
    answer = desk.post(PATH, kind="spike", **fields)

    assert 422 == answer.status_code
    assert problem in answer.text
    assert f'value="{fields["target"]}"' in answer.text
    assert [] == listed(desk, site)


def test_an_exempt_site_has_no_webhook(desk, site):
    allow_any(desk)
    sites.change(desk.control, site, now=0, privacy=Privacy(profile="exempt", retention_months=13))
    answer = desk.post(PATH, kind="spike", threshold="10", target=HOOK)

    assert "its alerts can only be sent as mail" in answer.text
    assert [] == listed(desk, site)
    assert "rounded to the nearest ten" in desk.page(PATH).text


def test_webhooks_reach_only_public_addresses_by_default(desk, site):
    limits = services_of(desk.app).webhook_limits

    assert (False, True) == (limits.allows("127.0.0.1"), limits.allows("93.184.216.34"))
    assert (10, 0) == (limits.timeout_s, limits.max_redirects)
