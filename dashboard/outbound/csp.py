"""Whether a Content-Security-Policy lets a page load a script, or send a request."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

Policy = Mapping[str, Sequence[str]]  # directive -> sources, both in lower case


def parse(text: str) -> list[Policy]:
    """Return the policies of a header or of a <meta>: several are separated by commas."""
    return [policy for part in text.split(",") if (policy := _policy(part))]


def allows_script(policies: Sequence[Policy], url: str, *, page_url: str, nonce: str = "") -> bool:
    """Return whether all policies let a page load a script. nonce: of its element."""
    names = ("script-src-elem", "script-src", "default-src")
    return all(_allows(policy, names, url, page_url=page_url, nonce=nonce) for policy in policies)


def allows_request(policies: Sequence[Policy], url: str, *, page_url: str) -> bool:
    """Return whether all policies let a script of the page send a request."""
    return all(_allows(policy, ("connect-src", "default-src"), url, page_url=page_url) for policy in policies)


def _policy(text: str) -> Policy:
    directives: dict[str, Sequence[str]] = {}
    for part in text.split(";"):
        name, *sources = part.split()[:200] or [""]
        if name:
            directives.setdefault(name.lower(), sources)  # the first one counts
    return directives


def _allows(policy: Policy, names: Sequence[str], url: str, *, page_url: str, nonce: str = "") -> bool:
    sources = next((policy[name] for name in names if name in policy), None)
    if sources is None:
        return True
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    if "'strict-dynamic'" in sources and "connect-src" not in names:
        return False  # ignores hosts: only scripts with a nonce or hash are loaded
    return any(_matches(source, url, page_url) for source in sources)


def _matches(source: str, url: str, page_url: str) -> bool:
    """Return whether a source such as `https://*.example.org:443/js/` covers a URL."""
    source, target, page = source.lower(), urlsplit(url), urlsplit(page_url)
    if source == "'self'":
        return (target.hostname, _port(url)) == (page.hostname, _port(page_url)) or (
            target.hostname == page.hostname and (page.scheme, target.scheme) == ("http", "https")
        )
    if source.startswith("'"):
        return False
    if source == "*":
        return target.scheme in _DEFAULT_PORTS
    if source.endswith(":"):
        return source[:-1] == target.scheme or (source, target.scheme) == ("http:", "https")
    scheme, separator, rest = source.partition("://")
    if not separator:
        scheme, rest = page.scheme, source
    authority, slash, path = rest.partition("/")
    host, _, port = authority.partition(":")
    return (
        (scheme == target.scheme or (scheme, target.scheme) == ("http", "https"))
        and _covers_host(host, target.hostname or "")
        and (port in ("", "*") or port == str(_port(url)))
        and (port != "" or _port(url) == _DEFAULT_PORTS.get(target.scheme))
        and _covers_path(slash + path, target.path)
    )


def _covers_host(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern or pattern == "*"


def _covers_path(pattern: str, path: str) -> bool:
    if pattern in ("", "/"):
        return True
    return path.startswith(pattern) if pattern.endswith("/") else path == pattern


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    try:
        return parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
