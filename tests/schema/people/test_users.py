from pathlib import Path

import pytest

from schema.people import users
from schema.people.users import LINK_LIFETIME_S, SESSION_LIFETIME_S, User, UserError
from schema.stores.control import Control

NOW = 1_773_144_000  # 2026-03-10 12:00Z


@pytest.mark.parametrize(
    ("text", "email"),
    [
        pytest.param("ada@example.org", "ada@example.org", id="as it is"),
        pytest.param(" Ada@Example.ORG\n", "ada@example.org", id="capitals and white space"),
        pytest.param("a+b@localhost", "a+b@localhost", id="a plus, and one word"),
    ],
)
def test_an_address_has_one_written_form(control: Control, text: str, email: str) -> None:
    assert User(1, email, None) == users.add(control, text, now=NOW)
    assert User(1, email, None) == users.by_email(control, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("ada", id="a name"),
        pytest.param("@example.org", id="no name"),
        pytest.param("ada@", id="no domain"),
        pytest.param("a@b@example.org", id="two signs"),
        pytest.param("ada lovelace@example.org", id="white space"),
        pytest.param("ada@example.org\nbcc: x", id="a line of its own"),
        pytest.param("a" * 250 + "@example.org", id="too long"),
    ],
)
def test_what_is_no_address_is_refused(control: Control, text: str) -> None:
    with pytest.raises(UserError, match="is not an e-mail address"):
        users.add(control, text, now=NOW)

    assert [] == users.list_all(control)


def test_an_address_is_taken_once(control: Control) -> None:
    users.add(control, "ada@example.org", now=NOW)

    with pytest.raises(UserError, match=r"ada@example\.org already exists"):
        users.add(control, "ADA@example.org", now=NOW)


def test_users_are_listed_by_address(control: Control) -> None:
    bob, ada = (users.add(control, "bob@example.org", now=NOW), users.add(control, "ada@example.org", now=NOW))

    assert [ada, bob] == users.list_all(control)


@pytest.mark.parametrize("is_first", [True, False], ids=["that makes the first user", "of a user"])
def test_a_link_is_found_until_it_is_used_and_used_once(control: Control, is_first: bool) -> None:
    user = None if is_first else users.add(control, "ada@example.org", now=NOW)
    token = users.make_link(control, user, now=NOW)

    assert [users.Link(user)] * 2 == [
        users.find_link(control, token, now=NOW),
        users.find_link(control, token, now=NOW),
    ]
    assert [True, False] == [users.use_link(control, token, now=NOW), users.use_link(control, token, now=NOW)]
    assert users.find_link(control, token, now=NOW) is None


def test_a_link_ends_with_its_time(control: Control) -> None:
    token = users.make_link(control, None, now=NOW)
    end = NOW + LINK_LIFETIME_S

    assert users.find_link(control, token, now=end - 1) is not None
    assert users.find_link(control, token, now=end) is None
    assert not users.use_link(control, token, now=end)


def test_a_new_link_ends_the_earlier_one_of_the_same_user_and_no_other(control: Control) -> None:
    ada, bob = (users.add(control, "ada@example.org", now=NOW), users.add(control, "bob@example.org", now=NOW))
    first, others = (
        users.make_link(control, ada, now=NOW),
        [users.make_link(control, bob, now=NOW), users.make_link(control, None, now=NOW)],
    )
    second = users.make_link(control, ada, now=NOW)

    assert users.find_link(control, first, now=NOW) is None
    assert all(users.find_link(control, token, now=NOW) for token in (second, *others))


def test_a_session_is_its_user_s_until_it_ends(control: Control) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)
    token, other = (users.start_session(control, ada, now=NOW), users.start_session(control, ada, now=NOW))
    session, second = (users.find_session(control, token, now=NOW), users.find_session(control, other, now=NOW))
    users.end_session(control, token)

    assert session is not None
    assert second is not None
    assert ada == session.user
    assert session.csrf_token != second.csrf_token
    assert users.find_session(control, token, now=NOW) is None
    assert second == users.find_session(control, other, now=NOW)


def test_a_session_ends_with_its_time_and_is_swept_out(control: Control) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)
    token = users.start_session(control, ada, now=NOW)
    end = NOW + SESSION_LIFETIME_S
    assert users.find_session(control, token, now=end - 1) is not None
    assert users.find_session(control, token, now=end) is None
    users.start_session(control, ada, now=end)

    assert 1 == len(control.rows("select 1 from sessions"))


def test_a_new_password_signs_its_user_out_everywhere_and_nobody_else(control: Control) -> None:
    ada, bob = (users.add(control, "ada@example.org", now=NOW), users.add(control, "bob@example.org", now=NOW))
    hers, his = users.start_session(control, ada, now=NOW), users.start_session(control, bob, now=NOW)
    users.set_password(control, ada, "a hash")

    assert User(ada.id, ada.email, "a hash") == users.by_email(control, "ada@example.org")
    assert users.find_session(control, hers, now=NOW) is None
    assert users.find_session(control, his, now=NOW) is not None


@pytest.mark.parametrize("token", ["", "wrong", "\0", "é"])
def test_a_token_that_was_never_given_opens_nothing(control: Control, token: str) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)
    users.start_session(control, ada, now=NOW)
    users.make_link(control, ada, now=NOW)

    assert (None, None) == (users.find_session(control, token, now=NOW), users.find_link(control, token, now=NOW))
    assert not users.use_link(control, token, now=NOW)


def test_no_token_can_be_read_from_the_file(control: Control, tmp_path: Path) -> None:
    ada = users.add(control, "ada@example.org", now=NOW)
    tokens = [
        users.start_session(control, ada, now=NOW),
        users.make_link(control, ada, now=NOW),
        users.make_link(control, None, now=NOW),
    ]
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"ada@example.org" in content, "what is not secret is found"
    assert [] == [token for token in tokens if token.encode() in content]


def test_a_user_prefers_a_language_and_a_theme(control: Control) -> None:
    ada, bob = users.add(control, "ada@example.org", now=NOW), users.add(control, "bob@example.org", now=NOW)
    session = users.start_session(control, ada, now=NOW)
    users.prefer(control, ada, language="fr", theme="dark")

    chosen = User(ada.id, ada.email, None, "fr", "dark")
    assert chosen == getattr(users.find_session(control, session, now=NOW), "user", None)
    assert [chosen, bob] == users.list_all(control)
