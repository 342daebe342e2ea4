"""New passwords are checked, and sign-ins from new browsers never delay known ones."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from dashboard.access.hashing import MAX_STRANGERS, RETRY_AFTER_S
from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passwords import (
    PasswordError,
    Passwords,
    SignInError,
    SignInRefusedError,
    check_new_password,
)
from dashboard.access.throttle import MAX_FAILURES, Throttle
from schema.people import users
from schema.people.users import User
from schema.stores.control import Control
from tests.dashboard.desk import EMAIL, NOW, PASSWORD

MADE_UP = 60
CLIENT = b"\xc6\x33\x64\x07"


@pytest.mark.parametrize(
    ("password", "repeated"),
    [
        pytest.param("ninechars", "ninechars", id="too short"),
        pytest.param("a" * 1025, "a" * 1025, id="too long"),
        pytest.param("long enough", "long enougH", id="typed differently"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_invalid_password_is_rejected(password, repeated):
    with pytest.raises(PasswordError):
        check_new_password(password, repeated)


class Blocking(PasswordHasher):
    """Checks the password of a new browser only when the test lets it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go_on = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        if password == "made up":
            self.go_on.wait()
            raise VerifyMismatchError
        return super().verify(hash, password)


async def guess(passwords: Passwords, number: int) -> User:
    """Sign in with an invented address and password from its own network."""
    return await passwords.check(f"{number}@example.org", "made up", client=bytes([203, 0, 113, number]))


@pytest.fixture
def hasher() -> Iterator[Blocking]:
    """Give a hasher that continues at the end of the test at the latest."""
    hasher = Blocking()
    yield hasher
    hasher.go_on.set()


def test_new_browsers_share_a_short_queue_and_never_delay_known_ones(control: Control, hasher: Blocking) -> None:
    browsers = KnownBrowsers(b"key", NOW.timestamp)
    passwords = Passwords(control, hasher, throttle=Throttle(NOW.timestamp), browsers=browsers)
    ana = users.add(control, EMAIL, now=time.time())

    async def sign_in() -> tuple[list[BaseException], User, int, list[object]]:
        await passwords.choose(ana, PASSWORD)
        strangers = [asyncio.create_task(guess(passwords, number)) for number in range(MADE_UP)]
        cookie = passwords.remember(ana)
        signed_in = await passwords.check(EMAIL, PASSWORD, client=CLIENT, cookie=cookie)
        refused = [error for stranger in strangers if stranger.done() and (error := stranger.exception())]
        waiting = sum(not stranger.done() for stranger in strangers)
        hasher.go_on.set()
        return refused, signed_in, waiting, await asyncio.gather(*strangers, return_exceptions=True)

    refused, signed_in, waiting, ends = asyncio.run(sign_in())

    assert ana.email == signed_in.email
    assert (MADE_UP - MAX_STRANGERS, MAX_STRANGERS) == (len(refused), waiting)
    assert MAX_STRANGERS == sum(type(end) is SignInError for end in ends)
    for error in refused:
        assert isinstance(error, SignInRefusedError)
        assert (503, RETRY_AFTER_S) == (error.status, error.retry_after_s)


def test_a_rejection_by_a_full_queue_does_not_count_as_a_failure(control: Control, hasher: Blocking) -> None:
    browsers = KnownBrowsers(b"key", NOW.timestamp)
    passwords = Passwords(control, hasher, throttle=Throttle(NOW.timestamp), browsers=browsers)

    async def kinds() -> list[type]:
        others = [asyncio.create_task(guess(passwords, number)) for number in range(MAX_STRANGERS)]
        await asyncio.sleep(0)
        tries = (passwords.check(EMAIL, "made up", client=CLIENT) for _ in range(MAX_FAILURES))
        turned_away = await asyncio.gather(*tries, return_exceptions=True)
        hasher.go_on.set()
        await asyncio.gather(*others, return_exceptions=True)
        last = await asyncio.gather(passwords.check(EMAIL, "wrong", client=CLIENT), return_exceptions=True)
        return [type(end) for end in [*turned_away, *last]]

    assert [SignInRefusedError] * MAX_FAILURES + [SignInError] == asyncio.run(kinds())
