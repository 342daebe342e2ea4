"""The passkeys of users."""

import pytest

from schema.people import passkeys, users
from schema.people.passkeys import MAX_PASSKEYS, PasskeyError
from schema.people.users import User
from schema.stores.control import Control

NOW = 1_773_144_000


@pytest.fixture
def ada(control: Control) -> User:
    return users.add(control, "ada@example.org", now=NOW)


def add(control: Control, user: User, number: int = 1, name: str = "Phone") -> None:
    passkeys.add(control, user, credential_id=bytes([number]), public_key=b"key", sign_count=3, name=name, now=NOW)


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "a\u202eb"])
def test_a_passkey_has_a_name_that_can_be_shown(control: Control, ada: User, name: str) -> None:
    with pytest.raises(PasskeyError, match="1 to 100 printable characters"):
        add(control, ada, name=name)


def test_a_user_has_twenty_at_most(control: Control, ada: User) -> None:
    for number in range(MAX_PASSKEYS):
        add(control, ada, number)
    with pytest.raises(PasskeyError, match="You have 20 passkeys"):
        add(control, ada, MAX_PASSKEYS)


@pytest.mark.parametrize(("count", "is_accepted"), [(2, False), (3, False), (4, True), (0, True)])
def test_a_count_grows_unless_the_key_does_not_count(
    control: Control, ada: User, count: int, *, is_accepted: bool
) -> None:
    add(control, ada)
    passkey = passkeys.by_credential(control, b"\x01")
    assert passkey is not None

    assert is_accepted == passkeys.use(control, passkey, sign_count=count, now=NOW)


def test_passkeys_go_with_the_user_and_alone(control: Control, ada: User) -> None:
    add(control, ada, 1)
    add(control, ada, 2, name="Laptop")
    passkeys.remove(control, passkeys.of_user(control, ada)[0])

    assert ["Laptop"] == [passkey.name for passkey in passkeys.of_user(control, ada)]
    assert passkeys.by_credential(control, b"\x01") is None
