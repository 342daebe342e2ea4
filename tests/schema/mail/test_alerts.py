import pytest

from schema.mail import alerts
from schema.mail.alerts import MAX_VISITORS, MOST, AlertError, AlertKind
from schema.sites import sites

HOOK = "https://hooks.example.net/sillage"


@pytest.fixture
def site(control):
    return sites.add(control, "example.org", timezone="UTC", now=0)


def add(control, site, target="ben@example.net", *, kind=AlertKind.SPIKE, threshold=10):
    return alerts.add(control, site.id, kind, threshold=threshold, target=target, language="en")


def test_only_a_webhook_has_a_secret(control, site):
    mail, hook = add(control, site), add(control, site, HOOK)

    assert (False, "") == (mail.is_webhook, mail.secret)
    assert (True, 43) == (hook.is_webhook, len(hook.secret))
    assert [mail, hook] == alerts.list_all(control, site.id)
    assert hook.secret != add(control, site, HOOK + "2").secret


@pytest.mark.parametrize("threshold", [0, -1, MAX_VISITORS + 1])
def test_a_threshold_must_be_a_number_of_visitors(control, site, threshold):
    with pytest.raises(AlertError, match="must be 1 or more"):
        add(control, site, threshold=threshold)


def test_a_target_gets_an_alert_once(control, site):
    add(control, site)
    add(control, site, kind=AlertKind.DROP)

    with pytest.raises(AlertError, match="already gets this alert"):
        add(control, site, threshold=99)


def test_a_site_has_a_limited_number_of_alerts(control, site):
    for number in range(MOST):
        add(control, site, f"{number}@example.net")

    with pytest.raises(AlertError, match="at most 20 alerts"):
        add(control, site)


def test_a_removed_alert_is_gone(control, site):
    alert = add(control, site)
    alerts.remove(control, alert)

    assert alerts.by_id(control, alert.id) is None
    with pytest.raises(AlertError):
        alerts.of_site(control, site.id, alert.id)


def test_an_alert_of_another_site_is_not_found(control, site):
    other = sites.add(control, "other.example", timezone="UTC", now=0)

    with pytest.raises(AlertError):
        alerts.of_site(control, other.id, add(control, site).id)


def test_a_removed_site_has_no_alerts(control, site):
    add(control, site)
    sites.remove(control, "example.org", now=9)

    assert [] == alerts.list_all(control)
