"""The site of a school, with a history of more than two years, on a real server.

The history is the same every time but for its dates. One month of the last twelve is much worse than the others,
sign-ups come mostly from LinkedIn and from one campaign, and /pricing leads to /signup.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from tests.journeys.browser import USER_AGENT
from tests.server import Server

DOMAIN = "school.example"
SITE = f"http://stats.example/{DOMAIN}"
DAYS = 750
BUSY_DAYS = 70
BAD_MONTH = 5  # months before this one
CAMPAIGN = "open-day"  # brought the most sign-ups; "flyer" brought more visitors

_ZONE = ZoneInfo("Europe/Paris")
_SOURCES = ("www.linkedin.com", "www.google.com", "chatgpt.com", "", "duckduckgo.com", "www.google.com")
_PAGES = ("/", "/courses", "/courses/python", "/courses/data", "/blog/learning", "/pricing", "/contact")
_COUNTRIES = ("FR", "FR", "FR", "BE", "CH", "CA")
_BROWSERS = ("Chrome", "Safari", "Firefox")
_SYSTEMS = ("Windows", "iOS", "Mac")
_SIZES = ("Desktop", "Mobile", "Desktop")


@contextmanager
def school(data_dir: Path, *, empty_sites: Sequence[str] = (), new_sites: Sequence[str] = ()) -> Iterator[Server]:
    """Yield a server with the site of the school. new_sites: others, with the last four weeks and no goals."""
    today = datetime.now(_ZONE).date()
    with Server(data_dir, sites=[DOMAIN, *empty_sites, *new_sites]) as server:
        _fill(server, DOMAIN, history(today))
        for domain in new_sites:
            _fill(
                server, domain, (event for event in history(today) if event["time"] > str(today - timedelta(days=28)))
            )
        for path in ("/", "/pricing"):
            send(server, path)
        _measure(server)
        yield server


def _fill(server: Server, domain: str, events: Iterable[dict[str, Any]]) -> None:
    file = server.working_dir / f"{domain}.ndjson"
    file.write_text("\n".join(json.dumps(event).replace(DOMAIN, domain) for event in events))
    server.command("import", "events", str(file), "--site", domain)


def _measure(server: Server) -> None:
    """Add goals, a funnel, a segment and a property."""
    of_site = ["--site", DOMAIN]
    server.command("goals", "add", *of_site, "--event", "Signup")
    server.command("goals", "add", *of_site, "--event", "Purchase", "--currency", "EUR")
    server.command("goals", "add", *of_site, "--page", "/pricing")
    server.command("funnels", "add", *of_site, "--name", "Enrolment", "--step", "Visit /pricing", "--step", "Signup")
    server.command("segments", "add", *of_site, "--name", "French", "--filters", '[["is", "visit:country", ["FR"]]]')
    server.command("props", "add", *of_site, "plan")


def send(server: Server, path: str) -> None:
    """Send a page view of this moment."""
    view = {"n": "pageview", "u": f"https://{DOMAIN}{path}", "d": DOMAIN}
    answer = httpx2.post(f"{server.url}/api/event", json=view, headers={"user-agent": USER_AGENT})

    assert 202 == answer.status_code


def bad_month(today: date) -> date:
    """Return the first day of the worst month."""
    months = today.year * 12 + today.month - 1 - BAD_MONTH
    return date(months // 12, months % 12 + 1, 1)


def history(today: date) -> Iterator[dict[str, Any]]:
    """Yield the events up to yesterday."""
    pick = Random(DOMAIN)
    worst = bad_month(today)
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        is_bad = day.replace(day=1) == worst
        usual = (6 if day.weekday() > 4 else 10) + pick.randrange(-2, 3) if back <= BUSY_DAYS else 2
        visits = day.day % 3 == 0 if is_bad else usual
        for number in range(visits):
            yield from _visit(pick, day, number=number)


def _visit(pick: Random, day: date, *, number: int) -> Iterator[dict[str, Any]]:
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=_ZONE) + timedelta(minutes=pick.randrange(600))
    source = pick.choice(_SOURCES)
    campaign = "" if source else pick.choice(("", CAMPAIGN, CAMPAIGN, "flyer", "flyer", "flyer"))
    kind = pick.randrange(3)
    visitor = {
        "visitor": f"{day} {number}",
        "referrer": f"https://{source}/" if source else "",
        "country": pick.choice(_COUNTRIES),
        "browser": _BROWSERS[kind],
        "browser_version": str(140 + kind),
        "os": _SYSTEMS[kind],
        "screen_size": _SIZES[kind],
    }
    if campaign:
        visitor |= {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": campaign}
    for path in _path(pick, is_keen=source == "www.linkedin.com" or campaign == CAMPAIGN):
        moment += timedelta(seconds=40)
        event = {"time": moment.isoformat(), "url": f"https://{DOMAIN}{path}", **visitor}
        yield event
        if path == "/signup":
            yield event | {"name": "Signup", "props": {"plan": pick.choice(("free", "pro"))}}
            if pick.random() < 0.5:
                yield event | {"name": "Purchase", "revenue": {"currency": "EUR", "amount": "120.00"}}


def _path(pick: Random, *, is_keen: bool) -> list[str]:
    """Return the pages of a visit. Keen visitors sign up more often."""
    pages = [pick.choice(_PAGES[:-2]) for _ in range(pick.randrange(1, 4))]
    if pick.random() < (0.6 if is_keen else 0.2):
        return [*pages, "/pricing", "/signup" if is_keen or pick.random() < 0.2 else "/contact"]
    return pages
