"""Internal traffic at a running server: edited rules, excluded devices and forgotten visits.

The server trusts a proxy on this machine, as behind nginx. A visitor is an address in X-Forwarded-For.
"""

import time
from collections.abc import Iterator
from itertools import count

import httpx2
import pytest

from schema.privacy import opt_out
from schema.privacy.signed_links import Links, Purpose
from schema.sites import sites
from schema.stores import key_file
from schema.stores.control import Control
from tests.server import Server, becomes_true

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
OPTED_OUT = {"cookie": f"{opt_out.COOKIE}={opt_out.VALUE}"}
FAR = 4_000_000_000  # epoch seconds
_numbers = count(1)


class Keyed(Server):
    key = ""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    server = Keyed(tmp_path_factory.mktemp("internal") / "data", settings={"log_level": "debug"})
    server.key = server.command("keys", "add", "--name", "test", "--scope", "events:send").strip()
    with server:
        yield server


def a_visitor() -> str:
    """Return an address that no other visitor has."""
    return f"2001:db8:{next(_numbers):x}::1"


def get(server: Server, path: str, visitor: str, **headers: str) -> httpx2.Response:
    """Open a page through the web server of a site."""
    return httpx2.get(f"{server.url}{path}", headers=proxy_headers(visitor) | headers)


def proxy_headers(visitor: str) -> dict[str, str]:
    return {"user-agent": FIREFOX, "x-forwarded-for": visitor, "x-forwarded-host": "www.example.org"}


def hit(server: Server, visitor: str, *, path: str = "/", **headers: str) -> httpx2.Response:
    body = {"n": "pageview", "d": "example.org", "u": f"https://example.org{path}"}
    answer = httpx2.post(f"{server.url}/api/event", json=body, headers=proxy_headers(visitor) | headers)
    assert answer.status_code == 202
    return answer


def is_dropped(server: Keyed, visitor: str, *, path: str = "/", **headers: str) -> bool:
    """Send a page view with a key, as the response only reports drops to API clients."""
    key = {"authorization": f"Bearer {server.key}"}
    return "x-plausible-dropped" in hit(server, visitor, path=path, **key, **headers).headers


def becomes(server: Keyed, dropped: bool, *, path: str) -> bool:
    """True once hits of a path are dropped, or else counted."""
    return becomes_true(lambda: is_dropped(server, a_visitor(), path=path) == dropped)


def link(server: Server, purpose: Purpose, *, until: int = FAR) -> str:
    control = Control(server.data_dir / "control.sqlite3", now=time.time())
    try:
        site = sites.by_domain(control, "example.org", now=time.time())
        assert site
        links = Links(key_file.read(server.data_dir, key_file.LINKS))
        return links.make(purpose, site.id, until=until)
    finally:
        control.close()


def test_the_file_of_rules_is_followed_and_one_with_a_mistake_changes_nothing(server):
    file = server.data_dir / "exclusions.toml"
    assert not is_dropped(server, a_visitor(), path="/draft")

    file.write_text('[[rule]]\nnote = "drafts"\npath = "/draft"\n')
    # Send no hits meanwhile: a rule that excludes most of a hundred is rejected.
    assert becomes_true(lambda: "drafts" in server.command("exclusions", "list"))
    assert becomes(server, True, path="/draft")

    file.write_text('[[rule]]\nnote = "drafts"\npath = "/draft"\n\n[[rule]]\nnetwrok = "192.0.2.0/24"\n')
    assert becomes_true(lambda: "line 6: 'netwrok' is not a condition" in server.log.read_text())
    assert is_dropped(server, a_visitor(), path="/draft")

    file.unlink()
    assert becomes_true(lambda: "No such file" in server.log.read_text())
    assert is_dropped(server, a_visitor(), path="/draft")

    file.write_text("")
    assert becomes(server, False, path="/draft")


def test_only_the_opt_out_cookie_excludes_a_browser(server):
    assert is_dropped(server, a_visitor(), **OPTED_OUT)
    assert is_dropped(server, a_visitor(), cookie=f"a=b; {opt_out.COOKIE}=1; c=d")
    assert not is_dropped(server, a_visitor(), cookie=f"{opt_out.COOKIE}=0")
    assert not is_dropped(server, a_visitor(), cookie=f"not_{opt_out.COOKIE}=1")


def test_an_excluded_visitor_gets_the_same_response(server):
    server.command("exclusions", "add", "--network", "203.0.113.7", "--note", "the monitor")
    assert becomes_true(lambda: is_dropped(server, "203.0.113.7"))
    answers = [hit(server, a_visitor()), hit(server, a_visitor(), **OPTED_OUT), hit(server, "203.0.113.7")]
    for answer in answers:
        del answer.headers["date"]
    counted, opted_out, excluded = ((one.status_code, dict(one.headers), one.text) for one in answers)

    assert counted == opted_out == excluded
    assert "set-cookie" not in answers[0].headers


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("fr-FR,fr;q=0.9,en;q=0.8", "Ne pas compter", id="French"),
        pytest.param("de,en;q=0.5", "Do not count this browser", id="neither"),
    ],
)
def test_the_page_of_opting_out_speaks_the_language_of_the_browser(server, language, words):
    answer = get(server, opt_out.OPT_OUT, a_visitor(), **{"accept-language": language})

    assert words in answer.text
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text


