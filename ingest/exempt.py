"""What enters a site with the profile `exempt`: fewer events than were sent, and less of each.

Campaign parameters are not read at all (see enrich/url.py). Here the address loses its end before it is used, and an
event its properties, its revenue, and where the visitor came from.
"""

from msgspec.structs import replace

from ingest.hit import Hit
from schema.privacy.profile import Privacy
from schema.records.visit import Attributes

_MAPPED_IPV4 = bytes(10) + b"\xff\xff"
_6TO4 = b"\x20\x02"


def network(address: bytes) -> bytes:
    """Return a packed address without its last octet (IPv4) or its last 80 bits (IPv6). Empty stays empty.

    A 6to4 address holds an IPv4 address in its first 48 bits, which loses its last octet too.
    """
    address = address.removeprefix(_MAPPED_IPV4)
    if len(address) != 16:
        return address and address[:3] + b"\0"
    kept = 5 if address.startswith(_6TO4) else 6
    return address[:kept].ljust(16, b"\0")


def reduced_hit(hit: Hit, privacy: Privacy) -> Hit:
    """Return a hit without properties and revenue, and without its referrer unless acquisition is stored."""
    return replace(hit, props={}, revenue=None, referrer=hit.referrer if privacy.stores_acquisition else "")


def reduced(attributes: Attributes, privacy: Privacy) -> Attributes:
    """Return the attributes of a visit without city, minor versions and campaign, and without the referring page.

    If acquisition is stored, the host of the referring page stays, with the source and channel that follow from it.
    """
    is_shown = privacy.stores_acquisition
    return Attributes(
        referrer=_host(attributes.referrer) if is_shown else "",
        source=attributes.source if is_shown else "",
        channel=attributes.channel if is_shown else "",
        country=attributes.country,
        region=attributes.region,
        region_name=attributes.region_name,
        browser=attributes.browser,
        browser_version=_major(attributes.browser_version),
        os=attributes.os,
        os_version=_major(attributes.os_version),
        device=attributes.device,
    )


def _host(referrer: str) -> str:
    """Return a referring page without its path: `android-app://com.example` of `android-app://com.example/x`."""
    scheme, separator, rest = referrer.rpartition("://")
    return f"{scheme}{separator}{rest.partition('/')[0]}"


def _major(version: str) -> str:
    return version.partition(".")[0]
