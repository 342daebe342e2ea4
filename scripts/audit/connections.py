"""P11: the server opens no connection to other machines, except to its ClickHouse and mail servers."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from schema.privacy.audits import Finding
from scripts.audit.subject import Connection, Subject, green, listed, no_server, red, yellow

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_ESTABLISHED, _SYN_SENT, _LISTENING = "01", "02", "0A"  # linux/tcp_states.h
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def none_outgoing(subject: Subject) -> Finding:
    """P11: the running server has no connection to another machine."""
    if subject.process is None:
        return no_server("P11")
    if subject.process.connections is None:
        return yellow("P11", "This system does not show the connections of a process.")
    allowed = _clickhouse(subject.settings.database) | _addresses(subject.settings.mail_host)
    others = [connection for connection in subject.process.connections if connection.host not in allowed]
    if others:
        ports = listed(sorted({str(connection.port) for connection in others}))
        return red(
            "P11",
            "The server has %(count)d connections to other machines, to port %(ports)s.",
            count=len(others),
            ports=ports,
        )
    return green(
        "P11",
        "The server has no connection to another machine, except to a ClickHouse server or mail server if it uses one.",
    )


def outgoing() -> tuple[Connection, ...] | None:
    """Return the TCP connections that this process opened to other machines. None if the system does not show them."""
    try:
        inodes = set(_own_sockets())
        rows = [line.split() for table in _TABLES if table.exists() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return None
    own = [row for row in rows if row[9] in inodes]
    listening = {_port(row[1]) for row in own if row[3] == _LISTENING}
    return tuple(
        Connection(host, _port(row[2]))
        for row in own
        if row[3] in (_ESTABLISHED, _SYN_SENT) and _port(row[1]) not in listening
        if not ipaddress.ip_address(host := _host(row[2])).is_loopback
    )


def _own_sockets() -> Iterator[str]:
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            if match := _SOCKET.fullmatch(str(link.readlink())):
                yield match[1]


def _host(field: str) -> str:
    """Return the address of a field: words of four bytes in the byte order of the machine, in hexadecimal."""
    digits = field.partition(":")[0]
    packed = b"".join(bytes.fromhex(digits[start : start + 8])[::-1] for start in range(0, len(digits), 8))
    address = ipaddress.ip_address(packed)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _port(field: str) -> int:
    return int(field.partition(":")[2], 16)


def _clickhouse(url: str) -> set[str]:
    """Return the addresses of the ClickHouse server; none for the embedded one."""
    host = urlsplit(url).hostname
    return set() if url.startswith("chdb:") else _addresses(host)


def _addresses(host: str | None) -> set[str]:
    if not host:
        return set()
    with suppress(OSError):
        return {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return set()
