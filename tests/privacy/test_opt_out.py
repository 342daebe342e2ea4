"""P7: anybody can opt out on the site's own domain, without JavaScript, in French and English, for 13 months."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from schema.privacy import opt_out
from tests.journeys.browser import COUNTED, tab
from tests.journeys.conftest import website  # noqa: F401 - a fixture
from tests.journeys.test_first_party import DOMAIN, ENGLISH, FRENCH, SITE, Stage, stage, view  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

DAY_S = 86_400
MARKS = {"set-cookie", "etag", "last-modified"}


def a_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(ignore_https_errors=True, **options)
    context.add_init_script(COUNTED)
    return context


def choose(browser: Browser, locale: str, button: str, *, expected: str) -> dict[str, Any]:
    """Press a button of the page without JavaScript. Returns what the browser keeps afterwards."""
    with a_context(browser, java_script_enabled=False, locale=locale) as context:
        page = context.new_page()
        page.goto(f"{SITE}{opt_out.OPT_OUT}")
        assert page.get_by_role("status").text_content() != expected
        page.get_by_role("button", name=button, exact=True).click()
        assert page.get_by_role("status").text_content() == expected
        return dict(context.storage_state())


def watch(page: Page, answers: list[tuple[str, set[str]]]) -> None:
    page.on("response", lambda answer: answers.append((answer.url.partition("?")[0], set(answer.headers))))


def test_a_browser_that_opted_out_is_not_counted_and_others_are(stage: Stage) -> None:  # noqa: F811
    answers: list[tuple[str, set[str]]] = []
    pages = [stage.page() for _ in range(4)]
    kept = [
        choose(stage.browser, locale, words["out"], expected=words["is out"])
        for locale, words in (("fr-FR", FRENCH), ("en-GB", ENGLISH))
    ]
    states = [*kept, None]
    for address, state in zip(pages, states, strict=False):
        with a_context(stage.browser, storage_state=state) as context, tab(context) as page:
            watch(page, answers)
            view(page, address)
            assert page.evaluate("document.cookie") == ""
    # Without JavaScript, the image counts a page, and the cookie reaches it.
    for number, state in enumerate(states):
        image = f'<img src="/api/event/pixel.gif?d={DOMAIN}&u={SITE}/image-{number}">'
        address = stage.website.page(image, host=DOMAIN).replace("http:", "https:")
        with a_context(stage.browser, storage_state=state, java_script_enabled=False) as context:
            page = context.new_page()
            watch(page, answers)
            page.goto(address, wait_until="load")
    now = float(stage.dashboard.evaluate("Date.now() / 1000"))
    cookies = [cookie for state in kept for cookie in state["cookies"]]

    assert [{"sillage_opt_out": "1"}] * 2 == [{cookie["name"]: cookie["value"]} for cookie in cookies]
    assert {(True, True, "/api/event")} == {(one["httpOnly"], one["secure"], one["path"]) for one in cookies}
    assert all(395 <= (cookie["expires"] - now) / DAY_S <= 397 for cookie in cookies)
    assert [] == [state["origins"] for state in kept if state["origins"]], "nothing else is kept on the device"
    of_sillage = [(url, names) for url, names in answers if "/api/" in url or "/js/" in url]
    assert {f"{SITE}/api/event", f"{SITE}/api/event/pixel.gif", f"{SITE}/js/script.js"} <= {
        url for url, _ in of_sillage
    }
    assert [] == [(url, names & MARKS) for url, names in of_sillage if names & MARKS]
    assert stage.stored_paths() == sorted([pages[2].removeprefix(SITE), "/image-2"])


def test_a_choice_can_be_taken_back(stage: Stage) -> None:  # noqa: F811
    address = stage.page()
    with a_context(stage.browser, locale="fr-FR") as context, tab(context) as page:
        page.goto(f"{SITE}{opt_out.OPT_OUT}")
        page.get_by_role("button", name=FRENCH["out"], exact=True).click()
        page.get_by_role("button", name=FRENCH["in"], exact=True).click()
        assert context.cookies() == []
        view(page, address)

    assert stage.stored_paths() == [address.removeprefix(SITE)]
