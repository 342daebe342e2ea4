"""Mail servers for tests, on this machine: one that accepts, and others that do what mail servers also do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Inbox:
    """Keeps what arrives. `answers`: what to answer instead of accepting, by command, such as RCPT
    or `RCPT ana@example.org`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.has_mail = threading.Event()

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802
        if answer := self.answers.get(f"RCPT {address}") or self.answers.get("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers.get("DATA") == "drop":
            server.transport.abort()
            return "250 lost"
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.extend(envelope.rcpt_tos)
        self.has_mail.set()
        return "250 OK"


@contextmanager
def accepting(inbox: Inbox, **options: Any) -> Iterator[int]:
    """Run a mail server, and yield its port. options: of aiosmtpd's server."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def accepts_only(user: str, password: str) -> Callable[..., AuthResult]:
    """Return what accepts one log-in."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, sent: Any) -> AuthResult:
        is_right = (sent.login, sent.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    return authenticate


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server that does this with each connection, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=_serve, args=(server, talk), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)  # ends the wait for a connection
    thread.join(timeout=10)


def _serve(server: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    try:
        while True:
            connection = server.accept()[0]
            with connection:
                talk(connection)
    except OSError:
        return


def silent(connection: socket.socket) -> None:
    """Never answer, until the client leaves."""
    connection.settimeout(10)
    while connection.recv(1024):
        pass


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
