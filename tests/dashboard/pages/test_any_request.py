"""The dashboard responds to any URL and any form with a page, and never with "Internal error"."""

import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from schema.exclusions import rules
from schema.mail import alerts, subscriptions
from schema.mail.subscriptions import Kind
from schema.measures import annotations, custom_props, funnels, goals, segments
from schema.people import invitations, members, users
from schema.people.roles import Role
from schema.sites import keys, shared_links, sites
from schema.sites.sites import Site
from tests.dashboard.calls import calls, with_body
from tests.dashboard.desk import EMAIL, Desk
from tests.factories import store, store_drops, views
from tests.mutations import mutated_texts

PERIOD = {"period": "custom", "from": "2026-03-01", "to": "2026-03-10"}
SETTINGS = "/example.org/settings"
# The parameters of each page; a new page has to be added.
PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "/": {},
    "/sign-in": {"next": "/sites"},
    "/sign-in/x": {},
    "/invitation/x": {},
    "/people": {"search": "ana", "page": "2", "removed": "1"},
    "/people/1": {},
    "/people/1/remove": {},
    f"{SETTINGS}/people": {"search": "ana", "page": "2", "removed": "1", "revoked": "yes"},
    f"{SETTINGS}/people/1": {},
    f"{SETTINGS}/people/1/remove": {},
    f"{SETTINGS}/people/invitations/1/revoke": {},
    "/sign-in/code": {},
    "/sign-in/forgotten": {},
    "/sign-in/provider": {"next": "/sites"},
    "/sign-in/provider/back": {"code": "x", "state": "x"},
    "/account/two-factor": {},
    "/account/passkeys": {},
    "/account/passkeys/1/remove": {},
    "/sites": {"search": "example", "sort": "change"},
    "/sites/new": {},
    "/account": {"done": "email"},
    "/account/export": {},
    "/keys": {"removed": "1"},
    "/status": {},
    "/keys/1/remove": {},
    "/static/x/x": {},
    f"{SETTINGS}/install": {},
    f"{SETTINGS}/retention": {},
    f"{SETTINGS}/changes": {
        "who": EMAIL,
        "topic": "privacy",
        "first": "2026-03-09",
        "last": "2026-03-10",
        "before": "9",
    },
    f"{SETTINGS}/changes.csv": {"who": EMAIL, "first": "2026-03-09"},
    f"{SETTINGS}/goals": {"removed": "1"},
    f"{SETTINGS}/sharing": {"removed": "0"},
    f"{SETTINGS}/sharing/1": {},
    f"{SETTINGS}/sharing/1/remove": {},
    "/share/embed.js": {},
    "/example.org/badge.svg": {"lang": "fr"},
    f"{SETTINGS}/goals/1": {},
    f"{SETTINGS}/goals/1/remove": {},
    f"{SETTINGS}/funnels": {},
    f"{SETTINGS}/funnels/1": {},
    f"{SETTINGS}/funnels/1/remove": {},
    f"{SETTINGS}/segments": {},
    f"{SETTINGS}/segments/1": {},
    f"{SETTINGS}/segments/1/remove": {},
    f"{SETTINGS}/properties": {},
    f"{SETTINGS}/properties/name": {"property": "author"},
    f"{SETTINGS}/properties/remove": {"property": "author"},
    f"{SETTINGS}/paths": {},
    f"{SETTINGS}/paths/remove": {"pattern": "/order/*"},
    f"{SETTINGS}/referrers": {},
    f"{SETTINGS}/referrers/remove": {"referrer": "paypal.com"},
    f"{SETTINGS}/exclusions": {},
    f"{SETTINGS}/exclusions/1/remove": {},
    f"{SETTINGS}/exclusions/test": {},
    f"{SETTINGS}/devices": {"days": "30"},
    f"{SETTINGS}/alerts": {"removed": "1"},
    f"{SETTINGS}/alerts/1/remove": {},
    f"{SETTINGS}/mail": {"removed": "1"},
    f"{SETTINGS}/mail/1": {},
    f"{SETTINGS}/mail/1/html": {},
    f"{SETTINGS}/mail/1/remove": {},
    f"{SETTINGS}/privacy": {},
    f"{SETTINGS}/privacy/switch": {"acquisition": "yes", "events": "Brochure"},
    f"{SETTINGS}/privacy/audit": {},
    f"{SETTINGS}/deletion": {"kind": "page", "value": "/a", "first": "2026-03-01", "last": "2026-03-10"},
    f"{SETTINGS}/deletion/site": {},
    f"{SETTINGS}/privacy/people": {},
    f"{SETTINGS}/privacy/papers/x": {"lang": "fr"},
    f"{SETTINGS}/privacy/papers/x.md": {"lang": "en"},
    "/privacy/example.org": {"lang": "fr"},
    "/unsubscribe/x": {},
    "/share/x": {"auth": "x", "period": "7d"},
    SETTINGS: {},
    "/example.org/not-counted": PERIOD,
    "/example.org/current-visitors": {},
    "/example.org/realtime": {"f": "is,source,Google", "period": "7d"},
    "/example.org/notes": PERIOD | {"edit": "1", "removed": "1"},
    "/example.org/notes/1/remove": PERIOD,
    "/example.org/pages": PERIOD | {"search": "a", "sort": "-pageviews", "rows_from": "100"},
    "/example.org/pages.csv": {"period": "7d", "sort": "visitors"},
    "/example.org/filter": {"dimension": "source", "op": "is", "value": "Google", "edit": "0", "f": "is,source,Bing"},
    "/example.org/export": {},
    "/example.org": PERIOD
    | {"metric": "visitors", "f": "is,page,/", "comparison": "previous_period", "pages": "entry"},
}
# The fields of each form; a new form has to be added.
FORMS: Mapping[str, Mapping[str, str]] = {
    "/sign-in": {"email": EMAIL, "password": "wrong", "next": "/sites"},
    "/sign-in/x": {"email": EMAIL, "password": "long enough", "repeated": "long enough"},
    "/unsubscribe/x": {"List-Unsubscribe": "One-Click"},
    "/invitation/x": {"email": EMAIL, "password": "long enough", "repeated": "long enough"},
    "/people/1": {"owner": "yes"},
    "/people/1/remove": {"sure": "yes"},
    f"{SETTINGS}/people": {"email": "bo@example.org", "role": "viewer", "mail": "yes"},
    f"{SETTINGS}/people/1": {"role": "editor"},
    f"{SETTINGS}/people/invitations/1/renew": {},
    f"{SETTINGS}/people/invitations/1/revoke": {"sure": "yes"},
    f"{SETTINGS}/people/1/remove": {"sure": "yes"},
    "/sites/new": {"domain": "new.example", "timezone": "Europe/Paris", "profile": "exempt"},
    "/share/x": {"password": "wrong"},
    "/keys": {"name": "shop", "site": "example.org", "stats:read": "on"},
    f"{SETTINGS}/goals": {
        "event": "Buy",
        "page": "",
        "scroll": "",
        "currency": "EUR",
        "name": "Buy",
        "key1": "plan",
        "value1": "pro",
    },
    f"{SETTINGS}/funnels": {"name": "Sale", "step1": "1", "step2": "2", "strict": "on"},
    f"{SETTINGS}/segments": {"name": "France", "filters": '[["is", "visit:country", ["FR"]]]'},
    f"{SETTINGS}/sharing": {
        "name": "Press",
        "password": "a long one",
        "until": "2026-12-31",
        "segment": "1",
        "pages": "yes",
        "hosts": "a.example",
    },
    f"{SETTINGS}/sharing/1": {"name": "Owners", "without_password": "yes"},
    f"{SETTINGS}/sharing/1/remove": {"sure": "yes"},
    f"{SETTINGS}/sharing/public": {"public": "yes", "hosts": "a.example"},
    f"{SETTINGS}/goals/1": {"page": "/thanks", "scroll": "50", "name": "Thanks"},
    f"{SETTINGS}/funnels/1": {"name": "Road", "step1": "2", "step2": "1"},
    f"{SETTINGS}/segments/1": {"name": "Here", "filters": '[["is", "visit:country", ["BE"]]]'},
    f"{SETTINGS}/properties": {"property": "plan", "label": "Plan"},
    f"{SETTINGS}/properties/name": {"property": "author", "label": "Author"},
    f"{SETTINGS}/paths": {"pattern": "/order/*", "shown": "/order/*"},
    f"{SETTINGS}/paths/slashes": {"merge": "yes"},
    f"{SETTINGS}/referrers": {"referrer": "paypal.com"},
    f"{SETTINGS}/exclusions/test": {
        "address": "192.0.2.1",
        "user_agent": "x",
        "page_host": "example.org",
        "path": "/",
        "country": "FR",
        "referrer": "https://example.net/",
        "headers": "x-office: yes",
    },
    f"{SETTINGS}/exclusions": {
        "kind": "network",
        "value": "198.51.100.0/24",
        "but_not": "198.51.100.7",
        "condition": "",
        "note": "the office",
        "owner": "Ana",
        "expires": "2026-12-31",
        "action": "exclude",
        "sure": "on",
    },
    f"{SETTINGS}/privacy": {"dnt": "yes", "events": "Brochure", "controller": "QWERIO", "contact": "dpo@example.org"},
    f"{SETTINGS}/privacy/review": {},
    f"{SETTINGS}/deletion": {
        "kind": "page",
        "value": "/a",
        "first": "",
        "last": "2026-03-10",
        "confirmed": "example.org",
    },
    f"{SETTINGS}/deletion/site": {"confirmed": "another.example"},
    f"{SETTINGS}/mail": {"email": "cleo@example.net", "weekly": "yes", "language": "fr"},
    f"{SETTINGS}/mail/test": {},
    f"{SETTINGS}/alerts": {"kind": "drop", "threshold": "10", "target": "cleo@example.net", "language": "fr"},
    f"{SETTINGS}/alerts/1/remove": {"sure": "yes"},
    f"{SETTINGS}/mail/1/remove": {"sure": "yes"},
    SETTINGS: {"name": "Shop", "timezone": "Europe/Paris"},
    f"{SETTINGS}/install": {},
    f"{SETTINGS}/domain": {"domain": "example.org"},
    f"{SETTINGS}/retention": {"months": "24", "counts_months": "", "sure": "yes"},
    f"{SETTINGS}/privacy/switch": {"acquisition": "yes", "events": "Brochure", "sure": "yes"},
    f"{SETTINGS}/exclusions/1/mode": {"mode": "dry-run"},
    f"{SETTINGS}/exclusions/1/renew": {},
    "/keys/1/remove": {"sure": "yes"},
    f"{SETTINGS}/funnels/1/remove": {"sure": "yes"},
    f"{SETTINGS}/goals/1/remove": {"sure": "yes"},
    f"{SETTINGS}/segments/1/remove": {"sure": "yes"},
    f"{SETTINGS}/properties/remove": {"property": "plan", "sure": "yes"},
    f"{SETTINGS}/paths/remove": {"pattern": "/order/*", "sure": "yes"},
    f"{SETTINGS}/referrers/remove": {"referrer": "paypal.com", "sure": "yes"},
    f"{SETTINGS}/exclusions/1/remove": {"sure": "yes"},
    "/example.org/filter": {"name": "Readers"},
    "/example.org/notes": {"day": "2026-03-09", "note": "Launch", "personal": "yes"},
    "/example.org/notes/1": {"day": "2026-03-09", "note": "Launch"},
    "/example.org/notes/1/remove": {"sure": "yes"},
    "/account": {"email": EMAIL},
    "/sign-in/code": {"code": "123456"},
    "/sign-in/passkey": {"next": "/sites", "ticket": "AAAA", "credential": '{"rawId": "AAAA"}'},
    "/account/passkeys": {"ticket": "AAAA", "credential": '{"rawId": "AAAA"}', "name": "Phone"},
    "/account/passkeys/1/remove": {"sure": "yes"},
    "/sign-in/forgotten": {"email": EMAIL},
    "/account/two-factor": {"ticket": "AAAA", "code": "123456"},
    "/account/two-factor/codes": {"password": "", "code": "123456"},
    "/account/two-factor/off": {"password": "", "code": "123456"},
    "/account/name": {"name": "Ana"},
    "/account/password": {"present": "", "password": "long enough", "repeated": "typed differently"},
    "/account/browsers/1/sign-out": {},
    "/account/delete": {"confirmed": "x@example.org"},
    "/account/preferences": {"language": "fr", "theme": "dark"},
    "/sign-out": {},
    "/account/browsers/sign-out": {},
}
ENDS = ("0001-01-01", "1969-12-31", "2000-01-01", "2149-06-07", "9999-12-31")
NUMBERS = ("0", "2", "99999999999999999999", "9" * 400, "-1", "x", "١")


@pytest.fixture
def full(desk: Desk, site: Site, database) -> Desk:
    """Give a browser, and a site with events and one of each setting."""
    store(database, views("/", "/a", start="2026-03-09 12:00", country="FR"))
    store_drops(database, "bot_other")
    steps = [goals.add(desk.control, goals.new(site.id, event_name=name)) for name in ("Visit", "Sign up")]
    funnels.put(desk.control, site.id, "Way", steps, is_strict=False)
    segments.put(desk.control, site.id, "Home", [["is", "visit:country", ["FR"]]], labels={})
    custom_props.add(desk.control, site.id, "author")
    shared_links.add(desk.control, site.id, "Board")
    site = sites.change(desk.control, site, is_public=True, now=time.time())
    annotations.put(desk.control, annotations.new(site.id, day="2026-03-09", note="Launch"))
    rules.add(desk.control, rules.network("192.0.2.0/24", site_id=site.id), who="a test", now=time.time())
    alerts.add(desk.control, site.id, alerts.AlertKind.SPIKE, threshold=10, target="dora@example.net", language="en")
    subscriptions.add(desk.control, site.id, "dora@example.net", kinds=tuple(Kind), language="en", now=desk.clock())
    keys.add(desk.control, "all", scopes=tuple(keys.Scope), site_id=None, now=desk.clock())
    members.put(desk.control, site.id, 1, Role.VIEWER)
    invitations.invite(desk.control, site.id, "eve@example.org", Role.VIEWER, who="a test", now=desk.clock())
    return desk


