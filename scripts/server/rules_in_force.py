"""Exclusion rules in force, compiled from the control file, exclusions.toml and answers from the DNS."""

import time
from collections.abc import Callable
from pathlib import Path

from ingest.enrich.place import Places
from ingest.gates.dns import HostNames, Lookup, lookup
from ingest.gates.exclusions import Exclusions
from ingest.gates.explain import simulate
from ingest.gates.recent_hits import RecentHits
from ingest.gates.strays import RecentStrays
from schema.exclusions import file as exclusions_file
from schema.exclusions import home
from schema.exclusions import rules as exclusions
from schema.exclusions.rules import Rule
from schema.exclusions.what_if import Trial, TrialResult
from schema.sentence import Sentence
from schema.sites import sites
from schema.sites.strays import Strays
from schema.stores import key_file
from schema.stores.control import Control, ControlUnavailableError
from scripts.console import confirm
from scripts.server.watched_file import OperatorFile

FROM_FILE = "exclusions.toml"  # in the audit log
_HIDDEN = Sentence(
    "All recent visits seem to come from one private address: the web server in front of Sillage does not pass on "
    "visitors' addresses, so rules on addresses cannot work. The command “sillage doctor” prints the lines to add."
)


class RulesInForce:
    """Compiles the rules when one of their sources has changed. Safe to call from any thread."""

    def __init__(
        self,
        control: Control,
        *,
        data_dir: Path,
        file: Path,
        places: Places,
        recent_hits: RecentHits,
        strays: RecentStrays | None = None,
        max_share: float = 1,
        clock: Callable[[], float] = time.time,
        look_up: Lookup = lookup,
    ) -> None:
        """file: exclusions.toml, which may be missing. look_up: in the DNS. Raises KeyFileError, OSError.

        max_share: of the last day's hits, 0 to 1, that a rule of the file may exclude without confirmation.
        """
        self._control = control
        self._home_key = key_file.read(data_dir, key_file.HOMES)
        self._places = places
        self._recent_hits = recent_hits
        self._strays = strays or RecentStrays()
        self._max_share = max_share
        self._clock = clock
        self._names = HostNames(look_up)
        may_be_missing = not exclusions.has_any_of_file(control)
        self._file = OperatorFile(file, self._read, called="list of exclusions", may_be_missing=may_be_missing)
        self.exclusions = Exclusions()
        self._answers = self._names.answers  # used in the last compilation

    def compile(self) -> Exclusions:
        """Put the stored rules in force and return them."""
        now, answers = self._clock(), self._names.answers
        rules = [rule for rule in exclusions.list_all(self._control) if not rule.has_expired(now)]
        if rules != self.exclusions.rules or answers != self._answers:
            self._answers = answers
            self.exclusions = Exclusions(rules, now=now, answers=answers, home_key=self._home_key)
        return self.exclusions

    def follow_file(self) -> None:
        """Store the rules of exclusions.toml if it has changed: all of them or none."""
        now = self._clock()
        rules = self._file.look(now)
        if rules is None:
            return
        try:
            exclusions.follow_file(self._control, rules, who=FROM_FILE, now=now)
        except ControlUnavailableError as error:
            self._file.put_off(str(error))

    def sites_changed(self) -> None:
        """Read exclusions.toml again if it had a problem, such as an unknown site."""
        if self._file.problem:
            self._file.look_again()

    def refresh_names(self) -> bool:
        """Look up the host names that are due, which may take seconds; True if an answer changed."""
        return self._names.refresh(self.exclusions.host_names, now=self._clock())

    def simulate(self, trial: Trial) -> TrialResult:
        """Return what would happen to a hit. Raises ExclusionError if its address is invalid."""
        return simulate(trial, self.exclusions, country_of=self._country_of)

    def strays(self, host: str) -> Strays:
        """Return what came lately from pages of a host and of hosts below it, without becoming a hit of a site."""
        return self._strays.of_host(host)

    def share(self, rule: Rule) -> float | None:
        """Return the estimated share of the last day's hits that a rule matches, 0 to 1; None if there were too few."""
        return self._recent_hits.share(rule, answers=self._names.answers, country_of=self._country_of)

    def hash_home(self, address: str) -> str:
        """Return the hash of a home's address, as used in conditions. Raises ValueError."""
        return home.hash_of(address, key=self._home_key)

    @property
    def problems(self) -> list[Sentence]:
        """Problems that keep rules from working, as sentences."""
        hidden = _HIDDEN if self._recent_hits.hides_clients else None
        return [problem for problem in (self._file.problem, hidden) if problem]

    def _read(self, text: str) -> list[tuple[int, Rule]]:
        return exclusions_file.read(
            text,
            sites={site.domain: site.id for site in sites.list_all(self._control, now=self._clock())},
            weigh=confirm.of_file(self._control, self.share, max_share=self._max_share),
        )

    def _country_of(self, address: bytes) -> str:
        return self._places.place(address).country
