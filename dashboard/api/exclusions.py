"""Exclusion rules of one site, or of every site if the API key is for all sites and the call names none."""

from typing import Annotated, Any, ClassVar

import msgspec

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from dashboard.stats.protection import rounding
from dashboard.stats.reports.rule_counts import NO_COUNT, rule_counts
from schema.exclusions import audit, size_check
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import MAX_VALUE_CHARACTERS
from schema.exclusions.matchers import MATCHERS, ExclusionError
from schema.exclusions.rules import CHANGEABLE, MAX_NOTE_CHARACTERS, Exclusion, Rule, RuleAction, RuleMode
from schema.exclusions.size_check import Share, TooMuchError
from schema.exclusions.what_if import Trial
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

_CHANGES = 100
_TEXT = {"type": "string", "maxLength": MAX_VALUE_CHARACTERS}
_CONDITIONS = {"type": "array", "minItems": 1, "items": {"type": "object"}}
_NOTE = {"type": "string", "maxLength": MAX_NOTE_CHARACTERS}
_RULE: dict[str, Any] = {
    **{
        matcher.input_name: {"description": matcher.label, "oneOf": [_TEXT, {"type": "array", "items": _TEXT}]}
        for matcher in MATCHERS.values()
    },
    "any": _CONDITIONS,
    "all": _CONDITIONS,
    "not": {"type": "object"},
    "action": {"enum": list(RuleAction)},
    "mode": {"enum": list(RuleMode)},
    "note": _NOTE,
    "owner": _NOTE,
    "expires": {"type": "string", "description": "The last day, such as 2027-01-31"},
}


class NewRule(OfSite, frozen=True, kw_only=True):
    """A rule as in exclusions.toml. Without `site_id` it is for every site."""

    further: ClassVar = _RULE
    before: Annotated[int, about("Id of the rule to insert it before")] = 0
    confirm: Annotated[bool, about("Store it although it excludes many hits")] = False


class RuleChanges(NewRule, frozen=True, kw_only=True):
    """What to change of a rule."""

    further: ClassVar = {name: _RULE[name] for name in CHANGEABLE}


class Hit(OfSite, frozen=True, kw_only=True):
    """A hit to test."""

    ip: str = ""
    user_agent: str = ""
    page_host: str = ""
    path: str = "/"
    country: Annotated[str, about("Two letters; by default that of the address")] = ""
    referrer: Annotated[str, about("URL of the page that the visit comes from")] = ""
    headers: Annotated[dict[str, str], about("What your proxy sets")] = msgspec.field(default_factory=dict)


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """Return the rules of a site, or the rules for every site."""
    site = _site(call)
    rules = [rule for rule in exclusions.list_all(call.control) if rule.site_id == _id(site)]
    page, meta = part(selected, rules, lambda rule: rule.id)
    return {"exclusions": [_fields_of(rule, site) for rule in page], "meta": meta}


def put(call: Call, new: NewRule) -> Answer:
    """Return the rule with a condition, and store it if it is new. Fields as in exclusions.toml, and `before`."""
    site = _site(call)
    rule = _read(call, site)
    if existing_rule := exclusions.same_as(call.control, rule):
        return _fields_of(existing_rule, site)
    _weigh(call, rule, new)
    before, now = new.before or None, call.server.clock()
    return _fields_of(exclusions.add(call.control, rule, who=call.who, now=now, before=before), site)


def change(call: Call, new: RuleChanges) -> Answer:
    """Change the `mode` (on or dry-run), `note`, `owner` or last day (`expires`) of a rule."""
    site, now = _site(call), call.server.clock()
    exclusion = existing(_exclusion, call.control, _id(site), call.request.path_params["id"])
    changes = _fields(call)
    rule = exclusions.changed(exclusion.rule, changes, now=now)
    if "mode" in changes:
        _weigh(call, rule, new)
    return _fields_of(exclusions.change(call.control, exclusion.id, changes, who=call.who, now=now), site)


def remove(call: Call) -> Answer:
    """Delete a rule. Sillage counts its hits again."""
    exclusion = existing(_exclusion, call.control, _id(_site(call)), call.request.path_params["id"])
    exclusions.remove(call.control, exclusion.id, who=call.who, now=call.server.clock())
    return {"deleted": True}


def weigh(call: Call, _new: NewRule) -> Answer:
    """Return the estimated share of the last day's hits that a rule matches; null if there were too few."""
    return {"share": _share(call)(_read(call, _site(call)))}


