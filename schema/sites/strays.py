"""What arrived lately from a site's pages without becoming a hit of the site."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Strays:
    """What pages of a host sent in the last half hour to hour."""

    script_loads: int = 0
    hits: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (host of the page, unknown domain) -> number
