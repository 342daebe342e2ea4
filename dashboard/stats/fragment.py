"""A piece of SQL together with the values it needs.

Values are never part of the text: it names them as `{name:Type}`, and they travel beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fragment:
    sql: str
    params: Mapping[str, object] = field(default_factory=dict)


def join(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """Return the fragments as one. Raises ValueError where two give one name to different values."""
    texts: list[str] = []
    params: dict[str, object] = {}
    for fragment in fragments:
        texts.append(fragment.sql)
        for name, value in fragment.params.items():
            if params.setdefault(name, value) != value:
                raise ValueError(f"two values for the parameter {name!r}")
    return Fragment(separator.join(texts), params)
