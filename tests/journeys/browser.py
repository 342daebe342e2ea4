"""Debian's Chromium, in which every host name leads to this machine."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

# Chromium says HeadlessChrome of itself, which no visitor's browser does. Given to the whole browser: a user agent of
# a context is missing from the last requests of a page that is left.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
# What automated browsers set on a page to be counted nevertheless.
COUNTED = "window.__plausible = true"
# What a page has asked for, to be waited for: requests of a page reach a server in any order.
WATCHED = """
window.underway = [];
(send => {
  window.fetch = (...each) => { const answer = send(...each); underway.push(answer); return answer }
})(window.fetch)
"""
SILENCE = "() => { window.fetch = () => new Promise(() => {}) }"

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


@contextmanager
def chromium(ports: Mapping[str, int]) -> Iterator[Browser]:
    """Give a browser that finds each host at a port of this machine; `*` is every other host."""
    executable = shutil.which("chromium")
    if executable is None:
        missing("Chromium is not installed (on Debian: apt-get install chromium)")
    rules = ",".join(f"MAP {host} 127.0.0.1:{port}" for host, port in ports.items())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[*_ARGUMENTS, f"--user-agent={USER_AGENT}", f"--host-resolver-rules={rules}"],
            # Visitors' browsers keep pages to go back to.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@contextmanager
def tab(context: BrowserContext) -> Iterator[Page]:
    """Give an empty tab in which no script may fail, and which is silent when it closes."""
    page = context.new_page()
    page.add_init_script(WATCHED)
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 Playwright takes no builtin
    yield page
    # What a closing page still says would be heard by the next test.
    page.evaluate(SILENCE)
    page.close()

    assert errors == []


def missing(what: str) -> NoReturn:
    """Skip the test, saying why; fail it where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
