import json
import time

import pytest

from schema.people import members, two_factor, users
from schema.people.roles import Role
from schema.sites import sites


@pytest.mark.parametrize("command", ["add", "link"])
def test_the_link_is_alone_on_standard_output_and_signs_the_user_in(control, sillage, command):
    if command == "link":
        users.add(control, "ada@example.org", now=time.time())

    result = sillage("users", command, "Ada@example.org")

    base, _, token = result.stdout.removesuffix("\n").rpartition("/")
    link = users.find_link(control, token, now=time.time())
    assert (result.exit_code, base) == (0, "http://127.0.0.1:8000/sign-in")
    assert result.stderr == "This link signs ada@example.org in once, within 24 hours:\n"
    assert link is not None
    assert link.user == users.by_email(control, "ada@example.org")


def test_the_link_starts_with_the_address_people_open(sillage, monkeypatch):
    monkeypatch.setenv("SILLAGE_BASE_URL", "https://stats.example.org")

    result = sillage("users", "add", "ada@example.org")

    assert result.stdout.startswith("https://stats.example.org/sign-in/")


def test_a_new_link_ends_the_earlier_one(control, sillage):
    first = sillage("users", "add", "ada@example.org").stdout.strip().rpartition("/")[2]
    sillage("users", "link", "ada@example.org")

    assert users.find_link(control, first, now=time.time()) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("add", "ada"), "sillage: 'ada' is not an e-mail address\n", id="an address that is none"),
        pytest.param(
            ("add", "taken@example.org"),
            "sillage: taken@example.org already exists: "
            "run `sillage users link taken@example.org` for a new sign-in link\n",
            id="an address that is taken",
        ),
        pytest.param(
            ("link", "ada@example.org"),
            "sillage: ada@example.org is not a user here. `sillage users list` shows the users.\n",
            id="a link for nobody",
        ),
        pytest.param(
            ("remove", "ada@example.org", "--yes"),
            "sillage: ada@example.org is not a user here. `sillage users list` shows the users.\n",
            id="removing nobody",
        ),
    ],
)
def test_what_can_not_be_is_one_sentence_and_exit_code_2(sillage, words, sentence):
    sillage("users", "add", "taken@example.org")

    result = sillage("users", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_users_are_listed_with_who_has_chosen_a_password(control, sillage):
    users.set_password(control, users.add(control, "ada@example.org", now=time.time()), "a hash")
    users.add(control, "grace@example.org", now=time.time())

    table = sillage("users", "list").stdout
    rows = json.loads(sillage("users", "list", "--json").stdout)

    assert table.splitlines() == [
        "EMAIL              HAS PASSWORD  IS OWNER",
        "ada@example.org    yes           no",
        "grace@example.org  no            no",
    ]
    assert rows == [
        {"email": "ada@example.org", "has_password": True, "is_owner": False},
        {"email": "grace@example.org", "has_password": False, "is_owner": False},
    ]


@pytest.mark.parametrize(
    ("words", "answer", "left"),
    [
        pytest.param((), "y\n", [], id="confirmed"),
        pytest.param((), "n\n", ["ada@example.org"], id="declined"),
        pytest.param(("--yes",), "", [], id="not asked"),
    ],
)
def test_a_user_is_removed_once_that_is_confirmed(control, sillage, words, answer, left):
    users.add(control, "ada@example.org", now=time.time())

    sillage("users", "remove", "ADA@example.org", *words, answer=answer)

    assert [user.email for user in users.list_all(control)] == left


def test_a_removed_user_is_signed_out(control, sillage):
    token = users.start_session(control, users.add(control, "ada@example.org", now=time.time()), now=time.time())

    sillage("users", "remove", "ada@example.org", "--yes")

    assert users.find_session(control, token, now=time.time()) is None


def test_two_factor_authentication_is_turned_off_for_somebody_who_lost_the_app(control, sillage):
    ada = users.add(control, "ada@example.org", now=time.time())
    two_factor.turn_on(control, ada, secret=b"sealed", step=1, codes=two_factor.new_codes(), now=time.time())
    result = sillage("users", "reset-two-factor", "Ada@example.org")

    assert (0, "Two-factor authentication is off for ada@example.org.\n") == (result.exit_code, result.stdout)
    assert two_factor.of_user(control, ada.id) is None


def test_two_factor_authentication_of_nobody_is_not_turned_off(sillage):
    result = sillage("users", "reset-two-factor", "ada@example.org")

    assert 2 == result.exit_code
    assert "ada@example.org is not a user here." in result.stderr


def test_a_user_is_an_owner_of_the_server_or_has_a_role_on_a_site(control, sillage):
    site = sites.add(control, "example.org", timezone="UTC", now=time.time())
    sillage("users", "add", "ada@example.org")
    done = sillage("users", "add", "bo@example.org", "--site", "example.org", "--role", "editor")
    assert 0 == done.exit_code, done.stderr
    ada, bo = users.list_all(control)

    assert (True, False) == (ada.is_owner, bo.is_owner)
    assert (None, Role.EDITOR) == tuple(members.role_of(control, site.id, user.id) for user in (ada, bo))


def test_a_user_of_an_unknown_site_is_not_added(control, sillage):
    assert 0 != sillage("users", "add", "bo@example.org", "--site", "none.example").exit_code
    assert [] == users.list_all(control)