def broken(answers: list[tuple[str, Any]]) -> list[str]:
    """Return the requests that failed, with their statuses."""
    return [f"{what[:300]} -> {answer.status_code}" for what, answer in answers if answer.status_code >= 500]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.getMessage() for line in caplog.records if line.levelno >= logging.ERROR]


def test_every_page_is_tested(desk: Desk) -> None:
    tried = {path for method, path in calls(desk.app.routes) if method == "GET" and not path.startswith("/api/")}

    assert tried == PARAMETERS.keys()


def test_every_form_is_tested(desk: Desk) -> None:
    tried = {path for _, path in with_body(desk.app.routes) if not path.startswith("/api/")}

    assert tried == FORMS.keys()


def test_the_original_forms_are_valid(full: Desk) -> None:
    token = csrf_token(full)
    answers = {path: sent(full, path, urlencode({"csrf": token, **fields})) for path, fields in FORMS.items()}

    assert 403 == answers.pop("/sign-in").status_code
    assert 422 == answers.pop("/account/delete").status_code, "another address does not confirm it"
    assert 422 == answers.pop(f"{SETTINGS}/deletion/site").status_code, "another domain does not confirm it"
    for path in ("/account/two-factor", "/account/two-factor/codes", "/account/two-factor/off"):
        assert 422 == answers.pop(path).status_code, "the code is wrong"
    assert 422 == answers.pop("/account/passkeys").status_code, "no browser made this passkey"
    assert 404 == answers.pop("/account/passkeys/1/remove").status_code
    assert 403 == answers.pop("/sign-in/passkey").status_code
    assert 422 == answers.pop("/account/password").status_code  # a new password would end the session of these forms
    assert 404 == answers.pop("/sign-in/x").status_code
    assert 404 == answers.pop("/unsubscribe/x").status_code
    assert 404 == answers.pop("/share/x").status_code
    assert 404 == answers.pop("/invitation/x").status_code
    assert 422 == answers.pop("/people/1/remove").status_code, "the only owner of the server stays"
    assert 422 == answers.pop("/example.org/filter").status_code  # the view of this URL has no filters to save
    assert {} == {path: answer.status_code for path, answer in answers.items() if answer.status_code not in (200, 303)}


