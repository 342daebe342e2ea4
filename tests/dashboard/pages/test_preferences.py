"""The language and the theme of an account, chosen in the menu."""

import pytest

from dashboard import language
from schema.people import users
from tests.dashboard.desk import Desk, Page

FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9"}


@pytest.fixture(autouse=True)
def _english():
    yield
    language.use("en")


def html_of(page: Page) -> dict[str, str]:
    return page.attributes("html")[0]


def choose(desk: Desk, *, referer: str = "http://stats.test/sites", **choice: str):
    return desk.post("/account/preferences", sent={"Origin": desk.base_url, "Referer": referer}, **choice)


def pressed(page: Page) -> dict[str, str]:
    return {button["name"]: button["value"] for button in page.attributes("button", **{"aria-pressed": "true"})}


def test_a_new_account_has_the_language_of_the_browser_and_the_theme_of_the_system(desk):
    page = Page(desk.client.get("/sites", headers=FRENCH).text)

    assert {"lang": "fr"} == html_of(page)
    assert {"language": "browser", "theme": "system"} == pressed(page)


@pytest.mark.parametrize(
    ("chosen", "accepted", "shown"),
    [
        pytest.param("en", "fr", "en", id="English in a French browser"),
        pytest.param("fr", "en", "fr", id="French in an English browser"),
        pytest.param("browser", "fr", "fr", id="as in the browser"),
        pytest.param("tlh", "fr", "fr", id="an unknown language"),
    ],
)
def test_the_language_of_the_account_comes_before_that_of_the_browser(desk, chosen, accepted, shown):
    choose(desk, language=chosen)
    answer = desk.client.get("/sites", headers={"Accept-Language": accepted})

    assert shown == html_of(Page(answer.text))["lang"]
    assert "Accept-Language" in answer.headers["vary"]


def test_an_error_page_is_in_the_language_of_the_account(desk):
    choose(desk, language="fr")

    assert "fr" == html_of(desk.page("/nowhere.example", status=404))["lang"]


def test_one_account_has_one_language_and_strangers_have_that_of_their_browser(desk):
    choose(desk, language="fr")
    stranger = desk.elsewhere("198.51.100.8")

    assert "en" == html_of(stranger.page("/sign-in"))["lang"]


@pytest.mark.parametrize(
    ("chosen", "theme"),
    [
        pytest.param("dark", "dark", id="dark"),
        pytest.param("light", "light", id="light"),
        pytest.param("system", None, id="as in the system"),
        pytest.param("sepia", None, id="an unknown theme"),
    ],
)
def test_a_page_has_the_theme_of_the_account(desk, chosen, theme):
    choose(desk, theme=chosen)
    page = desk.page("/sites")

    assert theme == html_of(page).get("data-theme")
    assert [theme or "light dark"] == [meta["content"] for meta in page.attributes("meta", name="color-scheme")]
    assert {"language": "browser", "theme": theme or "system"} == pressed(page)


def test_a_theme_keeps_the_language(desk):
    choose(desk, language="fr")
    choose(desk, theme="dark")

    assert [("fr", "dark")] == [(user.language, user.theme) for user in users.list_all(desk.control)]


@pytest.mark.parametrize(
    ("referer", "location"),
    [
        pytest.param("http://stats.test/a.org?period=7d&f=is,page,/a", "/a.org?period=7d&f=is,page,/a", id="a report"),
        pytest.param("http://stats.test/keys", "/keys", id="a page without a query"),
        pytest.param(
            "http://stats.test/a.org/settings/goals/3/remove?sure=yes",
            "/a.org/settings/goals?sure=yes",
            id="a form that was posted",
        ),
        pytest.param("http://stats.test/a.org/settings/exclusions/3/mode", "/a.org/settings/exclusions", id="a mode"),
        pytest.param("http://stats.test//evil.example", "/", id="a path that leads elsewhere"),
        pytest.param("http://stats.test/\\evil.example", "/", id="a backslash"),
        pytest.param("http://[", "/", id="not a URL"),
        pytest.param("", "/", id="a browser that hides it"),
    ],
)
def test_a_choice_returns_to_the_page_where_it_was_made(desk, referer, location):
    answer = choose(desk, referer=referer, theme="dark")

    assert (303, location) == (answer.status_code, answer.headers["location"])


def test_a_choice_from_another_site_is_rejected(desk):
    assert desk.post("/account/preferences", sent={"Origin": "https://evil.example"}, theme="dark").status_code == 403
    assert desk.post("/account/preferences", csrf="nonsense", theme="dark").status_code == 403


def test_a_stranger_has_no_preferences(stranger):
    assert "/sign-in" == stranger.post("/account/preferences", theme="dark").headers["location"]
    assert not stranger.page("/sign-in").attributes("form", action="/account/preferences")
