"""Signing in, sessions, and forged forms."""

import asyncio
import threading
from datetime import timedelta

import pytest

from dashboard.access.sessions import local_path
from schema.people import users
from schema.sites import sites
from schema.stores.cancellation import QueryCancelledError
from tests.dashboard.desk import EMAIL, PASSWORD, Desk, Page
from tests.factories import store, views

CROSS_SITE = [
    pytest.param({"Origin": "https://evil.example"}, id="another origin"),
    pytest.param({"Origin": "null"}, id="an origin that is hidden"),
    pytest.param({"Origin": "http://stats.test.evil.example"}, id="an origin that begins alike"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="no origin, but another site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="no origin, but a neighbour"),
]
OWN = [
    pytest.param({"Origin": "http://stats.test"}, id="our origin"),
    pytest.param({"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"}, id="the host the browser was sent to"),
    pytest.param({"Sec-Fetch-Site": "same-origin"}, id="no origin, but our site"),
    pytest.param({}, id="a program that says nothing"),
]


@pytest.fixture
def member(stranger: Desk) -> Desk:
    """Give a browser that is not signed in, of somebody with a password."""
    link = users.make_link(
        stranger.control, users.add(stranger.control, EMAIL, now=stranger.clock(), is_owner=True), now=stranger.clock()
    )
    stranger.post(f"/sign-in/{link}", password=PASSWORD, repeated=PASSWORD)
    stranger.client.cookies.clear()
    return stranger


def is_signed_in(desk: Desk) -> bool:
    return bool(desk.get("/sites").status_code == 200)


def test_the_right_password_signs_in(member):
    answer = member.post("/sign-in", email=EMAIL, password=PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_signed_in(member)


@pytest.mark.parametrize("email", ["ANA@example.org", "  ana@example.org "])
def test_case_and_spaces_of_an_address_do_not_matter(member, email):
    member.post("/sign-in", email=email, password=PASSWORD)

    assert is_signed_in(member)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param(EMAIL, "correct horse", id="the beginning of the password"),
        pytest.param(EMAIL, "", id="no password"),
        pytest.param("bob@example.org", PASSWORD, id="an address nobody has"),
        pytest.param("new@example.org", "", id="an address without a password"),
        pytest.param("ana", PASSWORD, id="no address"),
        pytest.param("\x00\n" * 500, "\x00", id="bytes that are no text"),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(member, email, password):
    users.add(member.control, "new@example.org", now=member.clock(), is_owner=True)

    answer = member.post("/sign-in", email=email, password=password)

    assert answer.status_code == 403
    assert "Wrong e-mail or password." in Page(answer.text).text
    assert not is_signed_in(member)


def test_the_cookie_is_for_this_server_and_no_script(member):
    cookie = member.post("/sign-in", email=EMAIL, password=PASSWORD).headers["set-cookie"]

    assert cookie.startswith("sillage_session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_secure(member, database):
    desk = Desk(member.control, database, base_url="https://stats.test")

    cookie = desk.post("/sign-in", email=EMAIL, password=PASSWORD).headers["set-cookie"]

    assert cookie.startswith("__Host-sillage_session=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert is_signed_in(desk)


def test_a_session_survives_a_restart(member, database):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)

    restarted = Desk(member.control, database)
    restarted.client.cookies = member.client.cookies

    assert is_signed_in(restarted)


def test_a_session_ends_after_two_weeks(member):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)
    token = member.client.cookies["sillage_session"]
    member.now += timedelta(days=14, seconds=-1)
    assert users.find_session(member.control, token, now=member.clock())
    member.now += timedelta(seconds=1)
    assert users.find_session(member.control, token, now=member.clock()) is None


def test_a_session_that_was_planted_is_not_used(member):
    """Somebody signs in to an account of theirs, plants the cookie in another browser, and waits for its owner."""
    eve = users.start_session(member.control, users.add(member.control, "eve@example.org", now=1), now=member.clock())
    member.client.cookies.set("sillage_session", eve, domain="stats.test", path="/")
    member.post("/sign-in", email=EMAIL, password=PASSWORD)

    own = users.find_session(member.control, member.client.cookies["sillage_session"], now=member.clock())
    assert own is not None
    assert EMAIL == own.user.email
    assert users.find_session(member.control, eve, now=member.clock()) is None


def test_signing_out_ends_the_session_on_the_server(member):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)
    token = member.client.cookies["sillage_session"]

    answer = member.post("/sign-out")

    assert answer.headers["location"] == "/sign-in"
    assert "sillage_session" not in member.client.cookies
    assert users.find_session(member.control, token, now=member.clock()) is None


def test_a_session_that_was_planted_before_the_sign_in_is_not_adopted(member):
    """Session fixation: a value that someone else has put into the browser must not become a session."""
    member.client.cookies.set("sillage_session", "planted", domain="stats.test")
    member.post("/sign-in", email=EMAIL, password=PASSWORD)
    sessions = [cookie.value for cookie in member.client.cookies.jar if cookie.name == "sillage_session"]

    assert users.find_session(member.control, "planted", now=member.clock()) is None
    assert any(
        users.find_session(member.control, value, now=member.clock()) for value in sessions if value != "planted"
    )


def test_every_sign_in_has_a_session_of_its_own(member):
    tokens = set()
    for _ in range(3):
        member.client.cookies.clear()
        member.post("/sign-in", email=EMAIL, password=PASSWORD)
        tokens.add(member.client.cookies["sillage_session"])

    assert 3 == len(tokens)
    assert all(len(token) >= 43 for token in tokens), "256 random bits"


def test_signing_out_clears_what_the_browser_keeps_of_the_pages(member):
    member.post("/sign-in", email=EMAIL, password=PASSWORD)

    assert member.post("/sign-out").headers["clear-site-data"] == '"cache", "storage"'


@pytest.mark.parametrize("cookie", ["", "nonsense", "a" * 5000])
def test_an_invented_cookie_grants_no_access(stranger, cookie):
    stranger.client.cookies.set("sillage_session", cookie)

    assert stranger.get("/sites").headers["location"] == "/sign-in?next=%2Fsites"


@pytest.mark.parametrize(
    ("path", "there"),
    [
        pytest.param("/", "/sign-in", id="the start page"),
        pytest.param("/example.org?period=7d", "/sign-in?next=%2Fexample.org%3Fperiod%3D7d", id="a report"),
        pytest.param("/nowhere.example", "/sign-in?next=%2Fnowhere.example", id="no site: strangers can't tell"),
    ],
)
def test_strangers_are_redirected_to_sign_in(stranger, path, there):
    answer = stranger.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, there)


