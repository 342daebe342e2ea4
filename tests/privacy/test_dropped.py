"""P10: hits of colleagues, of browsers that opted out and of bots leave no trace but a daily count.

What a colleague or a person who opted out gets is the same, byte for byte, as for a hit that counts. Bots and hits that
no person meant are answered with one more header, which scripts of a page on another site cannot read.
"""

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from schema.privacy import opt_out
from tests.privacy import canaries
from tests.privacy.test_address import unpacked
from tests.server import Server

DOMAIN = "example.org"
COLLEAGUE, STRANGER = "198.51.100.7", "203.0.113.9"
FIREFOX, BOT = canaries.BROWSER, canaries.BOT
OPTED_OUT = {"cookie": f"{opt_out.COOKIE}={opt_out.VALUE}"}
HITS: Mapping[str, tuple[str, dict[str, str], dict[str, str]]] = {  # name -> address, headers and fields
    "excluded": (COLLEAGUE, {"user-agent": FIREFOX}, {}),
    "opted_out": (STRANGER, {"user-agent": FIREFOX} | OPTED_OUT, {}),
    "bot_search": (STRANGER, {"user-agent": BOT}, {}),
    "prefetch": (STRANGER, {"user-agent": FIREFOX, "sec-purpose": "prefetch"}, {}),
    "spam_referrer": (STRANGER, {"user-agent": FIREFOX}, {"r": "https://semalt.com/"}),
}
COUNTED: tuple[str, dict[str, str], dict[str, str]] = (STRANGER, {"user-agent": FIREFOX}, {})
REPORTED = b"x-plausible-dropped: 1\r\n"
SECRET = "/page-of-a-dropped-hit"


def answer(server: Server, address: str, headers: Mapping[str, str], fields: Mapping[str, str], *, path: str) -> bytes:
    """Send a page view, and return the whole answer but its date."""
    body = json.dumps({"n": "pageview", "d": DOMAIN, "u": f"https://{DOMAIN}{path}"} | dict(fields)).encode()
    lines = {"host": DOMAIN, "x-forwarded-for": address, "content-length": str(len(body)), "connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | dict(headers)).items())
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"POST /api/event HTTP/1.1\r\n{head}\r\n".encode() + body)
        with connection.makefile("rb") as stream:
            return re.sub(rb"(?im)^date: .*\r\n", b"", stream.read())


def test_a_dropped_hit_leaves_one_count_and_the_answer_is_the_same(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", settings={"trusted_proxies": canaries.TRUSTED, "log_level": "debug"})
    server.command("sites", "add", DOMAIN)
    server.command("exclusions", "add", "--network", f"{COLLEAGUE}/32", "--note", "a colleague")
    with server:
        counted = answer(server, *COUNTED, path="/")
        dropped = {reason: answer(server, *hit, path=SECRET) for reason, hit in HITS.items()}
        server.stop()
    tables = unpacked(server.data_dir, tmp_path / "tables.json")
    drops = [(row["reason"], int(row["rule"]), int(row["count"])) for row in tables["drops"]]

    assert counted.startswith(b"HTTP/1.1 202")
    assert counted == dropped["excluded"] == dropped["opted_out"]
    assert dict.fromkeys(HITS, counted) == {reason: got.replace(REPORTED, b"") for reason, got in dropped.items()}
    assert b"\r\naccess-control-expose-headers: \r\n" in counted
    assert ["/"] == [row["path"] for row in tables["events"]]
    assert [("/", 1)] == [(row["entry_page"], row["pageviews"]) for row in tables["visits"]]
    assert sorted((reason, 1) for reason in HITS) == sorted((reason, count) for reason, _, count in drops)
    assert ["excluded"] == [reason for reason, rule, _ in drops if rule], "by rule, where a rule decides"
    assert SECRET not in server.log.read_text()
