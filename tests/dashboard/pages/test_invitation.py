from typing import Any
from urllib.parse import urlencode

import pytest

from schema.people import invitations, members, users
from schema.people.invitations import LIFETIME_S
from schema.people.roles import Role
from schema.sites.sites import Site
from tests.dashboard.desk import PASSWORD, Desk

BO = "bo@example.org"
CHOSEN: Any = {"email": BO, "password": PASSWORD, "repeated": PASSWORD}


def link(desk: Desk, site: Site, email: str = "", *, age_s: float = 0) -> str:
    now = desk.clock() - age_s
    return "/invitation/" + invitations.invite(desk.control, site.id, email, Role.VIEWER, who="", now=now)


def test_a_new_person_chooses_a_password_and_sees_the_report(stranger: Desk, site: Site) -> None:
    url = link(stranger, site, BO)
    assert "Invitation to example.org" in stranger.page(url).text
    assert [BO] == [field["value"] for field in stranger.page(url).attributes("input", name="email")]
    answer = stranger.post(url, **CHOSEN)

    assert (303, "/example.org") == (answer.status_code, answer.headers["location"])
    assert 200 == stranger.get("/example.org").status_code
    assert 403 == stranger.get("/example.org/settings").status_code
    assert BO == stranger.page("/account").attributes("input", name="email")[0]["value"]


def test_who_has_an_account_signs_in_and_returns_to_the_invitation(stranger: Desk, site: Site) -> None:
    url = link(stranger, site)
    hrefs = [str(one["href"]) for one in stranger.page(url).attributes("a")]

    assert "/sign-in?" + urlencode({"next": url}) in hrefs


def test_a_signed_in_person_accepts_with_a_button(desk: Desk, site: Site) -> None:
    bo = users.add(desk.control, BO, now=desk.clock())
    other = desk.elsewhere("198.51.100.9")
    other.enter(bo)
    url = link(desk, site)

    assert "You are signed in as bo@example.org" in other.page(url).text
    assert "/example.org" == other.post(url).headers["location"]
    assert Role.VIEWER == members.role_of(desk.control, site.id, bo.id)
    assert 403 == other.client.post(url, headers={"Origin": other.base_url}).status_code, (
        "without the token of the form"
    )


@pytest.mark.parametrize(
    "kind",
    ["expired", "used", "guessed"],
)
def test_links_that_do_not_work_are_one_and_the_same_page(stranger: Desk, site: Site, kind: str) -> None:
    urls = {
        "expired": link(stranger, site, age_s=LIFETIME_S),
        "used": link(stranger, site),
        "guessed": "/invitation/guessed",
    }
    invitations.accept_as_new(
        stranger.control, urls["used"].removeprefix("/invitation/"), "x@example.org", now=stranger.clock()
    )
    page = stranger.page(urls[kind], status=404)

    assert "This invitation is no longer valid An invitation works once, within 7 days." in page.text
    assert "example.org" not in page.text
    assert 404 == stranger.post(urls[kind], **CHOSEN).status_code
    assert users.by_email(stranger.control, BO) is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"repeated": "other"}, "The two passwords are not the same.", id="two passwords"),
        pytest.param({"email": "bo"}, "is not an e-mail address", id="no address"),
        pytest.param({"email": "ana@example.org"}, "already has an account: sign in", id="an address with an account"),
    ],
)
def test_a_wrong_form_is_shown_again_and_the_link_stays(
    stranger: Desk, site: Site, changed: Any, sentence: str
) -> None:
    users.add(stranger.control, "ana@example.org", now=stranger.clock())
    url = link(stranger, site)
    answer = stranger.post(url, **CHOSEN | changed)

    assert (422, True) == (answer.status_code, sentence in answer.text)
    assert 200 == stranger.get(url).status_code
