"""Parser for address lists from other tools.

An entry is an address, a network (192.0.2.0/24), a range (192.0.2.1-192.0.2.9) or a pattern with stars for the last
numbers (192.0.2.*). A line has one entry, or several separated by commas or semicolons; # starts a note. A CSV file
needs a header line with a column `network`, `ip` or `address`; a column `note` is optional.
"""

import csv
import ipaddress
import re
from collections.abc import Iterator

from schema.exclusions.matchers import ExclusionError, normal_network

MAX_ERRORS = 20
_COLUMNS = ("network", "ip", "address")
_STARS = re.compile(r"(\d{1,3}\.){1,3}(\*|\*\.\*|\*\.\*\.\*)")


def read(text: str) -> dict[str, list[str]]:
    """Return the networks of a list by note; "" is the key of networks without a note.

    Raises ExclusionError with line numbers.
    """
    by_note: dict[str, dict[str, None]] = {}
    errors: list[str] = []
    for line, entry, note in _entries(text.lstrip("\ufeff")):
        try:
            by_note.setdefault(note, {}).update(dict.fromkeys(_networks(entry)))
        except ExclusionError as error:
            errors.append(f"line {line}: {error}")
    if errors:
        more = f"\n... and {len(errors) - MAX_ERRORS} more" if len(errors) > MAX_ERRORS else ""
        raise ExclusionError(
            "nothing was imported, because some lines are invalid:\n" + "\n".join(errors[:MAX_ERRORS]) + more
        )
    if not by_note:
        raise ExclusionError("the file contains no addresses")
    return {note: list(networks) for note, networks in by_note.items()}


def _entries(text: str) -> Iterator[tuple[int, str, str]]:
    """Return (line, entry, note) of each entry."""
    lines = text.splitlines()
    first = next(csv.reader(lines[:1]), [])
    names = [name.strip().lower() for name in first]
    if column := next((name for name in _COLUMNS if name in names), None):
        rows = csv.DictReader(lines[1:], names)
        for row in rows:
            entry = (row[column] or "").strip()
            if entry:
                yield rows.line_num + 1, entry, (row.get("note") or "").strip()
        return
    for number, line in enumerate(lines, start=1):
        entries, _, note = line.partition("#")
        for entry in re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", entries)):
            if entry:
                yield number, entry, note.strip()


def _networks(entry: str) -> list[str]:
    if _STARS.fullmatch(entry):
        numbers = entry.split(".")
        fixed = [number for number in numbers if number != "*"]
        return [normal_network(".".join([*fixed, *["0"] * (4 - len(fixed))]) + f"/{8 * len(fixed)}")]
    first, dash, last = entry.partition("-")
    if not dash:
        return [normal_network(entry)]
    try:
        ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
        return [normal_network(str(network)) for network in ipaddress.summarize_address_range(*ends)]
    except (TypeError, ValueError):
        raise ExclusionError("%(entry)r is not a range: write it as in 192.0.2.1-192.0.2.9", entry=entry) from None
