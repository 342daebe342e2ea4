import re
from datetime import timedelta
from typing import Any

import pytest

from dashboard.mail.mailer import NO_TLS, Mailer, MailServer
from schema.exclusions import audit
from schema.people import invitations, members, users
from schema.people.roles import Role
from schema.sites.sites import Site
from tests.dashboard.desk import Desk
from tests.mail_server import Inbox, accepting

URL = "/example.org/settings/people"


def link_on(html: str) -> str:
    match = re.search(r"<code>http://stats.test(/invitation/[^<]+)</code>", html)
    assert match
    return match[1]


def member(desk: Desk, site: Site, name: str, role: Role) -> int:
    user = users.add(desk.control, f"{name}@example.org", now=desk.clock())
    members.put(desk.control, site.id, user.id, role)
    return user.id


def as_member(desk: Desk, site: Site, role: Role) -> Desk:
    """Return the browser of a member."""
    other = desk.elsewhere("198.51.100.9")
    member(desk, site, role.value, role)
    user = users.by_email(desk.control, f"{role.value}@example.org")
    assert user
    other.enter(user)
    return other


def test_an_invitation_is_a_link_that_is_shown_once(desk: Desk, site: Site) -> None:
    answer = desk.post(URL, email="Bo@example.org", role="viewer")
    token = link_on(answer.text).removeprefix("/invitation/")

    assert 200 == answer.status_code
    assert token not in desk.page(URL).html
    assert "bo@example.org Viewer Works until 17 Mar 2026" in desk.page(URL).text
    assert invitations.by_token(desk.control, token, now=desk.clock())
    assert ["Invited bo@example.org with the role Viewer."] == [
        entry.change for entry in audit.latest(desk.control, 9, topic=audit.PEOPLE)
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"email": "bo", "role": "viewer"}, "is not an e-mail address", id="no address"),
        pytest.param({"email": "bo@example.org", "role": "king"}, "Choose a role.", id="no role"),
        pytest.param({"email": "", "role": "viewer", "mail": "yes"}, "Enter the e-mail address", id="mail to nobody"),
    ],
)
def test_a_wrong_invitation_is_refused_with_a_sentence(desk: Desk, site: Site, fields: Any, sentence: str) -> None:
    answer = desk.post(URL, **fields)

    assert (422, True) == (answer.status_code, sentence in answer.text)
    assert [] == invitations.part(desk.control, site.id, most=9)


def test_the_link_is_sent_by_mail_where_a_mail_server_is_set_up(desk: Desk, site: Site) -> None:
    inbox = Inbox()
    with accepting(inbox) as port:
        server = MailServer(host="127.0.0.1", port=port, tls=NO_TLS, sender="stats@example.org")
        desk.provide(mailer=Mailer(server, clock=desk.clock))
        answer = desk.post(URL, email="bo@example.org", role="viewer", mail="yes")
    text = inbox.messages[0]

    assert "The link was sent to bo@example.org" in answer.text
    assert link_on(answer.text) in str(text)


def test_a_mail_server_that_fails_leaves_the_link(desk: Desk, site: Site) -> None:
    server = MailServer(host="127.0.0.1", port=9, tls=NO_TLS, sender="stats@example.org")
    desk.provide(mailer=Mailer(server, clock=desk.clock))
    answer = desk.post(URL, email="bo@example.org", role="viewer", mail="yes")

    assert "refuses connections" in answer.text
    assert link_on(answer.text)


def test_a_link_is_renewed_and_an_invitation_revoked_after_a_question(desk: Desk, site: Site) -> None:
    first = link_on(desk.post(URL, email="bo@example.org", role="viewer").text)
    desk.now += timedelta(days=8)
    assert "Expired" in desk.page(URL).text
    [one] = invitations.part(desk.control, site.id, most=9)
    second = link_on(desk.post(f"{URL}/invitations/{one.id}/renew").text)
    question = desk.page(f"{URL}/invitations/{one.id}/revoke")

    assert (404, 200) == (desk.get(first).status_code, desk.get(second).status_code)
    assert "Revoke the invitation of bo@example.org?" in question.text
    assert 303 == desk.post(f"{URL}/invitations/{one.id}/revoke", sure="yes").status_code
    assert 404 == desk.get(second).status_code