@pytest.mark.parametrize("path", [path for path, valid in PARAMETERS.items() if valid])
def test_any_parameters_get_a_page(full: Desk, caplog: pytest.LogCaptureFixture, path: str) -> None:
    mutated = list(mutated_texts(PARAMETERS[path]))
    # A report asks a dozen questions, so it gets every third of them.
    chosen = mutated[::3] if path == "/example.org" else mutated
    addresses = [f"{path}?{urlencode(parameters, errors='surrogatepass')}" for parameters in chosen]

    assert [] == broken([(address, full.get(address)) for address in addresses])
    assert [] == errors(caplog)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_any_period_is_answered_with_a_page(
    full: Desk, site: Site, caplog: pytest.LogCaptureFixture, zone: str
) -> None:
    sites.change(full.control, site, timezone=zone, now=full.clock())
    spans = [(one, other) for one in ENDS for other in ENDS]
    addresses = [f"/example.org/not-counted?period=custom&from={one}&to={other}" for one, other in spans]
    addresses += [f"/example.org?period=custom&from={one}&to={other}" for one, other in spans[::6]]

    assert [] == broken([(address, full.get(address)) for address in addresses])
    assert [] == errors(caplog)


@pytest.mark.parametrize("path", FORMS)
def test_any_form_gets_a_page(full: Desk, caplog: pytest.LogCaptureFixture, path: str) -> None:
    token = csrf_token(full)
    answers = []
    for fields in mutated_texts({"csrf": token, **FORMS[path]}):
        body = urlencode(fields, errors="surrogatepass")
        answers.append((f"{path} {body}", sent(full, path, body)))

    assert [] == broken(answers)
    assert [] == errors(caplog)


@pytest.mark.parametrize("path", [path for path in FORMS if "/1/" in path])
def test_any_number_in_a_path_gets_a_page(full: Desk, caplog: pytest.LogCaptureFixture, path: str) -> None:
    token = csrf_token(full)
    body = urlencode({"csrf": token, **FORMS[path]})
    paths = [path.replace("/1/", f"/{number}/") for number in NUMBERS]

    assert [] == broken([(other, sent(full, other, body)) for other in paths])
    assert [] == errors(caplog)


def sent(desk: Desk, path: str, body: str) -> Any:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return desk.client.post(path, content=body.encode(), headers=headers)


def csrf_token(desk: Desk) -> str:
    session = users.find_session(desk.control, desk.client.cookies["sillage_session"], now=desk.clock())
    assert session
    return session.csrf_token