def test_signing_in_continues_to_the_requested_page(member):
    form = member.page("/sign-in?next=/example.org%3Fperiod%3D7d")
    next_field, of_passkeys = form.attributes("input", name="next")
    assert next_field["value"] == of_passkeys["value"]

    answer = member.post("/sign-in", email=EMAIL, password=PASSWORD, next=next_field["value"])

    assert answer.headers["location"] == "/example.org?period=7d"


@pytest.mark.parametrize("path", ["/example.org?period=7d", "/", "/a/b:8000/settings#exclusions"])
def test_a_local_path_is_followed(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("https://evil.example/", id="a full address"),
        pytest.param("//evil.example/", id="an address without a scheme"),
        pytest.param("/\\evil.example/", id="a backslash, which browsers read as a slash"),
        pytest.param("/\t/evil.example/", id="a tab, which browsers skip"),
        pytest.param("\n//evil.example/", id="a line end"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("evil.example", id="no slash"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_path_to_another_site_is_not_followed(member, path):
    answer = member.post("/sign-in", email=EMAIL, password=PASSWORD, next=path)

    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_sign_in_form_from_another_site_is_rejected(member, headers):
    answer = member.post("/sign-in", sent=headers, email=EMAIL, password=PASSWORD)

    assert answer.status_code == 403
    assert not is_signed_in(member)


@pytest.mark.parametrize("headers", OWN)
def test_our_sign_in_form_is_accepted(member, headers):
    assert member.post("/sign-in", sent=headers, email=EMAIL, password=PASSWORD).status_code == 303


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_form_from_another_site_is_rejected_even_with_the_token(desk, headers):
    answer = desk.post("/sites/new", sent=headers, domain="example.net", timezone="UTC", profile="standard")

    assert answer.status_code == 403
    assert sites.list_all(desk.control, now=desk.clock()) == []


@pytest.mark.parametrize("headers", OWN)
def test_our_form_with_the_token_is_accepted(desk, headers):
    desk.post("/sites/new", sent=headers, domain="example.net", timezone="UTC", profile="standard")

    assert [site.domain for site in sites.list_all(desk.control, now=desk.clock())] == ["example.net"]


@pytest.mark.parametrize("token", ["", "nonsense", "é", "of another session"])
def test_a_form_without_the_csrf_token_is_rejected(desk, token):
    if token == "of another session":
        bob = users.start_session(
            desk.control, users.add(desk.control, "bob@example.org", now=desk.clock(), is_owner=True), now=desk.clock()
        )
        session = users.find_session(desk.control, bob, now=desk.clock())
        token = session.csrf_token if session else ""

    answer = desk.post("/sites/new", csrf=token, domain="example.net", timezone="UTC", profile="standard")

    assert answer.status_code == 403
    assert sites.list_all(desk.control, now=desk.clock()) == []


def test_signing_out_needs_the_csrf_token(desk):
    assert desk.post("/sign-out", csrf="nonsense").status_code == 403
    assert is_signed_in(desk)


@pytest.mark.parametrize("password", ["ten chars!", "a" * 1024, "quatre mots très simples", "密码密码密码密码密码"])
def test_a_password_that_can_be_chosen(member, password):
    link = users.make_link(member.control, users.by_email(member.control, EMAIL), now=member.clock())
    member.post(f"/sign-in/{link}", password=password, repeated=password)
    member.client.cookies.clear()

    member.post("/sign-in", email=EMAIL, password=password)

    assert is_signed_in(member)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_queries_of_a_page_end_when_its_reader_leaves(desk, database, site):
    """The page asks something that would take hours; it is stopped, and nothing is asked after it."""
    store(database, views("/", site_id=site.id))
    running, ended = asyncio.Event(), threading.Event()
    outcomes: list[BaseException] = []
    loop = asyncio.get_running_loop()

    def ask_page(_questions, _privacy):
        loop.call_soon_threadsafe(running.set)
        for _ in range(2):
            try:
                database.query("select count() from numbers(1000000000000) where not ignore(sipHash64(number))")
            except QueryCancelledError as error:
                outcomes.append(error)
        ended.set()
        return {}

    desk.provide(ask_page=ask_page)
    cookie = "; ".join(f"{name}={value}" for name, value in desk.client.cookies.items())
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/example.org",
        "query_string": b"",
        "headers": [(b"host", b"stats.test"), (b"cookie", cookie.encode())],
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    sent: list[object] = []
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        for message in messages:
            return message
        await running.wait()
        while not database.query("select 1 from system.processes where query like '/*%sipHash64%'"):
            await asyncio.to_thread(lambda: None)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await desk.app(scope, receive, send)
    await asyncio.to_thread(ended.wait)

    assert [] == sent
    assert [QueryCancelledError] * 2 == [type(outcome) for outcome in outcomes]
