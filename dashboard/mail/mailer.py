"""Hand a message to the mail server of the operator.

One message uses one connection, for at most LONGEST_S. smtplib's own timeout is about one read: a server that sends a
character now and then would hold a connection forever, so a timer ends it.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from types import MappingProxyType

from schema.sentence import SentenceError, later
from schema.sites.host import ascii_host

STARTTLS, TLS, NO_TLS = "starttls", "tls", "none"
ANSWER_S = 20.0  # for each answer of the server
LONGEST_S = 60.0  # for a message
MAX_MESSAGE_BYTES = 1_000_000
MAX_SUBJECT_CHARACTERS = 200
_MAX_ANSWER_CHARACTERS = 200
_REJECTED = 400  # and above, in answers of the server
_FINAL = 500
_REFUSES = later("The mail server %(host)s refuses the connection: %(answer)s")
_REJECTS_SENDER = later("The mail server %(host)s rejects the sender in mail_from: %(answer)s")
_REJECTS_RECIPIENT = later("The mail server %(host)s rejects the recipient %(to)s: %(answer)s")
_REJECTS_MESSAGE = later("The mail server %(host)s rejects the message: %(answer)s")
_ANSWERS = later("The mail server %(host)s answers: %(answer)s")
_REJECTS_USER = later("The mail server %(host)s rejects the log-in of %(user)s. Check mail_user and mail_password.")
# By the kind of error, the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, later("The mail server %(host)s was not found. Check mail_host.")),
    (
        ConnectionRefusedError,
        later("The mail server %(host)s refuses connections to port %(port)d. Check mail_host and mail_port."),
    ),
    (
        TimeoutError,
        later(
            "The mail server %(host)s did not answer in time on port %(port)d. Check mail_port, mail_tls and the "
            "firewall."
        ),
    ),
    (
        ssl.SSLCertVerificationError,
        later(
            "The certificate of the mail server %(host)s is not valid: %(reason)s. mail_host must be the name in its "
            "certificate."
        ),
    ),
    (
        ssl.SSLError,
        later(
            "The mail server %(host)s does not speak TLS on port %(port)d (%(reason)s). Check mail_port and mail_tls."
        ),
    ),
    (
        smtplib.SMTPNotSupportedError,
        later(
            "The mail server %(host)s does not accept a log-in on port %(port)d. Check mail_tls, or remove mail_user."
        ),
    ),
    (
        smtplib.SMTPServerDisconnected,
        later("The mail server %(host)s closed the connection. Try again later."),
    ),
    (Exception, later("The mail server %(host)s can't be reached: %(reason)s.")),
)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class MailError(SentenceError):
    """A message was not sent. The message is a sentence with the reason; `is_final` if another attempt is pointless."""

    def __init__(self, text: str, /, *, is_final: bool = False, **values: object) -> None:
        super().__init__(text, **values)
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """How to reach the mail server."""

    host: str
    port: int
    tls: str  # one of the above
    sender: str  # an address, or a name with an address: Statistics <stats@example.org>
    user: str = ""  # empty: without logging in
    password: str = field(default="", repr=False)

    @property
    def domain(self) -> str:
        """Return the domain of the sender."""
        return ascii_host(parseaddr(self.sender)[1].rpartition("@")[2])


def _nothing() -> None:
    return None


class Mailer:
    """Sends messages. Thread-safe: each message has a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        *,
        clock: Callable[[], float],
        answer_s: float = ANSWER_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        """clock: epoch seconds. answer_s, longest_s: limits for an answer and for a message."""
        self.server = server
        self._clock = clock
        self._answer_s = answer_s
        self._longest_s = longest_s
        self._open: dict[smtplib.SMTP, threading.Event] = {}  # connections, each with what says that it was ended

    def stop(self) -> None:
        """End the connections that are open. Their messages fail."""
        for smtp, is_over in list(self._open.items()):
            _end(smtp, is_over)

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        html: str = "",
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        message_id: str = "",
        before_text: Callable[[], None] = _nothing,
    ) -> None:
        """Return once the mail server has accepted a message. Raises MailError.

        text: the plain text. html: the same as HTML; empty: only text. headers: further ones, in ASCII. message_id:
        what comes before the @ of its id, so that clients recognize a message that arrives twice. before_text: called
        before the text goes out. What it raises ends the attempt.
        """
        message = self._message(to, subject, text, html, headers=headers, message_id=message_id)
        with self._errors(), self._connected() as smtp:
            self._log_in(smtp)
            self._hand_over(smtp, to, message, before_text)

    def check(self) -> None:
        """Return if the mail server accepts a connection and the log-in. Sends nothing. Raises MailError."""
        with self._errors(), self._connected() as smtp:
            self._log_in(smtp)

    def _message(
        self, to: str, subject: str, text: str, html: str, *, headers: Mapping[str, str], message_id: str
    ) -> bytes:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender()
        message["To"] = wire_address(to)
        line = " ".join(subject.splitlines())[:MAX_SUBJECT_CHARACTERS]
        if not line.isascii():
            message["Subject"] = line
        message["Date"] = format_datetime(datetime.fromtimestamp(self._clock(), UTC))
        domain = self.server.domain
        message["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        # The library breaks a long URL into encoded words, which mail clients don't follow, and moves a subject of 70
        # characters behind an empty first line.
        plain = dict(headers) | ({"Subject": line} if line.isascii() else {})
        further = "".join(f"{name}: {value}\r\n" for name, value in plain.items())
        written = further.encode("ascii") + message.as_bytes()
        if len(written) > MAX_MESSAGE_BYTES:
            raise MailError("The message is larger than 1 MB.", is_final=True)
        return written

    def _sender(self) -> str:
        name, address = parseaddr(self.server.sender)
        return formataddr((name, wire_address(address)))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Yield a connection that ends after `longest_s`, whatever the server does."""
        is_tls = self.server.tls == TLS
        smtp = _TlsSmtp(self.server, self._answer_s) if is_tls else _Smtp(self.server, self._answer_s)
        is_over = threading.Event()
        timer = threading.Timer(self._longest_s, _end, (smtp, is_over))
        timer.daemon = True
        timer.start()
        self._open[smtp] = is_over
        try:
            self._greet(smtp)
            yield smtp
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        except (OSError, smtplib.SMTPException) as error:
            # smtplib hides that an answer came too late.
            is_late = is_over.is_set() or isinstance(error.__context__, TimeoutError)
            raise TimeoutError if is_late else error from None
        finally:
            del self._open[smtp]
            timer.cancel()
            smtp.close()

    def _greet(self, smtp: smtplib.SMTP) -> None:
        code, answer = smtp.connect(self.server.host, self.server.port)
        if code >= _REJECTED:
            raise _rejection(_REFUSES, self.server, answer)
        smtp.ehlo_or_helo_if_needed()
        if self.server.tls == STARTTLS:
            if not smtp.has_extn("starttls"):
                raise MailError(
                    'The mail server %(host)s does not offer STARTTLS on port %(port)d. Set mail_tls to "tls", or to '
                    '"none" in a network that you trust.',
                    host=self.server.host,
                    port=self.server.port,
                )
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self.server.user:
            smtp.login(self.server.user, self.server.password)

    def _hand_over(self, smtp: smtplib.SMTP, to: str, message: bytes, before_text: Callable[[], None]) -> None:
        code, answer = smtp.mail(parseaddr(self._sender())[1])
        if code >= _REJECTED:
            raise _rejection(_REJECTS_SENDER, self.server, answer)
        code, answer = smtp.rcpt(wire_address(to))
        if code >= _REJECTED:
            raise _rejection(_REJECTS_RECIPIENT, self.server, answer, is_final=code >= _FINAL, to=to)
        before_text()
        code, answer = smtp.data(message)
        if code >= _REJECTED:
            raise _rejection(_REJECTS_MESSAGE, self.server, answer, is_final=code >= _FINAL)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what may go wrong with a mail server into sentences."""
        try:
            yield
        except smtplib.SMTPResponseException as error:
            if isinstance(error, smtplib.SMTPAuthenticationError):
                raise MailError(_REJECTS_USER, host=self.server.host, user=self.server.user) from None
            raise _rejection(_ANSWERS, self.server, error.smtp_error) from None
        except (OSError, smtplib.SMTPException) as error:
            text = next(text for kind, text in _REASONS if isinstance(error, kind))
            raise MailError(text, host=self.server.host, port=self.server.port, reason=_reason(error)) from None


class _Smtp(smtplib.SMTP):
    def __init__(self, server: MailServer, timeout_s: float) -> None:
        # Without a name of our own, smtplib looks one up, and falls back to an address of this machine.
        super().__init__(local_hostname=server.domain or "localhost", timeout=timeout_s)
        self._host = server.host  # what the certificate must be for


class _TlsSmtp(smtplib.SMTP_SSL):
    def __init__(self, server: MailServer, timeout_s: float) -> None:
        context = ssl.create_default_context()
        super().__init__(local_hostname=server.domain or "localhost", timeout=timeout_s, context=context)
        self._host = server.host


def wire_address(text: str) -> str:
    """Return an address with its domain as servers know it. Raises MailError if it can't be written in a message."""
    local, _, domain = text.strip().rpartition("@")
    address = f"{local}@{ascii_host(domain)}"
    if not local or not address.isascii() or not address.isprintable() or set(address) & set(' <>,;:"()[]\\'):
        raise MailError("%(text)r is not an e-mail address that mail can be sent to.", is_final=True, text=text[:100])
    return address


def _end(smtp: smtplib.SMTP, is_over: threading.Event) -> None:
    is_over.set()
    with suppress(OSError):
        if smtp.sock is not None:
            smtp.sock.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    for name in ("verify_message", "reason", "strerror"):
        if text := getattr(error, name, None):
            return str(text)
    return type(error).__name__


def _rejection(
    text: str, server: MailServer, answer: bytes | str, *, is_final: bool = False, **values: object
) -> MailError:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    shown = " ".join(said.split())[:_MAX_ANSWER_CHARACTERS]
    return MailError(text, is_final=is_final, host=server.host, answer=shown or "–", **values)
