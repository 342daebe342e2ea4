"""Answers for who asks about a hit that has not happened: the rules in force decide, a plain reading says why."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from ingest.gates import bots
from ingest.gates.exclusions import Answers, Exclusions, Seen
from ingest.request.client_ip import pack
from schema.exclusions import condition, home
from schema.exclusions.condition import All, AnyOf, Condition, ExclusionError, Match, Matcher, Not
from schema.exclusions.rules import scoped
from schema.exclusions.what_if import Finding, Step, Trial


def simulate(
    trial: Trial, exclusions: Exclusions, *, answers: Answers, home_key: bytes, country_of: Callable[[bytes], str]
) -> Finding:
    """Return what would become of a hit. Raises ExclusionError on an address that is none.

    country_of: a packed address, ISO 3166-1 alpha-2.
    """
    address = pack(trial.address)
    if trial.address and not address:
        raise ExclusionError(f"{trial.address[:80]!r} is not an address: write it as in 192.0.2.7 or 2001:db8::7")
    country = trial.country.upper() or (country_of(address) if address else "")
    seen = Seen(
        address,
        trial.user_agent,
        trial.page_host.lower().removeprefix("www."),
        trial.path or "/",
        {name.lower(): value.strip() for name, value in trial.headers.items()},
        lambda: country,
    )
    verdict = exclusions.decide(address, site_id=trial.site_id, seen=lambda: seen)
    rules = {found.id: found for found in exclusions.rules}
    excluded = rules.get(verdict.excluded_by)
    bot = bots.reason(trial.user_agent) if trial.user_agent and excluded is None else None
    return Finding(
        excluded,
        rules.get(verdict.kept_by),
        rules.get(verdict.would_be_by),
        bot.value if bot else "",
        country,
        tuple(
            Step(found, holds(found.rule.condition, seen, answers=answers, home_key=home_key))
            for found in scoped(exclusions.rules, trial.site_id)
        ),
    )


def holds(looked_at: Condition, seen: Seen, *, answers: Answers, home_key: bytes) -> bool:
    """True where a condition is true of a hit: the plain reading, by which the compiled one is checked."""
    match looked_at:
        case Not(part):
            return not holds(part, seen, answers=answers, home_key=home_key)
        case All(parts):
            return all(holds(part, seen, answers=answers, home_key=home_key) for part in parts)
        case AnyOf(parts):
            return any(holds(part, seen, answers=answers, home_key=home_key) for part in parts)
        case Match(Matcher.HOST_NAME, values):
            return any(_is_in(seen.address, network) for value in values for network in answers.get(value, ()))
        case Match(Matcher.HOME, values):
            return bool(seen.address) and home.written(home.hashed(seen.address, key=home_key)) in values
        case Match(matcher, values):
            return any(_is_true(matcher, value, seen) for value in values)


def _is_true(matcher: Matcher, value: str, seen: Seen) -> bool:
    match matcher:
        case Matcher.NETWORK:
            return _is_in(seen.address, value)
        case Matcher.HEADER:
            return any(f"{name}: {text}" == value for name, text in seen.headers.items())
        case Matcher.PAGE_HOST:
            return condition.compiled(condition.host_pattern([value])).fullmatch(seen.page_host) is not None
        case Matcher.PATH:
            return condition.compiled(condition.path_pattern([value])).fullmatch(seen.path) is not None
        case Matcher.USER_AGENT:
            return value.lower() in seen.user_agent.lower()
        case Matcher.USER_AGENT_PATTERN:
            return condition.compiled(value).search(seen.user_agent) is not None
    return seen.country() == value


def _is_in(address: bytes, network: str) -> bool:
    return bool(address) and ip_address(address) in ip_network(network)
