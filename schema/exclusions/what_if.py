"""A hypothetical hit: would it be counted, and if not, which rule excludes it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schema.exclusions.rules import Exclusion, Rule
from schema.sentence import Sentence
from schema.sites.strays import Strays


@dataclass(frozen=True, slots=True)
class Trial:
    """A hypothetical hit. An empty field matches no rule."""

    site_id: int
    address: str = ""
    user_agent: str = ""
    page_host: str = ""
    path: str = "/"
    country: str = ""  # ISO 3166-1 alpha-2; empty: from the address
    referrer: str = ""  # a URL
    headers: Mapping[str, str] = field(default_factory=dict)  # from a trusted proxy


@dataclass(frozen=True, slots=True)
class Step:
    """A rule, and whether it matches."""

    exclusion: Exclusion
    matches: bool


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What would happen to the hit."""

    excluded_by: Exclusion | None
    kept_by: Exclusion | None
    would_be_by: Exclusion | None  # a rule in dry run
    reason: str  # another reason to drop it, as in `drops`; empty: none
    country: str  # that the rules matched; empty: unknown
    steps: tuple[Step, ...]  # all rules of the site, in order

    @property
    def drop_reason(self) -> str | None:
        """The reason not to count the hit, as in `drops`; None: it is counted."""
        return "excluded" if self.excluded_by else self.reason or None


class RulesInForce(Protocol):
    """What the dashboard can query about rules and recent hits. None of it is stored."""

    def simulate(self, trial: Trial) -> TrialResult:
        """Return what would happen to a hit. Raises ExclusionError if its address is invalid."""

    def share(self, rule: Rule) -> float | None:
        """Return the estimated share of the last day's hits that a rule matches, 0 to 1; None if there were too few."""

    def hash_home(self, address: str) -> str:
        """Return the hash of a home's address, as used in conditions. Raises ValueError."""

    def strays(self, host: str) -> Strays:
        """Return what came lately from pages of a host and of hosts below it, without becoming a hit of a site."""

    @property
    def problems(self) -> list[Sentence]:
        """Problems that keep rules from working, as sentences."""
