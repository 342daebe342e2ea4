"""Explain what the rules in force would do with a hit, without counting it."""

from collections.abc import Callable

from ingest.gates import bots
from ingest.gates.exclusions import Exclusions, Seen
from ingest.request.client_ip import pack
from schema.exclusions.matchers import ExclusionError
from schema.exclusions.what_if import Step, Trial, TrialResult
from schema.sites import referrers
from schema.sites.host import of_authority, without_www


def simulate(trial: Trial, exclusions: Exclusions, *, country_of: Callable[[bytes], str]) -> TrialResult:
    """Return what would happen to a hit. Raises ExclusionError if its address is invalid.

    country_of: packed address -> ISO 3166-1 alpha-2.
    """
    address = pack(trial.address)
    if trial.address and not address:
        raise ExclusionError(
            "%(text)r is not an address: write it as in 192.0.2.7 or 2001:db8::7", text=trial.address[:80]
        )
    country = trial.country.upper() or (country_of(address) if address else "")
    seen = Seen(
        address,
        trial.user_agent,
        without_www(of_authority(trial.page_host)),
        trial.path or "/",
        {name.lower(): value.strip() for name, value in trial.headers.items()},
        lambda: country,
        referrers.page_of(trial.referrer),
    )
    verdict = exclusions.decide(address, site_id=trial.site_id, seen=lambda: seen)
    by_id = {exclusion.id: exclusion for exclusion in exclusions.rules}
    excluded_by = by_id.get(verdict.excluded_by)
    bot = bots.reason(trial.user_agent) if trial.user_agent and excluded_by is None else None
    return TrialResult(
        excluded_by,
        by_id.get(verdict.kept_by),
        by_id.get(verdict.would_be_by),
        bot.value if bot else "",
        country,
        tuple(Step(*step) for step in exclusions.matching(seen, site_id=trial.site_id)),
    )
