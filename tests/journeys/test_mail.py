"""Reports by mail in a browser: an address is added, its mail looked at, sent as it was shown, and stopped."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import report
from tests.journeys.browser import chromium, tab
from tests.mail_server import Inbox, accepting
from tests.server import Server

pytestmark = pytest.mark.browser

SETTINGS = "http://stats.example/demo.example/settings/mail"
BEN = "ben@example.net"


class Place(NamedTuple):
    server: Server
    inbox: Inbox
    browser: Browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a server with a mail server, and a browser."""
    inbox = Inbox()
    with accepting(inbox) as port:
        mail = {"mail_host": "127.0.0.1", "mail_port": str(port), "mail_tls": "none", "mail_from": "stats@example.org"}
        with (
            Server(tmp_path_factory.mktemp("mail") / "data", arguments=["--demo"], settings=mail) as server,
            chromium({"stats.example": server.port}) as browser,
        ):
            yield Place(server, inbox, browser)


def test_the_mail_is_sent_as_it_was_shown_and_stops_with_one_click(place: Place) -> None:
    with (
        place.browser.new_context(locale="en-GB", java_script_enabled=False) as context,
        tab(context) as page,
    ):
        report.sign_in(page, place.server.sign_in_link)
        page.goto(SETTINGS)
        page.get_by_label("E-mail address").fill(BEN)
        page.get_by_label("Language").select_option("Français")
        page.get_by_role("button", name="Send reports").click()
        expect(page.get_by_role("row", name=BEN)).to_contain_text("Nothing sent yet.")

        page.get_by_role("link", name=f"Preview of the mail to {BEN}").click()
        shown = page.frame_locator("iframe").get_by_role("heading", level=1)
        expect(shown).to_contain_text("La semaine dernière, demo.example a eu")
        subject = shown.inner_text()
        framed = page.goto(f"{SETTINGS}/1/html")
        assert framed is not None
        preview = framed.text()
        page.goto(SETTINGS)

    before = place.server.url
    place.server.stop()
    with closing(sqlite3.connect(place.server.data_dir / "control.sqlite3")) as control:
        control.execute("update report_subscriptions set since = 0")  # as if it were months old
        control.commit()
    with place.server as server:
        assert place.inbox.has_mail.wait(60)
        (message,) = place.inbox.messages
        stop = urlsplit(str(message["List-Unsubscribe"]).strip("<>")).path
        after = server.url
        answer = httpx2.post(f"{after}{stop}", data={"List-Unsubscribe": "One-Click"})

    html = message.get_body(("html",))
    assert html is not None
    # The address follows the port, which the restart has changed.
    assert preview.replace(before, after) == html.get_content().replace("\r\n", "\n")
    assert subject == message["Subject"]
    assert "Le rapport est arrêté" in answer.text
    with closing(sqlite3.connect(place.server.data_dir / "control.sqlite3")) as control:
        assert [] == control.execute("select email from report_subscriptions").fetchall()
