"""What is stored of second factors."""

from pathlib import Path

import pytest

from schema.people import two_factor, users
from schema.people.users import User
from schema.stores.control import Control

NOW = 1_773_144_000  # 2026-03-10 12:00Z


@pytest.fixture
def ada(control: Control) -> User:
    return users.add(control, "ada@example.org", now=NOW)


def turned_on(control: Control, user: User) -> list[str]:
    codes = two_factor.new_codes()
    two_factor.turn_on(control, user, secret=b"sealed", step=100, codes=codes, now=NOW)
    return codes


def test_ten_codes_of_eighty_bits_differ() -> None:
    codes = two_factor.new_codes()

    assert 10 == len(set(codes))
    assert all([4, 4, 4, 4] == [len(group) for group in code.split("-")] for code in codes)


def test_a_recovery_code_works_once_however_it_is_typed(control: Control, ada: User) -> None:
    code, other, *_ = turned_on(control, ada)

    assert two_factor.use_code(control, ada, f" {code.upper().replace('-', ' ')}\n")
    assert not two_factor.use_code(control, ada, code)
    assert two_factor.use_code(control, ada, other.replace("-", ""))
    factor = two_factor.of_user(control, ada.id)
    assert factor is not None
    assert (b"sealed", NOW, 8) == (factor.secret, factor.since, factor.codes_left)


@pytest.mark.parametrize("code", ["", "----", "abcd-efgh-ijkm-nopq", "\udcff", "é" * 10_000])
def test_a_guessed_code_does_not_work(control: Control, ada: User, code: str) -> None:
    turned_on(control, ada)

    assert not two_factor.use_code(control, ada, code)


def test_a_code_of_somebody_else_does_not_work(control: Control, ada: User) -> None:
    [code, *_] = turned_on(control, ada)

    assert not two_factor.use_code(control, users.add(control, "bob@example.org", now=NOW), code)
    assert two_factor.use_code(control, ada, code)


@pytest.mark.parametrize(("step", "is_accepted"), [(99, False), (100, False), (101, True)])
def test_a_step_is_accepted_once_and_none_before_it(
    control: Control, ada: User, step: int, *, is_accepted: bool
) -> None:
    turned_on(control, ada)

    assert is_accepted == two_factor.use_step(control, ada, step)
    assert not two_factor.use_step(control, ada, step)


def test_new_codes_replace_the_earlier_ones(control: Control, ada: User) -> None:
    [old, *_], codes = turned_on(control, ada), two_factor.new_codes()
    two_factor.replace_codes(control, ada, codes)

    assert not two_factor.use_code(control, ada, old)
    assert two_factor.use_code(control, ada, codes[0])


def test_nothing_is_left_after_turning_off(control: Control, ada: User) -> None:
    [code, *_] = turned_on(control, ada)
    two_factor.turn_off(control, ada)

    assert two_factor.of_user(control, ada.id) is None
    assert not two_factor.use_code(control, ada, code)
    assert not two_factor.use_step(control, ada, 200)


def test_a_sign_in_waits_ten_minutes_for_a_code_and_ends_once(control: Control, ada: User) -> None:
    token = two_factor.begin(control, ada, next_path="/sites", now=NOW)
    half = two_factor.find(control, token, now=NOW + 599)

    assert half is not None
    assert (ada, "/sites") == (half.user, half.next)
    assert two_factor.find(control, token, now=NOW + 600) is None
    assert [True, False] == [two_factor.end(control, token), two_factor.end(control, token)]
    assert two_factor.find(control, token, now=NOW) is None


def test_a_new_password_ends_sign_ins_that_wait(control: Control, ada: User) -> None:
    token = two_factor.begin(control, ada, next_path="/", now=NOW)
    users.set_password(control, ada, "hash")

    assert two_factor.find(control, token, now=NOW) is None


def test_neither_codes_nor_tokens_can_be_read_from_the_file(control: Control, ada: User, tmp_path: Path) -> None:
    codes, token = turned_on(control, ada), two_factor.begin(control, ada, next_path="/", now=NOW)
    control.rows("pragma wal_checkpoint(truncate)")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"ada@example.org" in content
    assert not [text for text in (token, *codes, codes[0].replace("-", "")) if text.encode() in content]