def test_a_press_of_the_button_sets_the_cookie_and_another_takes_it_back(server):
    out, again = (
        httpx2.post(f"{server.url}{opt_out.OPT_OUT}", data={"do": what}, headers=proxy_headers(a_visitor()))
        for what in ("out", "in")
    )

    assert (303, 303) == (out.status_code, again.status_code)
    assert out.headers["set-cookie"] == "sillage_opt_out=1; Max-Age=34214400; HttpOnly; Secure; SameSite=Lax"
    assert again.headers["set-cookie"] == "sillage_opt_out=1; Max-Age=0; HttpOnly; Secure; SameSite=Lax"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "cross-site"}, id="as the browser says"),
        pytest.param({"origin": "https://evil.example"}, id="as an old browser says"),
    ],
)
def test_a_form_of_another_page_changes_nothing(server, headers):
    answer = httpx2.post(
        f"{server.url}{opt_out.OPT_OUT}", data={"do": "out"}, headers=proxy_headers(a_visitor()) | headers
    )

    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_the_link_of_a_device_is_for_its_site_until_it_ends(server):
    good, over = (link(server, Purpose.DEVICE, until=until) for until in (FAR, 1))
    other_purpose = link(server, Purpose.CHECK)

    statuses = [
        get(server, f"{opt_out.DEVICE}?link={token}", a_visitor()).status_code
        for token in (good, over, other_purpose, good[:-1], "")
    ]

    assert statuses == [200, 400, 400, 400, 400]


def test_visitors_see_which_rule_excludes_them(server):
    server.command("exclusions", "add", "--network", "192.0.2.0/24", "--note", "office in Lyon")
    server.command("exclusions", "add", "--path", "/second", "--note", "barrier")
    assert becomes(server, True, path="/second")
    url = f"{opt_out.CHECK}?link={link(server, Purpose.CHECK)}"

    inside = get(server, url, "192.0.2.7", accept="application/json").json()
    outside = get(server, url, "198.51.100.7", accept="application/json").json()
    page = get(server, url, "192.0.2.7").text

    assert (inside["excluded_by"], inside["address"], inside["family"]) == ("office in Lyon", "192.0.2.7", "IPv4")
    assert (outside["excluded_by"], outside["address"]) == ("", "198.51.100.7")
    assert "office in Lyon" in page


def test_a_bot_that_a_rule_keeps_sees_that_it_is_not_counted(server):
    server.command("exclusions", "add", "--network", "198.51.100.77", "--keep", "--note", "our shop's robot")
    url = f"{opt_out.CHECK}?link={link(server, Purpose.CHECK)}"

    def seen(**headers: str) -> httpx2.Response:
        return get(server, url, "198.51.100.77", **headers)

    assert becomes_true(lambda: seen(accept="application/json").json()["kept_by"] == "our shop's robot")
    assert "No: you are counted because of the rule “our shop&#39;s robot”." in seen().text
    assert "You are not counted, although no rule excludes you" in seen(**{"user-agent": "Googlebot/2.1"}).text
    assert "you are counted because of" not in seen(**{"user-agent": "Googlebot/2.1"}).text


def test_visits_of_today_are_forgotten_and_those_of_others_stay(server):
    staff, guest = a_visitor(), a_visitor()
    for visitor in (staff, staff, guest):
        assert not is_dropped(server, visitor, path="/forgotten")

    answer = httpx2.post(f"{server.url}{opt_out.OPT_OUT}", data={"do": "forget"}, headers=proxy_headers(staff))

    assert answer.headers["location"] == "?forgotten=yes"
    assert server.stop() == 0
    rows = server.command("export", "events", "--site", "example.org")
    assert rows.count("/forgotten") == 1
    server.start()


def test_no_address_is_left_on_disk_or_in_the_log(server):
    server.command("exclusions", "add", "--home", "203.0.113.99", "--note", "a home")
    hit(server, "203.0.113.99")
    assert becomes_true(lambda: is_dropped(server, "203.0.113.99"))
    check = f"{opt_out.CHECK}?link={link(server, Purpose.CHECK)}"
    assert get(server, check, "203.0.113.99", accept="application/json").json()["excluded_by"] == "a home"
    httpx2.post(f"{server.url}{opt_out.OPT_OUT}", data={"do": "forget"}, headers=proxy_headers("203.0.113.99"))
    server.stop()
    written = [path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file()]
    server.start()

    assert written
    assert not [text for text in [*written, server.log.read_bytes()] if b"203.0.113.99" in text]


def test_a_rule_that_excludes_many_hits_needs_confirmation_from_every_source(server, tmp_path):
    for _ in range(300):  # among all so far
        hit(server, a_visitor(), path="/")
    own, file = tmp_path / "own.toml", server.data_dir / "exclusions.toml"
    rule = '[[rule]]\nnote = "all of these"\nnetwork = "2001:db8::/32"\n'
    own.write_text(rule)
    own_list = tmp_path / "list.txt"
    own_list.write_text("2001:db8::/32\n")

    assert "would have excluded about" in refused(
        server, "exclusions", "add", "--network", "2001:db8::/32", "--note", "x"
    )
    assert "would have excluded about" in refused(server, "exclusions", "import", str(own_list))
    assert "line 1: this rule would have excluded about" in refused(server, "exclusions", "check", str(own))
    own.write_text(f"{rule}confirmed = true\n")
    assert "is valid: 1 rule." in server.command("exclusions", "check", str(own))

    file.write_text(rule)
    assert becomes_true(lambda: "line 1: this rule would have excluded" in server.log.read_text())
    assert not is_dropped(server, a_visitor())


def refused(server: Server, *words: str) -> str:
    """Return the errors of a command that fails, or whose confirmation is not answered."""
    process = server.started(*words)
    _, errors = process.communicate(input="")
    assert process.returncode != 0
    return errors
