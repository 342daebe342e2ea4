"""Sign-in links, and the form for e-mail and password."""

from datetime import timedelta

import pytest

from schema.people import users
from tests.dashboard.desk import EMAIL, PASSWORD, Page


def test_the_link_of_the_first_start_makes_the_first_user(stranger):
    link = users.make_link(stranger.control, None, now=stranger.clock())

    answer = stranger.post(f"/sign-in/{link}", email="Ana@Example.org", password=PASSWORD, repeated=PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert stranger.get("/sites").status_code == 200
    [user] = users.list_all(stranger.control)
    assert user.email == EMAIL
    assert (user.password_hash or "").startswith("$argon2id$")


def test_the_link_of_a_user_changes_the_password_and_signs_out_elsewhere(stranger, user):
    elsewhere = users.start_session(stranger.control, user, now=stranger.clock())
    link = users.make_link(stranger.control, user, now=stranger.clock())

    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)

    assert stranger.get("/sites").status_code == 200
    assert users.find_session(stranger.control, elsewhere, now=stranger.clock()) is None
    assert [known.email for known in users.list_all(stranger.control)] == [EMAIL]


def test_the_form_of_a_link_says_whose_it_is(stranger, user):
    page = stranger.page(f"/sign-in/{users.make_link(stranger.control, user, now=stranger.clock())}")

    assert EMAIL in page.text
    assert not page.attributes("input", type="email")


def test_the_form_of_the_first_link_asks_for_an_address(stranger):
    page = stranger.page(f"/sign-in/{users.make_link(stranger.control, None, now=stranger.clock())}")

    assert page.attributes("input", type="email")


def test_a_link_works_once(stranger):
    link = users.make_link(stranger.control, None, now=stranger.clock())
    stranger.post(f"/sign-in/{link}", email=EMAIL, password=PASSWORD, repeated=PASSWORD)
    stranger.client.cookies.clear()

    again = stranger.post(f"/sign-in/{link}", email="eve@example.org", password=PASSWORD, repeated=PASSWORD)

    assert again.status_code == 404
    assert "This link is no longer valid" in stranger.page(f"/sign-in/{link}", status=404).text
    assert [user.email for user in users.list_all(stranger.control)] == [EMAIL]


def test_looking_at_a_link_does_not_use_it_up(stranger):
    link = users.make_link(stranger.control, None, now=stranger.clock())

    for _ in range(3):
        stranger.page(f"/sign-in/{link}")


def test_a_link_lasts_a_day(stranger):
    link = users.make_link(stranger.control, None, now=stranger.clock())
    stranger.now += timedelta(days=1, seconds=-1)
    assert users.find_link(stranger.control, link, now=stranger.clock())
    stranger.now += timedelta(seconds=1)
    stranger.page(f"/sign-in/{link}", status=404)
    late = stranger.post(f"/sign-in/{link}", email=EMAIL, password=PASSWORD, repeated=PASSWORD)

    assert late.status_code == 404
    assert users.list_all(stranger.control) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param(
            {"password": "short", "repeated": "short"}, "Choose at least 10 characters.", id="a short password"
        ),
        pytest.param({"repeated": "another one"}, "The two passwords are not the same.", id="a typing error"),
        pytest.param({"email": "ana"}, "'ana' is not an e-mail address", id="no address"),
        pytest.param(
            {"email": "bob@example.org"}, "bob@example.org already has an account.", id="an address that is taken"
        ),
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays_good(stranger, fields, problem):
    users.add(stranger.control, "bob@example.org", now=stranger.clock())
    link = users.make_link(stranger.control, None, now=stranger.clock())
    right = {"email": EMAIL, "password": PASSWORD, "repeated": PASSWORD}

    answer = stranger.post(f"/sign-in/{link}", **right | fields)

    assert answer.status_code == 422
    assert problem in Page(answer.text).text
    assert stranger.post(f"/sign-in/{link}", **right).status_code == 303


def test_a_link_sent_from_another_site_is_refused_and_stays_good(stranger):
    link = users.make_link(stranger.control, None, now=stranger.clock())
    form = {"email": "eve@evil.example", "password": PASSWORD, "repeated": PASSWORD}

    answer = stranger.post(f"/sign-in/{link}", sent={"Origin": "https://evil.example"}, **form)

    assert answer.status_code == 403
    stranger.page(f"/sign-in/{link}")


def test_a_signed_in_browser_goes_to_the_next_page(desk):
    assert desk.get("/sign-in?next=/sites/new").headers["location"] == "/sites/new"


def test_entered_values_are_escaped(stranger):
    answer = stranger.post("/sign-in", email='"><script>alert(1)</script>', password="x", next='/"><b>')
    page = Page(answer.text)

    assert page.attributes("input", name="email")[0]["value"] == '"><script>alert(1)</script>'
    assert page.attributes("input", name="next")[0]["value"] == '/"><b>'
    assert not any(page.inline_scripts)
