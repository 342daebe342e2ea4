"""The browsers in which a user is signed in."""

from datetime import date

import pytest

from schema.people import browsers, users
from schema.people.users import Session, User
from schema.stores.control import Control

NOW = 1_773_144_000  # 2026-03-10 12:00Z
DAY_S = 86_400


@pytest.fixture
def ada(control: Control) -> User:
    return users.add(control, "ada@example.org", now=NOW)


def signed_in(control: Control, user: User, *, now: float = NOW, browser: str = "", system: str = "") -> Session:
    token = users.start_session(control, user, now=now, browser=browser, system=system)
    session = users.find_session(control, token, now=now)
    assert session is not None
    return session


def names(control: Control, session: Session, *, now: float = NOW) -> list[str]:
    return [one.browser for one in browsers.of_session(control, session, now=now)]


def test_the_own_browser_comes_first_then_the_latest_used(control: Control, ada: User) -> None:
    for browser, day in (("Edge", 0), ("Safari", 2), ("Chrome", 1)):
        signed_in(control, ada, now=NOW + day * DAY_S, browser=browser)
    own = signed_in(control, ada, browser="Firefox", system="Linux")

    assert ["Firefox", "Safari", "Chrome", "Edge"] == names(control, own, now=NOW + 2 * DAY_S)
    [first, *others] = browsers.of_session(control, own, now=NOW)
    assert ("Linux", date(2026, 3, 10), True) == (first.system, first.since, first.is_this)
    assert not any(other.is_this for other in others)


def test_neither_browsers_of_others_nor_expired_ones_are_listed(control: Control, ada: User) -> None:
    signed_in(control, users.add(control, "bob@example.org", now=NOW), browser="Edge")
    signed_in(control, ada, now=NOW - users.SESSION_LIFETIME_S, browser="Safari")

    assert ["Firefox"] == names(control, signed_in(control, ada, browser="Firefox"))


def test_one_browser_is_signed_out(control: Control, ada: User) -> None:
    own, other = signed_in(control, ada, browser="Firefox"), signed_in(control, ada, browser="Edge")
    [_, listed] = browsers.of_session(control, own, now=NOW)
    browsers.end(control, ada, listed.id)

    assert ["Firefox"] == names(control, own)
    assert other.token_hash.hex().startswith(listed.id)


def test_nobody_signs_others_out(control: Control, ada: User) -> None:
    own, bob = signed_in(control, ada, browser="Firefox"), users.add(control, "bob@example.org", now=NOW)
    browsers.end(control, bob, browsers.of_session(control, own, now=NOW)[0].id)
    browsers.end_all(control, bob)

    assert ["Firefox"] == names(control, own)


@pytest.mark.parametrize("browser_id", ["", "x", "%", "0" * 16, "é" * 1000])
def test_an_unknown_browser_signs_nobody_out(control: Control, ada: User, browser_id: str) -> None:
    own = signed_in(control, ada, browser="Firefox")
    browsers.end(control, ada, browser_id)

    assert ["Firefox"] == names(control, own)


def test_everywhere_is_everywhere(control: Control, ada: User) -> None:
    own = signed_in(control, ada)
    signed_in(control, ada)
    browsers.end_all(control, ada)

    assert [] == names(control, own)


def test_the_last_use_is_a_day_and_written_once_a_day(control: Control, ada: User) -> None:
    token = users.start_session(control, ada, now=NOW)
    session = users.find_session(control, token, now=NOW)
    assert session is not None
    before = changes(control)
    browsers.note_use(control, session, now=NOW + 3600)
    assert before == changes(control)

    browsers.note_use(control, session, now=NOW + DAY_S)
    used = users.find_session(control, token, now=NOW + DAY_S)
    assert used is not None
    assert "2026-03-11" == used.used_on


def changes(control: Control) -> int:
    return int(control.rows("select total_changes()")[0][0])


def test_neither_an_address_nor_the_user_agent_is_stored(control: Control) -> None:
    columns = {row["name"] for row in control.rows("pragma table_info(sessions)")}

    assert {
        "token_hash", "user_id", "csrf_token", "expires_at", "started_at", "used_on", "browser", "system"
    } == columns  # fmt: skip
