"""P1, in front of Sillage: the web server that forwards hits must not log the addresses of visitors."""

import gzip
import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from ingest.collector import PATH
from ingest.request import pixel
from schema.privacy.audits import Finding
from schema.sentence import Count
from scripts.audit.subject import Subject, green, listed, red, yellow

MAX_BYTES = 64 * 1024 * 1024  # of each file: its end
_PATHS = (PATH.encode(), pixel.PATH.encode(), b"/js/")
# The number of a version, as in Chrome/145.0.0.0, follows a slash.
_ADDRESS = re.compile(
    rb"(?<![\w./])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:./])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"
)
_KEPT_BYTES = 6  # of a shortened IPv6 address


def without_addresses(subject: Subject) -> Finding:
    """Look for addresses in the lines about the collector's paths."""
    if not subject.web_logs:
        return yellow("P1", "The log of the web server was not checked. Name its files with --web-log.")
    if missing := [str(file) for file in subject.web_logs if not file.is_file()]:
        return yellow("P1", "These log files do not exist: %(files)s.", files=listed(missing))
    counts = {str(file): sum(map(has_address, _lines(file))) for file in subject.web_logs}
    if total := sum(counts.values()):
        return red(
            "P1",
            "The web server logs the addresses of visitors, in %(count)s of the lines about the collector in %(files)s."
            " Turn the log off for these paths, as the settings of the site show.",
            count=Count(total),
            files=listed([file for file, count in counts.items() if count]),
        )
    return green("P1", "The log of the web server contains no address in lines about the collector.")


def has_address(line: bytes) -> bool:
    """Return whether a line contains the address of a visitor. Shortened and loopback addresses do not count."""
    return any(map(_identifies, _ADDRESS.findall(line)))


def _lines(file: Path) -> Iterator[bytes]:
    """Yield the lines about the collector, from the end of a file."""
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
        if file.suffix != ".gz":
            opened.seek(max(file.stat().st_size - MAX_BYTES, 0))
        yield from (line for line in opened if any(path in line for path in _PATHS))


def _identifies(text: bytes) -> bool:
    try:
        address = ipaddress.ip_address(text.decode())
    except ValueError:  # a time such as 12:30:45
        return False
    kept = 3 if address.version == 4 else _KEPT_BYTES
    is_shortened = not any(address.packed[kept:])
    return not (is_shortened or address.is_loopback or address.is_unspecified)
