"""The hosts that filters name, in the form in which they are stored.

People filter by `müller.example`, `www.Example.org` or `xn--mller-kva.example`. Rows that earlier versions stored may
have the ASCII form, so an exact filter matches both.
"""

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.filters import Op
from schema.sites.host import ascii_host, normal_host, of_authority, without_www

_HOSTS = frozenset({dimensions.HOSTNAME, dimensions.ENTRY_HOSTNAME, dimensions.EXIT_HOSTNAME})
_ORIGINS = frozenset({dimensions.SOURCE, dimensions.REFERRER})
_EXACT = frozenset({Op.IS, Op.IS_NOT})
_PATTERNS = frozenset({Op.MATCHES, Op.MATCHES_NOT})


def stored(dimension: Dimension, op: Op, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts of a condition as they are stored. Regular expressions stay as they are."""
    if op in _PATTERNS:
        return texts
    if dimension in _ORIGINS:
        return tuple(dict.fromkeys(form for text in texts for form in (_origin(text), text)))
    if dimension not in _HOSTS:
        return texts
    if op in _EXACT:
        hosts = [without_www(of_authority(text)) for text in texts]
        return tuple(dict.fromkeys(form for host in hosts for form in (host, ascii_host(host))))
    return tuple(map(_part, texts))


def _part(text: str) -> str:
    """Return a part of a host, which may end with a dot."""
    return normal_host(text) + "." * text.endswith(".")


def _origin(text: str) -> str:
    host, slash, path = text.partition("/")
    return normal_host(host) + slash + path if "xn--" in host.lower() else text
