"""The whole path: people visit a website in a browser, and the dashboard in the same browser says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.journeys import report
from tests.journeys.addresses import traces
from tests.journeys.browser import COUNTED, USER_AGENT, chromium, tab
from tests.journeys.proxy import Proxy, proxied
from tests.journeys.website import Website
from tests.server import Server

pytestmark = pytest.mark.browser

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.6 Mobile/15E148 Safari/604.1"
)
READER = "2001:db8:77::cafe"
NEIGHBOUR = "2001:db8:78::cafe"
TRAVELLER = "203.0.113.77"
OFFICE = "198.51.100.7"
VIEW = '{"n": "pageview", "u": "http://site.example/", "d": "site.example"}'
PATIENCE_MS = 60_000


@dataclass
class Stage:
    """A server, the web server in front of it, and a browser that finds them and the website."""

    server: Server
    proxy: Proxy
    browser: Browser

    @contextmanager
    def visitor(self, address: str, *, user_agent: str = USER_AGENT) -> Iterator[Page]:
        """Give a tab of a new visitor, who comes from the address."""
        self.proxy.address = address
        with self.browser.new_context(user_agent=user_agent) as context:
            context.add_init_script(COUNTED)
            with tab(context) as page:
                yield page

    @contextmanager
    def analyst(self) -> Iterator[Page]:
        """Give a tab in which the dashboard is open."""
        with self.browser.new_context() as context, tab(context) as page:
            report.sign_in(page, self.server.sign_in_link)
            yield page


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path / "data", sites=["site.example"])
    server.command("exclusions", "add", "--network", "198.51.100.0/24", "--note", "the office")
    with server:
        yield server


@pytest.fixture
def stage(website: Website, server: Server) -> Iterator[Stage]:
    with (
        proxied(server.port) as proxy,
        chromium({"stats.example": proxy.port, "*": website.port}) as browser,
    ):
        yield Stage(server, proxy, browser)


@contextmanager
def counted(page: Page) -> Iterator[None]:
    """Do what is in the block and wait until the page view it makes is accepted."""
    with page.expect_response(_answers_a_page_view) as answer:
        yield

    assert answer.value.status == 202


def _answers_a_page_view(response: Response) -> bool:
    return response.url == "http://stats.example/api/event" and '"pageview"' in (response.request.post_data or "")


def view(page: Page, path: str) -> None:
    with counted(page):
        page.goto(f"http://site.example{path}")


def follow(page: Page, name: str, *, role: Literal["link", "button"] = "link") -> None:
    with counted(page):
        page.get_by_role(role, name=name).click()


def read_report(stage: Stage, *, page_views: int) -> report.Report:
    with stage.analyst() as page:
        found = report.read(page, page_views=page_views)
    del found.numbers["Visit duration"]
    return found


def test_the_dashboard_shows_what_was_visited_and_nothing_kept_tells_by_whom(stage: Stage, tmp_path):
    with stage.visitor(OFFICE) as page:
        view(page, "/")
    with stage.visitor(READER) as page:
        page.goto("http://search.example/")
        follow(page, "A small site")
        follow(page, "About")
        follow(page, "Home")
        follow(page, "Shop")
        follow(page, "Shoes", role="button")
        follow(page, "Guide")
        follow(page, "Use")
    with stage.visitor(NEIGHBOUR) as page:
        view(page, "/about.html")
        follow(page, "Home")
    with stage.visitor(TRAVELLER, user_agent=PHONE) as page:
        view(page, "/article.html")
    found = read_report(stage, page_views=10)
    stage.server.stop()

    assert found.numbers == {
        "Visitors": "3",
        "Visits": "3",
        "Page views": "10",
        "Views per visit": "3.33",
        "Bounce rate": "33%",
    }
    assert found.boxes["Sources"] == {"Direct / None": 2, "search.example": 1}
    assert found.boxes["Entry pages"] == {"/": 1, "/about.html": 1, "/article.html": 1}
    assert found.boxes["Top pages"] == {
        "/": 2,
        "/about.html": 2,
        "/article.html": 1,
        "/guide.html": 1,
        "/guide.html#/use": 1,
        "/shop.html": 1,
        "/shop/shoes": 1,
    }
    assert found.boxes["Browsers"] == {"Chrome": 2, "Safari": 1}
    assert found.boxes["Devices"] == {"Desktop": 2, "Mobile": 1}
    assert [trace for address in (OFFICE, READER, NEIGHBOUR, TRAVELLER) for trace in traces(address, tmp_path)] == []


def test_the_dashboard_shows_what_the_published_clients_count(stage: Stage, npm_packages):
    with stage.visitor(READER) as page:
        view(page, "/plausible-tracker.html")
        with counted(page):
            page.evaluate("history.pushState({}, '', '/pushed')")
    with stage.visitor(NEIGHBOUR) as page:
        view(page, "/plausible-analytics-tracker.html")
        with counted(page):
            page.evaluate("history.pushState({}, '', '/pushed')")
    with stage.visitor(TRAVELLER) as page:
        page.goto("http://search.example/")
        with counted(page):
            page.evaluate("location = 'http://site.example/plausible-analytics-tracker.html'")
    found = read_report(stage, page_views=5)

    assert found.numbers == {
        "Visitors": "3",
        "Visits": "3",
        "Page views": "5",
        "Views per visit": "1.67",
        "Bounce rate": "33%",
    }
    assert found.boxes["Sources"] == {"Direct / None": 2, "search.example": 1}
    assert found.boxes["Entry pages"] == {"/plausible-analytics-tracker.html": 2, "/plausible-tracker.html": 1}
    assert found.boxes["Top pages"] == {
        "/plausible-analytics-tracker.html": 2,
        "/pushed": 2,
        "/plausible-tracker.html": 1,
    }


def test_an_empty_report_turns_into_numbers_when_the_first_page_view_arrives(stage: Stage):
    with stage.analyst() as dashboard:
        dashboard.goto("http://stats.example/site.example")
        expect(dashboard.get_by_text("Waiting for the first page view")).to_be_visible()
        with stage.visitor(READER) as page:
            view(page, "/")

        expect(dashboard.get_by_role("region", name="Overview")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.timeout(300)
def test_the_realtime_page_follows_visitors_and_keeps_its_numbers_without_the_server(stage: Stage):
    with stage.analyst() as dashboard:
        dashboard.goto("http://stats.example/site.example/realtime")
        numbers = dashboard.locator(".stat-value")
        sentence = dashboard.get_by_text("The server does not respond")
        with stage.visitor(READER) as page:
            view(page, "/about.html")

        expect(numbers).to_have_text(["1", "1", "1"], timeout=PATIENCE_MS)
        expect(sentence).to_be_hidden()

        dashboard.get_by_role("link", name="/about.html").first.focus()
        dashboard.context.set_offline(True)

        expect(sentence).to_be_visible(timeout=PATIENCE_MS)
        expect(numbers).to_have_text(["1", "1", "1"])

        dashboard.context.set_offline(False)

        expect(sentence).to_be_hidden(timeout=PATIENCE_MS)
        expect(dashboard.get_by_role("link", name="/about.html").first).to_be_focused()


def test_no_answer_to_a_visitor_marks_the_device(server: Server):
    answers = [
        httpx2.request(method, f"{server.url}{path}", content=body, headers={"user-agent": USER_AGENT})
        for method, path, body in (
            ("GET", "/js/script.js", ""),
            ("POST", "/api/event", VIEW),
            ("POST", "/api/event", VIEW.replace("site.", "unknown.")),
            ("POST", "/api/event", "{"),
            ("OPTIONS", "/api/event", ""),
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 202, 202, 400, 204]
    assert [{"set-cookie", "etag", "last-modified"} & set(answer.headers) for answer in answers] == [set()] * 5
