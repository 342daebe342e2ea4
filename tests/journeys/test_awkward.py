"""Reports stay whole with awkward data: nothing, one visitor, huge numbers, strange and endless names."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from schema.measures import goals
from schema.sites import sites
from schema.stores.control import Control
from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.journeys.grown_counts import grow
from tests.journeys.test_narrow import TOO_WIDE
from tests.server import Server

pytestmark = pytest.mark.browser

ODD, ONE, EMPTY, HUGE = "odd.example", "one.example", "empty.example", "huge.example"
LONG = "/" + "a-very-long-path-" * 18
ARABIC = "/مقالات/كيف-تتعلم"
TURNED = "/\u202egnp.exe"  # right-to-left override: reads as exe.png
SCRIPT = "/<script>document.title='broken'</script>"
PATHS = [LONG, "/🎓/🇫🇷/👩🏽‍💻", ARABIC, TURNED, "/\u2067isolate", "/bell%07%00", SCRIPT, '/"quoted"&amp;', "/%E0%A4%A"]
GOALS, SITES = 60, 64
HUGE_DAYS, HUGE_VISITS, HUGE_FACTOR = 60, 12, 31_000  # 12 visits a day, each counted 31,000 times
LARGEST = HUGE_VISITS * HUGE_FACTOR  # visitors a day
WIDTHS = [1440, 768, 320]
# Chips that lie over the period, the comparison or the name of the site.
COVERED = """() => {
  const boxes = (selector) => [...document.querySelectorAll(selector)].map((part) => part.getBoundingClientRect())
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
  const others = boxes("#steps, #comparison, .site-menu, .live")
  return boxes(".chip").filter((chip) => others.some((other) => meet(chip, other))).map((chip) => chip.left)
}"""
VIEWS = [
    pytest.param(f"/{EMPTY}", id="a site without data"),
    pytest.param(f"/{EMPTY}/realtime", id="the last minutes of a site without data"),
    pytest.param(f"/{ONE}", id="one visitor"),
    pytest.param(f"/{ONE}?period=12mo&interval=month&table=1", id="one visitor in a year"),
    pytest.param(f"/{ODD}?table=1", id="strange names and huge numbers"),
    pytest.param(f"/{ODD}?all=1&pages=entry&sources=campaigns&places=cities", id="60 goals"),
    pytest.param(f"/{ODD}?goals=properties&sources=referrers&places=map", id="strange values of properties"),
    pytest.param(f"/{ODD}?goals=journeys&around={quote(ARABIC)}", id="where people go from a strange page"),
    pytest.param(f"/{ODD}?f=is,page,{quote(LONG)}&f=is,page,{quote(TURNED)},{quote(SCRIPT)}", id="strange filters"),
    pytest.param(f"/{ODD}?f=is,goal,{quote('Event 1 🎉')}&metric=total_revenue", id="huge revenue"),
    pytest.param(f"/{ODD}/pages", id="the table of pages"),
    pytest.param(f"/{ODD}/utm_campaigns", id="the table of campaigns"),
    pytest.param(f"/{ODD}/filter?dimension=page", id="a filter with strange values"),
    pytest.param(f"/{ODD}/settings/goals", id="60 goals in the settings"),
    pytest.param(f"/{HUGE}?table=1", id="ten million visitors"),
    pytest.param(f"/{HUGE}?period=91d&interval=month&metric=pageviews&table=1", id="ten million by month"),
    pytest.param(f"/{HUGE}?places=map&pages=exit&sources=channels", id="ten million in other tabs"),
    pytest.param(f"/{HUGE}/pages", id="ten million in the table of pages"),
    pytest.param(f"/{HUGE}/countries?sort=visit_duration", id="ten million in the table of countries"),
    pytest.param("/sites", id="64 sites"),
]


@contextmanager
def awkward(data_dir: Path) -> Iterator[Server]:
    """Yield a server with sites that have awkward data, and 64 sites in all."""
    data_dir.mkdir()
    control = Control(data_dir / "control.sqlite3", now=time.time())
    names = [ODD, ONE, EMPTY, HUGE, *(f"a-site-with-quite-a-long-name-{number}.example" for number in range(SITES - 4))]
    odd, _one, _empty, huge, *_others = [
        sites.add(control, name, timezone="Europe/Paris", now=time.time()) for name in names
    ]
    for number in range(GOALS):
        currency = "EUR" if number < 2 else ""
        goals.add(control, goals.new(odd.id, event_name=f"Event {number} 🎉", currency=currency))
    control.close()
    with Server(data_dir, sites=[]) as server:
        for domain, events in ((ODD, odd_events()), (ONE, [_event(ONE, "/")]), (HUGE, huge_events())):
            file = server.working_dir / f"{domain}.ndjson"
            file.write_text("\n".join(json.dumps(event) for event in events))
            server.command("import", "events", str(file), "--site", domain)
        server.stop()
        server.command("rollups", "rebuild")
        grow(data_dir, site_id=huge.id, by=HUGE_FACTOR)
        server.start()
        yield server


def odd_events() -> Iterator[dict[str, Any]]:
    """Yield visits of strange pages from strange places."""
    for number in range(40):
        for path in PATHS:
            yield _event(
                ODD,
                path,
                visitor=str(number),
                hours=number + 24,
                referrer=f"https://{'sub.' * 20}referrer.example{path}",
                utm_source=f"{SCRIPT} {number}",
                utm_campaign=(LONG, ARABIC, TURNED, "🎓")[number % 4],
                country="FR",
                city_name="Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",
                region_name="Grand Est",
                browser="A Browser With A Long Name " * 3,
            )
        goal = {"revenue": {"currency": "EUR", "amount": "98765432.10"}, "props": {"plan 🎓": SCRIPT, "long": LONG}}
        yield _event(ODD, "/", visitor=str(number), hours=number + 24, name=f"Event {number % 2} 🎉", **goal)


def huge_events() -> Iterator[dict[str, Any]]:
    """Yield the same visits at noon of every day: half of them of two pages, two thirds from France."""
    today = datetime.now(ZoneInfo("Europe/Paris")).replace(hour=12, minute=0, second=0, microsecond=0)
    for day in range(1, HUGE_DAYS + 1):
        for number in range(HUGE_VISITS):
            fields: dict[str, Any] = {
                "time": (today - timedelta(days=day)).isoformat(),
                "visitor": f"{day} {number}",
                "referrer": ("https://www.google.com/", "https://www.linkedin.com/", "")[number % 3],
                "country": "FR" if number % 3 else "BE",
                "browser": ("Chrome", "Safari")[number % 2],
            }
            yield _event(HUGE, "/", **fields)
            if number % 2:
                yield _event(HUGE, f"/page-{number}", **fields)


def settled_days() -> str:
    """Return the 28 days before yesterday, as parameters: yesterday is counted only some time after midnight."""
    return f"period=28d&date={datetime.now(ZoneInfo('Europe/Paris')).date() - timedelta(days=1)}"


def _event(domain: str, path: str, *, hours: int = 30, **fields: Any) -> dict[str, Any]:
    moment = datetime.now(UTC) - timedelta(hours=hours)
    return {"time": moment.isoformat(), "url": f"https://{domain}{path}", "visitor": "1"} | fields


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with awkward(tmp_path_factory.mktemp("awkward") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    with chromium({"*": server.port}) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context() as context, tab(context) as page:
        report.sign_in(page, server.sign_in_link)
        yield page


@pytest.mark.parametrize("path", VIEWS)
def test_awkward_data_fits_every_width(page: Page, path: str):
    wide = []
    answer = page.goto(f"http://stats.example{path}")
    for width in WIDTHS:
        page.set_viewport_size(ViewportSize(width=width, height=900))
        wide += page.evaluate(TOO_WIDE)

    assert answer is not None
    assert 200 == answer.status
    assert [] == wide
    assert page.title().endswith("· Sillage")


@pytest.mark.parametrize("width", [1440, 1100, 1024, 768, 390])
def test_filters_leave_room_for_the_period(page: Page, width: int):
    page.set_viewport_size(ViewportSize(width=width, height=900))
    page.goto(f"http://stats.example/{ODD}?f=is,source,Google&f=is,page,{quote(LONG)}&f=is,country,FR")
    covered = page.evaluate(COVERED)

    assert [] == covered


def test_names_of_visitors_stay_in_their_own_direction(page: Page):
    page.goto(f"http://stats.example/{ODD}")
    rows = page.locator("#pages .row-name")

    assert ["isolate"] * 9 == rows.locator("bdi").evaluate_all(
        "them => them.map(it => getComputedStyle(it).unicodeBidi)"
    )


def test_the_menu_of_64_sites_fits_and_is_searched(page: Page):
    page.set_viewport_size(ViewportSize(width=1440, height=900))
    page.goto(f"http://stats.example/{ODD}")
    page.locator(".site-menu > summary").click()
    height = page.locator(".site-menu .menu-items").evaluate("menu => menu.getBoundingClientRect().bottom")
    page.get_by_role("searchbox").first.fill("name-33")
    shown = page.locator("#site-list a:not([hidden])")

    assert height < 900
    assert ["a-site-with-quite-a-long-name-33.example"] == shown.all_inner_texts()


@pytest.mark.parametrize(
    ("language", "numbers"),
    [
        pytest.param("en", ["10.4M", "10.4M", "15.6M"], id="in English"),
        pytest.param("fr", ["10,4 M", "10,4 M", "15,6 M"], id="in French"),
    ],
)
def test_ten_million_visitors_are_short_on_top_and_whole_in_tables(
    browser: Browser, page: Page, language: str, numbers: list[str]
):
    state = page.context.storage_state()
    with browser.new_context(storage_state=state, locale=language) as context, tab(context) as other:
        other.goto(f"http://stats.example/{HUGE}?{settled_days()}&table=1")
        stats = other.locator(".stat-value").all_inner_texts()
        days = other.locator("#numbers tbody tr td:first-of-type").all_inner_texts()
        label = other.locator(".chart-point").last.get_attribute("data-number") or ""
        sources = other.locator("#sources .row-number").all_inner_texts()

    assert numbers == [" ".join(stat.split()) for stat in stats[:3]]  # French has a narrow space
    assert {LARGEST} == {int("".join(filter(str.isdigit, day))) for day in days}
    assert str(LARGEST) == "".join(filter(str.isdigit, label))
    assert [number.startswith("3.4" if language == "en" else "3,4") for number in sources] == [True] * 3


def test_the_file_of_ten_million_visitors_has_all_digits(page: Page):
    page.goto(f"http://stats.example/{HUGE}/countries")
    text = page.evaluate(
        "path => fetch(path).then((answer) => answer.text())", f"/{HUGE}/countries.csv?{settled_days()}"
    )
    lines = [line.split(",") for line in text.splitlines()]

    assert [("France", str(28 * LARGEST * 2 // 3)), ("Belgium", str(28 * LARGEST // 3))] == [
        (name, visitors) for name, visitors, *_others in lines[1:]
    ]
    assert "e+" not in text


def test_every_number_on_top_is_whole_from_tablets_on(page: Page):
    cut = []
    for width in (640, 768, 900, 1024, 1440):
        page.set_viewport_size(ViewportSize(width=width, height=900))
        page.goto(f"http://stats.example/{HUGE}")
        cut += page.evaluate(
            "() => [...document.querySelectorAll('.stat')].filter((it) => it.scrollWidth > it.clientWidth"
            " || it.getBoundingClientRect().right > it.closest('.card').getBoundingClientRect().right)"
            ".map((it) => innerWidth + it.textContent)"
        )

    assert [] == cut


def test_boxes_leave_no_hole_on_a_wall(page: Page):
    page.set_viewport_size(ViewportSize(width=1920, height=1080))
    page.goto(f"http://stats.example/{HUGE}")
    rows = page.locator(".boxes > section").evaluate_all("them => them.map((it) => Math.round(it.offsetTop))")

    assert [2, 3] == [rows.count(top) for top in sorted(set(rows))]
