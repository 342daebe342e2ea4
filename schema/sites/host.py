"""The one form of a host, for sites, rules, pages, referrers and links: `müller.example`, as people write it.

Browsers send the ASCII form of an international name (`xn--mller-kva.example`), people type the other one. Sillage
stores and compares the latter, and uses the ASCII form only in the DNS and in configuration of other servers.
Nothing raises: a label that does not decode stays as it is.
"""

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import unquote

import idna

_ACE = "xn--"
_MAX_LABEL_CHARACTERS = 63
_MAX_AUTHORITY_CHARACTERS = 2000
_NOT_IN_A_LABEL = re.compile(r"[\x00-,./:-@\[-^`{-\x7f]")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d*)?")
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")
_PASTED = re.compile(r"(?:https?:)?//([^/?#]*)", re.IGNORECASE)
_NAME = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_END = re.compile(r"[\s.]+$")
_DEFAULT_PORT = re.compile(r":(?:80|443)$")


def normal_host(text: str) -> str:
    """Return a host name in lower case, decoded and without a final dot. Keeps `www.`."""
    text = (text.lower() if text.isascii() else _mapped(text)).strip()
    if _ACE in text:
        text = ".".join(map(_decoded, text.split(".")))
    return _END.sub("", text)


def without_www(host: str) -> str:
    """Return a host without one leading `www.`, which may be all of it."""
    return host.removeprefix("www.") if host != "www" else ""


def of_authority(authority: str) -> str:
    """Return the host in `user:password@host:port`, without brackets; empty if brackets hold no IPv6 address."""
    name = authority[-_MAX_AUTHORITY_CHARACTERS:].rpartition("@")[2].strip()
    if name.startswith("[") or name.count(":") > 1:
        return _ipv6(name)
    name = name.partition(":")[0]
    return normal_host(unquote(name, errors="replace") if "%" in name else name)


def of_url(url: str) -> str:
    """Return the host of a URL; empty if it has none."""
    match = _AUTHORITY.match(url)
    return of_authority(match[1]) if match else ""


def ascii_host(host: str) -> str:
    """Return the form of a host that the DNS and other servers use: `xn--mller-kva.example`."""
    if host.isascii():
        return host
    return ".".join(label if label.isascii() else _encoded(label) for label in normal_host(host).split("."))


def is_name(host: str) -> bool:
    """Return whether a normal host is a name that the DNS can have, with underscores."""
    try:
        is_normal = idna.uts46_remap(host, std3_rules=False) == host
    except idna.IDNAError:
        return False
    return is_normal and _NAME.fullmatch(ascii_host(host)) is not None


@lru_cache(maxsize=4096)
def normal_domain(text: str) -> str:
    """Return the domain of a site in its normal form, without `www.`, a default port and a slash at the end.

    A domain is a host, with a port and a path where the site has them: `example.org/blog`, `localhost:8080`.
    """
    authority, slash, path = text.strip().partition("/")
    host, colon, port = _DEFAULT_PORT.sub("", authority).partition(":")
    return f"{without_www(normal_host(host))}{colon}{port}{slash}{path.lower()}".rstrip("/")


def domain_of_pasted(text: str) -> str:
    """Return the domain in what people paste: an address of a page becomes its host and port, another text stays.

    `example.org/blog` without a scheme is the domain of a site below a path.
    """
    match = _PASTED.match(text.strip())
    return match[1].rpartition("@")[2] if match else text


def host_of_domain(domain: str) -> str:
    """Return the host of a site's domain, without port and path."""
    return domain.partition("/")[0].partition(":")[0]


def _mapped(text: str) -> str:
    """Return the characters that a browser would use: lower case, composed, with plain dots."""
    try:
        return idna.uts46_remap(text, std3_rules=False)
    except idna.IDNAError:
        return text.lower()


def _decoded(label: str) -> str:
    """Return an `xn--` label as people write it, unchanged if that is not possible or not its only form."""
    if not label.startswith(_ACE) or len(label) > _MAX_LABEL_CHARACTERS:
        return label
    try:
        written = label.removeprefix(_ACE).encode("ascii").decode("punycode")
        is_normal = idna.uts46_remap(written, std3_rules=False) == written and _encoded(written) == label
    except ValueError:  # what the codec and the table raise
        return label
    return written if is_normal and not written.isascii() and not _NOT_IN_A_LABEL.search(written) else label


def _encoded(label: str) -> str:
    return _ACE + label.encode("punycode").decode("ascii")


def _ipv6(name: str) -> str:
    """Return an IPv6 address in its shortest form; empty if it is not one."""
    match = _BRACKETED.fullmatch(name)
    address = match[1] if match else name
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return ""
    # Python before 3.13 writes the IPv4 address inside in hexadecimal.
    return f"::ffff:{parsed.ipv4_mapped}" if parsed.ipv4_mapped else str(parsed)
