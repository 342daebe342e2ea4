"""Exclusions as people write them: networks whose hits are not counted."""

import ipaddress
import time
from dataclasses import dataclass

from schema.control import Control


class ExclusionError(ValueError):
    """A rule can't be added or found; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    id: int
    site_id: int | None  # None: every site
    network: str  # CIDR
    note: str


def normal_network(text: str) -> str:
    """Return a network in its one written form. Raises ExclusionError.

    A single IPv6 address means its /64 (devices change the rest by themselves) unless /128 is written; an
    IPv4-mapped IPv6 address is the IPv4 address.
    """
    text = text.strip()
    if ":" in text and "/" not in text and "." not in text:
        text += "/64"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ExclusionError(f"{text!r} is not a network: write it as in 192.0.2.0/24 or 2001:db8::/48") from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        network = ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen == 0:
        raise ExclusionError(f"{text} covers everybody: nothing would be counted any more")
    return str(network)


def add(control: Control, network: str, *, site_id: int | None, note: str) -> Exclusion:
    """Store a rule. Raises ExclusionError on a network that is none or would cover everybody."""
    network = normal_network(network)
    with control.write() as connection:
        cursor = connection.execute(
            "insert into exclusions (site_id, network, note, created_at) values (?, ?, ?, ?)",
            (site_id, network, note, int(time.time())),
        )
    return Exclusion(int(cursor.lastrowid or 0), site_id, network, note)


def put(control: Control, network: str, *, site_id: int | None, note: str) -> Exclusion:
    """Return the rule for a network on a site, stored now if there is none. Raises ExclusionError as `add` does."""
    network = normal_network(network)
    same = (rule for rule in list_all(control) if (rule.network, rule.site_id) == (network, site_id))
    return next(same, None) or add(control, network, site_id=site_id, note=note)


def list_all(control: Control) -> list[Exclusion]:
    """Return every rule, oldest first."""
    rows = control.rows("select id, site_id, network, note from exclusions order by id")
    return [Exclusion(*row) for row in rows]


def by_id(control: Control, exclusion_id: int) -> Exclusion:
    """Return the rule of a number. Raises ExclusionError where there is none."""
    row = control.row("select id, site_id, network, note from exclusions where id = ?", (exclusion_id,))
    if row is None:
        raise ExclusionError(f"there is no exclusion {exclusion_id}: `sillage exclusions list` shows them")
    return Exclusion(*row)


def remove(control: Control, exclusion_id: int) -> None:
    """Delete a rule. Raises ExclusionError where there is none of that number."""
    rule = by_id(control, exclusion_id)
    with control.write() as connection:
        connection.execute("delete from exclusions where id = ?", (rule.id,))
