"""A hit that somebody only asks about: would it be counted, and if not, which rule is it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schema.exclusions.rules import Exclusion, Rule


@dataclass(frozen=True, slots=True)
class Trial:
    """What a hit would be like. Whatever is left empty matches no rule that looks at it."""

    site_id: int
    address: str = ""
    user_agent: str = ""
    page_host: str = ""
    path: str = "/"
    country: str = ""  # ISO 3166-1 alpha-2; empty: that of the address
    headers: Mapping[str, str] = field(default_factory=dict)  # of a trusted proxy


@dataclass(frozen=True, slots=True)
class Step:
    """A rule in its turn."""

    exclusion: Exclusion
    is_true: bool  # of the hit


@dataclass(frozen=True, slots=True)
class Finding:
    """What would become of the hit."""

    excluded_by: Exclusion | None
    kept_by: Exclusion | None
    would_be_by: Exclusion | None  # a rule in dry run
    reason: str  # where no rule excludes it, why it is not counted all the same, as `drops` names reasons; empty: it is
    country: str  # that rules saw; empty: unknown
    steps: tuple[Step, ...]  # every rule of the site, in order

    @property
    def drop_reason(self) -> str | None:
        """Why the hit is not counted, by a rule or not, as `drops` names reasons; None: it is."""
        return "excluded" if self.excluded_by else self.reason or None


class RulesInForce(Protocol):
    """What the collector knows of rules and their hits, for who edits them. Nothing of it is stored."""

    def simulate(self, trial: Trial) -> Finding:
        """Return what would become of a hit. Raises ExclusionError on an address that is none."""

    def share(self, rule: Rule) -> float | None:
        """Return about which part of the last day's hits a rule is true of, 0 to 1; None where too few are known."""

    def hash_home(self, address: str) -> str:
        """Return the address of a home as conditions hold it. Raises ValueError."""

    @property
    def problems(self) -> list[str]:
        """What keeps rules from working, in sentences."""
