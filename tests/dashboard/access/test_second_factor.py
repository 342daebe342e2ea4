"""Second factors: set up with a code, checked with limits, and sealed."""

import asyncio
from pathlib import Path

import pyotp
import pytest

from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passwords import SignInError, SignInRefusedError
from dashboard.access.second_factor import STEP_S, SecondFactorError, SecondFactors
from dashboard.access.throttle import MAX_FAILURES, Throttle
from schema.people import users
from schema.people.users import User
from schema.stores.control import Control

NOW = 1_773_144_000.0
CLIENT = b"\xc6\x33\x64\x07"
KEY = b"k" * 32


class Phone:
    """The app and the clock of a user, and the server that they sign in to."""

    def __init__(self, control: Control) -> None:
        self.now = NOW
        browsers = KnownBrowsers(b"key", self.clock)
        self.factors = SecondFactors(control, KEY, throttle=Throttle(self.clock), browsers=browsers, clock=self.clock)
        self.user = users.add(control, "ada@example.org", now=NOW)
        self.secret = ""

    def clock(self) -> float:
        return self.now

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(self.now) + steps * STEP_S)

    def set_up(self) -> list[str]:
        begun = self.factors.begin(self.user)
        self.secret = begun.secret
        return list(self.factors.confirm(self.user, begun.ticket, self.code()))

    def check(self, code: str, user: User | None = None) -> bool:
        """True if the code is accepted. Raises SignInRefusedError."""
        try:
            asyncio.run(self.factors.check(user or self.user, code, client=CLIENT, cookie=""))
        except SignInRefusedError:
            raise
        except SignInError:
            return False
        return True


@pytest.fixture
def phone(control: Control) -> Phone:
    return Phone(control)


def test_a_code_of_the_app_confirms_the_set_up(phone: Phone) -> None:
    assert not phone.factors.is_on(phone.user)
    codes = phone.set_up()

    assert 10 == len(codes)
    assert phone.factors.is_on(phone.user)
    assert "otpauth://totp/Sillage:ada%40example.org?" in phone.factors.begin(phone.user).url


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "x" * 10_000])
def test_a_wrong_code_confirms_nothing_and_the_secret_stays(phone: Phone, code: str) -> None:
    begun = phone.factors.begin(phone.user)
    with pytest.raises(SecondFactorError, match="This code is not right"):
        phone.factors.confirm(phone.user, begun.ticket, code)

    assert not phone.factors.is_on(phone.user)
    assert begun.secret == phone.factors.begin(phone.user, begun.ticket).secret


@pytest.mark.parametrize("ticket", ["", "x", "é", "AAAA" * 20])
def test_an_invented_ticket_confirms_nothing(phone: Phone, ticket: str) -> None:
    with pytest.raises(SecondFactorError, match="open for too long"):
        phone.factors.confirm(phone.user, ticket, "123456")


def test_neither_an_old_ticket_nor_that_of_somebody_else_is_accepted(phone: Phone, control: Control) -> None:
    begun, bob = phone.factors.begin(phone.user), users.add(control, "bob@example.org", now=NOW)
    phone.secret = begun.secret
    with pytest.raises(SecondFactorError, match="open for too long"):
        phone.factors.confirm(bob, begun.ticket, phone.code())
    phone.now += 3600
    with pytest.raises(SecondFactorError, match="open for too long"):
        phone.factors.confirm(phone.user, begun.ticket, phone.code())


@pytest.mark.parametrize(("steps", "is_accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_a_step(phone: Phone, steps: int, *, is_accepted: bool) -> None:
    phone.set_up()
    phone.now += 10 * STEP_S

    assert is_accepted == phone.check(phone.code(steps=steps))


def test_a_code_is_accepted_once(phone: Phone) -> None:
    phone.set_up()
    assert not phone.check(phone.code()), "it has confirmed the set-up"
    phone.now += 2 * STEP_S
    code = phone.code()

    assert phone.check(f"{code[:3]} {code[3:]}")
    assert not phone.check(code)
    assert not phone.check(phone.code(steps=-1)), "an older code after a newer one"


def test_a_recovery_code_is_accepted_once(phone: Phone) -> None:
    [code, *_] = phone.set_up()

    assert phone.check(code.upper())
    assert not phone.check(code)


def test_wrong_codes_are_limited_and_right_ones_are_not(phone: Phone) -> None:
    phone.set_up()
    for _ in range(MAX_FAILURES + 5):
        phone.now += STEP_S * 2
        assert phone.check(phone.code())
    for _ in range(MAX_FAILURES):
        assert not phone.check("000000")
    with pytest.raises(SignInRefusedError, match="Too many failed sign-ins"):
        phone.check(phone.code(steps=1))


def test_new_recovery_codes_replace_the_earlier_ones(phone: Phone) -> None:
    [old, *_] = phone.set_up()
    [new, *_] = phone.factors.renew_codes(phone.user)

    assert [False, True] == [phone.check(old), phone.check(new)]


def test_somebody_without_a_second_factor_has_no_code(phone: Phone, control: Control) -> None:
    phone.set_up()

    assert not phone.check(phone.code(steps=1), users.add(control, "bob@example.org", now=NOW))


def test_the_secret_is_sealed_in_the_file_and_needs_the_key(phone: Phone, control: Control, tmp_path: Path) -> None:
    [code, *_] = phone.set_up()
    control.rows("pragma wal_checkpoint(truncate)")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert phone.secret.encode() not in content
    phone.now += 2 * STEP_S

    browsers = KnownBrowsers(b"key", phone.clock)
    throttle = Throttle(phone.clock)
    phone.factors = SecondFactors(control, b"x" * 32, throttle=throttle, browsers=browsers, clock=phone.clock)
    assert not phone.check(phone.code())
    assert phone.check(code), "recovery codes do not need the key"