def test_a_role_is_changed(desk: Desk, site: Site) -> None:
    number = member(desk, site, "bo", Role.VIEWER)
    assert "Change the role of bo@example.org" in desk.page(f"{URL}/{number}").text
    desk.post(f"{URL}/{number}", role="admin")

    assert Role.ADMIN == members.role_of(desk.control, site.id, number)
    assert ["Changed the role of bo@example.org from Viewer to Administrator."] == [
        entry.change for entry in audit.latest(desk.control, 9, topic=audit.PEOPLE)
    ]


def test_a_member_is_removed_after_a_question(desk: Desk, site: Site) -> None:
    number = member(desk, site, "bo", Role.VIEWER)

    assert "Remove bo@example.org from this site?" in desk.page(f"{URL}/{number}/remove").text
    assert desk.post(f"{URL}/{number}/remove").status_code == 200, "without the answer, it asks"
    assert f"{URL}?removed=0#removed" == desk.post(f"{URL}/{number}/remove", sure="yes").headers["location"]
    assert members.role_of(desk.control, site.id, number) is None


def test_an_administrator_neither_makes_owners_nor_touches_them(desk: Desk, site: Site) -> None:
    admin, owner = as_member(desk, site, Role.ADMIN), member(desk, site, "bo", Role.OWNER)
    invitations.invite(desk.control, site.id, "eve@example.org", Role.OWNER, who="", now=desk.clock())
    viewer = member(desk, site, "vi", Role.VIEWER)
    own = users.by_email(desk.control, "admin@example.org")
    assert own

    assert "Owner" not in [field.get("value") for field in admin.page(URL).attributes("input", name="role")]
    assert 422 == admin.post(URL, email="mo@example.org", role="owner").status_code
    assert [422, 422] == [admin.post(f"{URL}/{number}", role="owner").status_code for number in (viewer, own.id)]
    assert [403, 403, 403] == [
        admin.post(f"{URL}/{path}", role="viewer", sure="yes").status_code
        for path in (f"{owner}", f"{owner}/remove", "invitations/1/renew")
    ]


def test_people_of_another_site_are_out_of_reach(desk: Desk, site: Site) -> None:
    stranger = users.add(desk.control, "eve@example.org", now=desk.clock())

    assert 404 == desk.get(f"{URL}/{stranger.id}").status_code
    assert 404 == desk.post(f"{URL}/{stranger.id}", role="owner").status_code


def test_who_leaves_a_site_no_longer_sees_it(desk: Desk, site: Site) -> None:
    admin = as_member(desk, site, Role.ADMIN)
    own = users.by_email(desk.control, "admin@example.org")
    assert own

    assert "You will no longer see this site." in admin.page(f"{URL}/{own.id}/remove").text
    assert "/sites" == admin.post(f"{URL}/{own.id}/remove", sure="yes").headers["location"]
    assert 404 == admin.get("/example.org").status_code


def test_ten_thousand_people_come_in_pages_and_are_searched(desk: Desk, site: Site) -> None:
    with desk.control.write() as connection:
        connection.executemany(
            "insert into users (email, created_at) values (?, 0)", [(f"p{n:05}@example.org",) for n in range(10_000)]
        )
        connection.execute("insert into members select ?, id, 'viewer' from users where email like 'p%'", (site.id,))
    first, last = desk.page(URL), desk.page(f"{URL}?page=200")

    assert ["p00000@example.org", "p00049@example.org"] == [
        re.findall(r"p\d{5}@example.org", first.text)[index] for index in (0, -1)
    ]
    assert len(first.html) < 200_000
    assert "p09999@example.org" in last.text
    assert "?page=201" not in last.html
    assert "p01234@example.org" in desk.page(f"{URL}?search=P01234").text
    assert "Nobody matches." in desk.page(f"{URL}?search=nobody").text
