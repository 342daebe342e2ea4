"""A piece of SQL together with its parameters.

Values are never part of the SQL: it refers to them as `{name:Type}`. The name is a hash of the value, so equal values
are sent once and different values never share a name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Fragment:
    sql: str
    params: Mapping[str, object] = field(default_factory=dict, hash=False)


def value(kind: str, content: object) -> Fragment:
    """Return a parameter of a ClickHouse type, as in value("UInt32", 7)."""
    name = "v" + blake2b(f"{kind} {content!r}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Fragment(f"{{{name}:{kind}}}", {name: content})


def text(content: str) -> Fragment:
    """Return a text as a parameter."""
    return value("String", content)


def texts(contents: Iterable[str]) -> Fragment:
    """Return a list of texts as one parameter."""
    return value("Array(String)", list(contents))


def fill(template: str, *parts: Fragment) -> Fragment:
    """Return a template with each `{}` replaced by a fragment. Raises ValueError if their numbers differ."""
    pieces = template.split("{}")
    if len(pieces) != len(parts) + 1:
        raise ValueError(f"{len(parts)} fragments for {len(pieces) - 1} places")
    sql = pieces[0] + "".join(part.sql + piece for part, piece in zip(parts, pieces[1:], strict=True))
    return Fragment(sql, _merged(parts))


def join(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """Return the fragments as one. Raises ValueError if two use one name for different values."""
    fragments = list(fragments)
    return Fragment(separator.join(fragment.sql for fragment in fragments), _merged(fragments))


def lines(*fragments: Fragment) -> Fragment:
    """Return the non-empty fragments, each on its own line."""
    return join("\n", [fragment for fragment in fragments if fragment.sql])


def _merged(fragments: Sequence[Fragment]) -> dict[str, object]:
    params: dict[str, object] = {}
    for fragment in fragments:
        for name, content in fragment.params.items():
            if params.setdefault(name, content) != content:
                raise ValueError(f"two values for the parameter {name!r}")
    return params