def test(call: Call, hit: Hit) -> Answer:
    """Return what would happen to a hit, and which rule decides."""
    trial = Trial(
        call.site().id,
        address=hit.ip,
        user_agent=hit.user_agent,
        page_host=hit.page_host,
        path=hit.path or "/",
        country=hit.country,
        referrer=hit.referrer,
        headers=hit.headers,
    )
    result = call.server.rules.simulate(trial)
    return {
        "counted": result.drop_reason is None,
        "excluded_by": _brief(result.excluded_by),
        "kept_by": _brief(result.kept_by),
        "would_be_excluded_by": _brief(result.would_be_by),
        "reason": result.drop_reason,
        "country": result.country or None,
        "rules": [{**_brief_fields(step.exclusion), "is_true": step.matches} for step in result.steps],
    }


def counts(call: Call) -> Answer:
    """Return the daily hits of a site that each rule excluded, or would have, in the last 30 days, without zeros."""
    site, server = call.site(), call.server
    today = site.day_of(server.clock())
    counts_by_rule = rule_counts(server.database, site.id, today=today, privacy=site.privacy)
    return {
        "counts": [
            {**_brief_fields(rule), "days": [{"date": str(day), "hits": hits} for day, hits in sorted(by_day.items())]}
            for rule in exclusions.scoped(exclusions.list_all(call.control), site.id)
            if (by_day := counts_by_rule.get(rule.id, NO_COUNT).by_day)
        ]
    }


def changes(call: Call) -> Answer:
    """Return the latest 100 changes of rules. The API key must be for all sites."""
    _for_every_site(call, "changes")
    return {
        "changes": [
            {"at": entry.at, "who": entry.who, "change": entry.change} for entry in audit.latest(call.control, _CHANGES)
        ]
    }


def problems(call: Call) -> Answer:
    """Return problems of rules and of the server, as sentences. The API key must be for all sites."""
    _for_every_site(call, "problems")
    server = call.server
    return {"problems": list(map(str, (*server.rules.problems, *server.problems())))}


def _for_every_site(call: Call, what: str) -> None:
    if call.key.site_id is not None:
        refuse(f"the {what} cover all sites, but this API key is for one site")


def _weigh(call: Call, rule: Rule, new: NewRule) -> None:
    """Reject a rule that would have excluded too many hits, unless the call confirms it."""
    server = call.server
    if new.confirm:
        return
    try:
        size_check.weigh(rule, _share(call), max_share=server.excluded_share)
    except TooMuchError as error:
        refuse(f"{error}. If this is intended, send confirm: true")


def _share(call: Call) -> Share:
    """Return the function that estimates the share of the last day's hits that a rule matches."""
    site = _site(call)
    about = [site] if site else sites.list_all(call.control, now=call.server.clock())
    share = call.server.rules.share
    return (lambda rule: rounding.tenths(share(rule))) if any(one.privacy.is_exempt for one in about) else share


def _read(call: Call, site: Site | None) -> Rule:
    server = call.server
    return exclusions.read(_fields(call), site_id=_id(site), now=server.clock(), hash_home=server.rules.hash_home)


def _fields(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.fields.items() if name not in NewRule.__struct_fields__}


def _site(call: Call) -> Site | None:
    """Return the site of a call; None: every site, for a key for all sites. Raises HTTPException (400, 404)."""
    return None if call.key.site_id is None and call.fields.get("site_id") is None else call.site()


def _id(site: Site | None) -> int | None:
    return None if site is None else site.id


def _exclusion(control: Control, site_id: int | None, rule_id: int) -> Exclusion:
    for exclusion in exclusions.list_all(control):
        if (exclusion.id, exclusion.site_id) == (rule_id, site_id):
            return exclusion
    raise ExclusionError(f"there is no exclusion {rule_id} {'for every site' if site_id is None else 'of this site'}")


def _fields_of(exclusion: Exclusion, site: Site | None) -> dict[str, Any]:
    fields = {"note": "", **exclusions.fields_of(exclusion.rule)}
    about = {"id": exclusion.id, "domain": site.domain if site else None, "rule": exclusion.described}
    return {**about, **fields, "line": exclusion.line}


def _brief_fields(exclusion: Exclusion) -> dict[str, Any]:
    return {"id": exclusion.id, "rule": exclusion.described, "note": exclusion.rule.note}


def _brief(exclusion: Exclusion | None) -> dict[str, Any] | None:
    return None if exclusion is None else _brief_fields(exclusion)
