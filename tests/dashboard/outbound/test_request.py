"""Requests to a web server on this machine; names resolve as each test says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from dashboard.outbound import request
from dashboard.outbound.request import Limits, OutboundError


def anything(_address: str) -> bool:
    return True


ANY = Limits(allows=anything)
HOME = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 5\r\n\r\nHello"


class Web:
    """Gives one answer to each connection, in order, and keeps what was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.received: list[bytes] = []
        self._answers = answers
        self._listener = socket.create_server(("", 0))
        self.port = self._listener.getsockname()[1]
        self.is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            try:
                connection, _client = self._listener.accept()
            except OSError:
                return
            with connection:
                self.received.append(_request(connection))
                connection.sendall(answer.replace(b"PORT", str(self.port).encode()))
                if answer.endswith(b"..."):
                    self.is_over.wait(30)

    def close(self) -> None:
        self.is_over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a connection
        self._listener.close()
        self._thread.join(5)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


@contextmanager
def web(*answers: bytes) -> Iterator[Web]:
    server = Web(*answers)
    try:
        yield server
    finally:
        server.close()


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def refusal(url: str, **options) -> str:
    with pytest.raises(OutboundError) as caught:
        request.send(url, **({"limits": Limits(timeout_s=5)} | options))
    return str(caught.value)


def test_an_answer_has_status_headers_and_body():
    with web(HOME) as server:
        answer = request.send(f"http://shop.example:{server.port}/a b?c=é", limits=ANY, resolve=here)

    assert (200, b"Hello", ["1", "2"]) == (answer.status, answer.body, answer.values("x-one"))
    head = server.received[0].decode()
    assert head.startswith("GET /a%20b?c=%C3%A9 HTTP/1.1\r\n")
    assert f"Host: shop.example:{server.port}\r\n" in head
    assert "User-Agent: Sillage\r\n" in head


def test_a_body_is_sent_with_its_headers():
    with web(HOME) as server:
        request.send(
            f"http://127.0.0.1:{server.port}/hook", limits=ANY, method="POST", body=b"{}", headers={"X-Signature": "s"}
        )

    assert server.received[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"X-Signature: s\r\n" in server.received[0]
    assert server.received[0].endswith(b"\r\n\r\n{}")


def test_an_answer_is_read_up_to_a_limit():
    with web(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 5000) as server:
        answer = request.send(f"http://127.0.0.1:{server.port}/", limits=Limits(max_bytes=1000, allows=anything))

    assert b"a" * 1000 == answer.body


MOVED = b"HTTP/1.1 301 Moved\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"


def test_a_redirect_is_followed_if_the_limits_allow_it():
    with web(MOVED, HOME) as server:
        url = f"http://127.0.0.1:{server.port}"
        answer = request.send(url, limits=Limits(max_redirects=1, allows=anything))

    assert (200, f"{url}/next") == (answer.status, answer.url)


@pytest.mark.parametrize(
    ("options", "requests"),
    [
        pytest.param({"limits": ANY}, 1, id="without a limit"),
        pytest.param({"limits": Limits(max_redirects=3, allows=anything), "body": b"x"}, 1, id="with a body"),
    ],
)
def test_a_redirect_is_not_followed(options, requests):
    with web(MOVED, HOME) as server:
        answer = request.send(f"http://127.0.0.1:{server.port}", method="POST", **options)

        assert (301, requests) == (answer.status, len(server.received))


def test_endless_redirects_end():
    with web(*[MOVED] * 3) as server:
        message = refusal(f"http://127.0.0.1:{server.port}", limits=Limits(max_redirects=2, allows=anything))

    assert "127.0.0.1 redirects too often." == message


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        pytest.param("http://127.0.0.1/", None, id="this machine"),
        pytest.param("http://[::1]/", None, id="this machine in IPv6"),
        pytest.param("http://2130706433/", None, id="this machine as a number"),
        pytest.param("http://shop.example/", ["10.0.0.1"], id="a name of a private network"),
        pytest.param("https://shop.example/", ["93.184.215.14", "127.0.0.1"], id="one of its addresses"),
    ],
)
def test_private_networks_are_not_reached(url, addresses):
    options = {"resolve": lambda _host, _port: addresses} if addresses else {}

    assert "belongs to a private network. Sillage does not connect to it." in refusal(url, **options)


def test_a_redirect_to_a_private_network_is_not_followed():
    inner = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/secret\r\nContent-Length: 0\r\n\r\n"
    with web(inner, HOME) as server:
        message = refusal(
            f"http://shop.example:{server.port}/",
            limits=Limits(max_redirects=3, allows=lambda address: address == "127.0.0.2"),
            resolve=lambda host, _port: ["127.0.0.2"] if host == "shop.example" else [host],
        )

        assert "127.0.0.1 belongs to a private network. Sillage does not connect to it." == message
        assert 1 == len(server.received)


def test_a_host_is_looked_up_once_and_the_checked_address_is_used():
    answers = [["127.0.0.1"], ["192.0.2.1"]]
    with web(HOME) as server:
        request.send(f"http://shop.example:{server.port}/", limits=ANY, resolve=lambda _host, _port: answers.pop(0))

    assert 1 == len(answers)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "http://",
        "http://a:b@example.org/",
        "http://a:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nX: y",
        "javascript:alert(1)",
        f"http://e.org/{'a' * 3000}",
    ],
)
def test_what_is_not_an_address_of_the_web_is_refused(url):
    with pytest.raises(OutboundError, match="is not an address: enter it like"):
        request.check(url)


@pytest.mark.parametrize("url", ["http://example.org", "https://müller.example:8443/a?b=c", "http://[2001:db8::1]/"])
def test_what_is_an_address_of_the_web_is_not_refused(url):
    request.check(url)


def test_a_server_that_hangs_is_left_when_the_time_is_over():
    with web(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n...") as server:
        limits = Limits(timeout_s=0.2, allows=anything)
        message = refusal(f"http://127.0.0.1:{server.port}/", limits=limits)

    assert "127.0.0.1 did not answer in time. Try again later." == message


@pytest.mark.parametrize(
    ("answer", "scheme", "message"),
    [
        pytest.param(b"220 mail\r\n", "http", "127.0.0.1 does not answer as a web server.", id="not a web server"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", "https", "127.0.0.1 does not speak TLS.", id="not TLS"),
    ],
)
def test_another_kind_of_server_is_named(answer, scheme, message):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _client = listener.accept()
        connection.recv(4096)
        connection.sendall(answer)
        connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert message in refusal(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", limits=ANY)
    thread.join(5)
    listener.close()


def test_a_closed_port_and_an_unknown_host_are_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert "127.0.0.1 refuses connections." in refusal(f"http://127.0.0.1:{port}/", limits=ANY)
    assert "a.invalid was not found." in refusal("http://a.invalid/", resolve=lambda _host, _port: [])


@pytest.mark.parametrize(
    ("url", "address", "problem"),
    [
        pytest.param("https://hooks.example.net/", "127.0.0.1", "belongs to a private network", id="this machine"),
        pytest.param("https://hooks.example.net/", None, "was not found", id="an unknown name"),
        pytest.param("hooks.example.net", "93.184.216.34", "is not an address", id="no URL"),
    ],
)
def test_a_host_is_checked_without_a_request(url, address, problem):
    addresses = [address] if address else []

    with pytest.raises(OutboundError, match=problem):
        request.check_host(url, limits=Limits(), resolve=lambda _host, _port: addresses)


def test_a_public_host_passes_the_check():
    request.check_host("https://hooks.example.net/", limits=Limits(), resolve=lambda _host, _port: ["93.184.216.34"])
