import hashlib
import hmac
import json

import pytest

from dashboard.mail import webhook
from dashboard.mail.watch import Raised, Row
from dashboard.outbound.request import Limits, OutboundError
from schema.mail.alerts import Alert, AlertKind
from schema.sites.sites import Site
from tests.mail_server import silent, talking

SITE = Site(1, "example.org", "Europe/Paris", 761)
NOON = 1_773_572_400
ANY = Limits(timeout_s=5, max_bytes=1000, allows=lambda _address: True)


def an_alert(target="https://hooks.example.net/", *, kind=AlertKind.SPIKE):
    return Alert(7, 1, kind, 10, target, "en", "the secret")


def answering(status, received):
    def talk(connection):
        request = b""
        while not request.endswith(b"}"):
            request += connection.recv(65536)
        received.append(request)
        connection.sendall(f"HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n".encode())

    return talk


def test_the_body_says_what_happened():
    raised = Raised(25, NOON, [Row("/", 20)], [Row("Google", 5)])
    body = json.loads(webhook.body_of(an_alert(), SITE, raised, delivery_id=3, url="https://s.example/example.org"))

    assert {
        "id": 3,
        "type": "traffic.spike",
        "site": "example.org",
        "at": "2026-03-15T11:00:00+00:00",
        "visitors": 25,
        "threshold": 10,
        "minutes": 5,
        "pages": [{"name": "/", "visitors": 20}],
        "sources": [{"name": "Google", "visitors": 5}],
        "url": "https://s.example/example.org",
    } == body


def test_a_drop_is_about_twelve_hours():
    body = json.loads(webhook.body_of(an_alert(kind=AlertKind.DROP), SITE, Raised(0, NOON), delivery_id=3, url=""))

    assert ("traffic.drop", 720) == (body["type"], body["minutes"])


def test_a_receiver_can_check_body_and_time():
    received: list[bytes] = []
    with talking(answering(204, received)) as port:
        webhook.send(an_alert(f"http://127.0.0.1:{port}/hook"), b'{"id":3}', now=NOON, limits=ANY)

    head, _, body = received[0].partition(b"\r\n\r\n")
    right = hmac.new(b"the secret", f"{NOON}.".encode() + body, hashlib.sha256).hexdigest()
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"Sillage-Signature: t={NOON},v1={right}".encode() in head
    assert b"Content-Type: application/json" in head


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_not_yes_is_a_failure(status):
    received: list[bytes] = []
    with (
        talking(answering(status, received)) as port,
        pytest.raises(OutboundError, match=f"answers with status {status}"),
    ):
        webhook.send(an_alert(f"http://127.0.0.1:{port}/"), b"{}", now=NOON, limits=ANY)


def test_a_webhook_that_hangs_ends_in_time():
    hasty = Limits(timeout_s=0.2, max_bytes=1000, allows=lambda _address: True)
    with talking(silent) as port, pytest.raises(OutboundError, match="did not answer in time"):
        webhook.send(an_alert(f"http://127.0.0.1:{port}/"), b"{}", now=NOON, limits=hasty)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="this machine"),
        pytest.param("hooks.example.net", "127.0.0.1", id="a name that leads to this machine"),
        pytest.param("hooks.example.net", "10.0.0.7", id="a name that leads to a private network"),
    ],
)
def test_nothing_is_sent_to_a_private_network(host, address):
    with pytest.raises(OutboundError, match=f"{host} belongs to a private network"):
        webhook.send(
            an_alert(f"http://{host}/"), b"{}", now=NOON, limits=Limits(), resolve=lambda _host, _port: [address]
        )
