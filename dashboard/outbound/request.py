"""Send one HTTP request to an address that a person entered, such as the home page of a site or a webhook.

- Only http and https, and only public addresses, unless `Limits.allows` says otherwise. A host is looked up once, all
  its addresses must be public, and the connection goes to an address that was checked. Each redirect is checked anew.
- A timer ends the whole request after `timeout_s`. The timeout of a socket is only about one read: a server that sends
  a byte now and then would hold the connection forever.
- The answer is read up to `max_bytes`. It is neither decompressed nor interpreted, and cookies are ignored.
"""

import http.client
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit

from dashboard.outbound.addresses import is_public
from schema.sentence import SentenceError, later
from schema.sites.host import ascii_host, of_authority

Resolve = Callable[[str, int], Sequence[str]]  # host and port -> addresses

MAX_URL_CHARACTERS = 2000
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNCHANGED_IN_PATHS = "/:@!$&'()*+,;=~%?[]"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# By the kind of error, the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, later("%(host)s was not found. Check the address.")),
    (TimeoutError, later("%(host)s did not answer in time. Try again later.")),
    (ConnectionRefusedError, later("%(host)s refuses connections. Check the address and its port.")),
    (ssl.SSLCertVerificationError, later("The certificate of %(host)s is not valid, so browsers refuse it, too.")),
    (ssl.SSLError, later("%(host)s does not speak TLS. Check the address and its port.")),
    (http.client.HTTPException, later("%(host)s does not answer as a web server. Check the address and its port.")),
    (OSError, later("%(host)s can't be reached. Check the address.")),
)


class OutboundError(SentenceError):
    """A request got no answer. The message is shown to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may cost."""

    timeout_s: float = 10.0  # for all of it, redirects included
    max_bytes: int = 1_000_000  # of the answer; the rest is not read
    max_redirects: int = 0
    allows: Callable[[str], bool] = is_public  # whether an address may be reached


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of the last server asked."""

    url: str  # after redirects
    status: int
    headers: Sequence[tuple[str, str]]  # names in lower case
    body: bytes  # at most max_bytes of it

    def values(self, name: str) -> list[str]:
        """Return the values of a header. name: in lower case."""
        return [value for other, value in self.headers if other == name]


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a URL leads."""

    scheme: str
    host: str  # as in the DNS, or an address
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def check(url: str) -> None:
    """Raise OutboundError if a URL can't be requested, whatever its host's addresses are."""
    _target(url)


def check_host(url: str, *, limits: Limits, resolve: Resolve | None = None) -> None:
    """Raise OutboundError if a URL can't be requested, or its host is unknown or has an address that is not allowed."""
    target = _target(url)
    try:
        _allowed(target, limits, resolve or _addresses)
    except OSError as error:
        reason = next(text for group, text in _REASONS if isinstance(error, group))
        raise OutboundError(reason, host=target.host) from None


def send(
    url: str,
    *,
    limits: Limits,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] = _NO_HEADERS,
    resolve: Resolve | None = None,
) -> Answer:
    """Return the answer to a request, whatever its status. Raises OutboundError. It blocks: call it in a thread.

    Redirects are followed only without a body. resolve: looks up a host; the resolver of the system by default.
    """
    with _Deadline(limits.timeout_s) as deadline:
        for _hop in range(limits.max_redirects + 1):
            answer = _exchange(_target(url), url, method, body, headers, limits, resolve or _addresses, deadline)
            place = next(iter(answer.values("location")), "")
            if body is not None or answer.status not in _REDIRECTS or not place or not limits.max_redirects:
                return answer
            url = urljoin(url, place)
        raise OutboundError("%(host)s redirects too often.", host=_target(url).host)


class _Deadline:
    """Ends a connection when the time is over."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.is_over = False
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        """End this connection instead of the one before. Raises TimeoutError if the time is over."""
        with self._lock:
            self._connection = connection
            if self.is_over:
                raise TimeoutError

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            if self._connection is not None:
                with suppress(OSError):  # it may have just been closed
                    self._connection.shutdown(socket.SHUT_RDWR)


def _target(url: str) -> _Target:
    """Return where a URL leads. Raises OutboundError."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise OutboundError("%(url)r is not an address: enter it like https://example.org", url=url[:100]) from None
    host = ascii_host(of_authority(parts.netloc))
    is_plain = url.isprintable() and len(url) <= MAX_URL_CHARACTERS and host.isascii() and " " not in host
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or not is_plain:
        raise OutboundError("%(url)r is not an address: enter it like https://example.org", url=url[:100])
    path = quote(parts.path or "/", safe=_UNCHANGED_IN_PATHS)
    query = f"?{quote(parts.query, safe=_UNCHANGED_IN_PATHS)}" if parts.query else ""
    return _Target(parts.scheme, host, port or _PORTS[parts.scheme], path + query)


def _exchange(
    target: _Target,
    url: str,
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    limits: Limits,
    resolve: Resolve,
    deadline: _Deadline,
) -> Answer:
    """Return the answer of one server. Raises OutboundError."""
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        connection.sock = _connected(target, limits, resolve, deadline)
        own_headers = {"Host": target.authority, "User-Agent": "Sillage", "Connection": "close"}
        connection.request(method, target.path, body, own_headers | {**headers})
        response = connection.getresponse()
        content = response.read(limits.max_bytes)
        if deadline.is_over:
            raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        kind = TimeoutError() if deadline.is_over else error
        reason = next(text for group, text in _REASONS if isinstance(kind, group))
        raise OutboundError(reason, host=target.host) from None
    finally:
        connection.close()
    sent = [(name.lower(), value) for name, value in response.getheaders()]
    return Answer(url, response.status, sent, content)


def _allowed(target: _Target, limits: Limits, resolve: Resolve) -> Sequence[str]:
    """Return the addresses of a target. Raises OutboundError if one is not allowed, OSError if there are none."""
    addresses = resolve(target.host, target.port)
    if not all(map(limits.allows, addresses)):
        raise OutboundError("%(host)s belongs to a private network. Sillage does not connect to it.", host=target.host)
    if not addresses:
        raise socket.gaierror
    return addresses


def _connected(target: _Target, limits: Limits, resolve: Resolve, deadline: _Deadline) -> socket.socket:
    """Return a connection to a checked address of the target. Raises OutboundError, OSError."""
    addresses = _allowed(target, limits, resolve)
    plain = _connect_first(addresses, target.port, deadline.timeout_s)
    try:
        deadline.watch(plain)
        if target.scheme == "http":
            return plain
        secure = ssl.create_default_context().wrap_socket(
            plain, server_hostname=target.host, do_handshake_on_connect=False
        )
    except BaseException:
        plain.close()
        raise
    try:
        deadline.watch(secure)
        secure.do_handshake()
    except BaseException:
        secure.close()
        raise
    return secure


def _connect_first(addresses: Sequence[str], port: int, timeout_s: float) -> socket.socket:
    """Return a connection to the first address that answers. Raises OSError."""
    for number, address in enumerate(addresses[:3]):
        try:
            return socket.create_connection((address, port), timeout_s / 3)
        except OSError:
            if number + 1 == min(len(addresses), 3):
                raise
    raise socket.gaierror


def _addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, looked up for a few seconds at most. Raises OSError."""
    answers: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except (OSError, UnicodeError):
            answers.put(socket.gaierror())

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=5)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer
