from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.visits.visitor import SALT_BYTES, keyed, visitor_id

SALT, OTHER_SALT = bytes(range(SALT_BYTES)), bytes(range(1, SALT_BYTES + 1))
FIELDS = {"site_id": 1, "address": b"\xc0\x00\x02\x07", "user_agent": "Browser/1", "domain": "example.org"}


def number(salt: bytes = SALT, **changes: object) -> int:
    return visitor_id(keyed(salt), **(FIELDS | changes))  # type: ignore[arg-type]


def test_a_visitor_has_the_same_number_as_long_as_the_salt_lives():
    key = keyed(SALT)

    assert visitor_id(key, **FIELDS) == visitor_id(key, **FIELDS) == number()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"site_id": 2},
        {"site_id": 11},
        {"address": b"\xc0\x00\x02\x08"},
        {"address": b"\xc0\x00\x02\x07" + b"\0" * 12},
        {"address": b""},
        {"user_agent": "Browser/2"},
        {"user_agent": "browser/1"},
        {"user_agent": ""},
        {"domain": "example.com"},
        {"domain": "(none)"},
    ],
    ids=str,
)
def test_every_field_makes_another_visitor(change):
    assert number() != number(**change)


def test_another_salt_makes_every_number_another():
    agents = [f"Browser/{count}" for count in range(200)]
    before = [number(user_agent=agent) for agent in agents]
    after = [number(OTHER_SALT, user_agent=agent) for agent in agents]

    assert not set(before) & set(after)
    # Nor is one a shift of the other: what separates a pair says nothing about the next pair.
    assert len({first ^ second for first, second in zip(before, after, strict=True)}) == len(agents)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"user_agent": "ab", "domain": "c"}, {"user_agent": "a", "domain": "bc"}, id="agent and domain"),
        pytest.param({"address": b"\1\2\3\4", "user_agent": "x"}, {"address": b"\1\2\3", "user_agent": "\4x"},
                     id="address and agent"),
        pytest.param({"site_id": 1, "address": b"4:abcd"}, {"site_id": 14, "address": b"abcd"}, id="site and address"),
        pytest.param({"user_agent": "1:x", "domain": ""}, {"user_agent": "", "domain": "1:x"}, id="lengths as text"),
    ],
)  # fmt: skip
def test_a_letter_cannot_move_from_one_field_to_the_next(one, other):
    assert number(**one) != number(**other)


@given(
    *[st.tuples(st.integers(0, 2**32), st.binary(max_size=16), st.text(max_size=4), st.text(max_size=4))] * 2,
)
def test_two_visitors_share_a_number_only_if_they_share_every_field(one, other):
    names = ("site_id", "address", "user_agent", "domain")
    numbers = [number(**dict(zip(names, fields, strict=True))) for fields in (one, other)]

    assert (one == other) == (numbers[0] == numbers[1])


def test_numbers_use_all_of_64_bits():
    numbers = [
        number(address=bytes([first, second]), user_agent=agent)
        for first, second, agent in product(range(16), range(16), "abcd")
    ]
    ones = Counter(bit for value in numbers for bit in range(64) if value >> bit & 1)

    assert all(0 <= value < 2**64 for value in numbers)
    assert len(set(numbers)) == len(numbers)
    # Each bit is set in about half of 1024 numbers; a fair coin leaves these bounds once in 10**15 tosses.
    assert all(384 < ones[bit] < 640 for bit in range(64))


def test_a_user_agent_may_hold_any_character():
    assert len({number(user_agent=agent) for agent in ("\ud800", "\udfff", "\0", "é", "")}) == 5


@pytest.mark.parametrize("salt", [b"", b"short", bytes(SALT_BYTES + 1)])
def test_a_salt_of_another_length_is_refused(salt):
    with pytest.raises(ValueError, match="16 bytes"):
        keyed(salt)
