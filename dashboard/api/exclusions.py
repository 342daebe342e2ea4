"""Rules of hits that are not counted: of one site, or of every site where a key for all of them names none."""

from datetime import datetime
from typing import Any

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.paging import part
from dashboard.stats.reports.rule_counts import NO_COUNT, rule_counts
from schema.exclusions import audit, size_check
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import ExclusionError
from schema.exclusions.rules import Exclusion, Rule
from schema.exclusions.size_check import TooMuchError
from schema.exclusions.what_if import Trial
from schema.sites.sites import Site
from schema.stores.control import Control

_OF_THE_CALL = ("site_id", "before", "confirm")
_CHANGES = 100


def list_all(call: Call) -> Answer:
    """Return the rules of a site, or those of every site."""
    site = _site(call)
    rules = [found for found in exclusions.list_all(call.control) if found.site_id == _id(site)]
    shown, meta = part(call, rules, lambda found: found.id)
    return {"exclusions": [_shown(found, site) for found in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Return the rule of a condition, stored now if there is none: fields as exclusions.toml has them, and `before`."""
    site = _site(call)
    rule = _read(call, site)
    if found := exclusions.same_as(call.control, rule):
        return _shown(found, site)
    _weigh(call, rule)
    before = call.whole("before", 0) or None
    return _shown(exclusions.add(call.control, rule, who=call.who, before=before), site)


def change(call: Call) -> Answer:
    """Change `mode` (on: in force, dry-run: only tried), `note`, `owner` or last day (`expires`) of a rule."""
    site, now = _site(call), call.request.app.state.clock()
    found = existing(_rule, call.control, _id(site), call.request.path_params["id"])
    changes = _fields(call)
    rule = exclusions.changed(found.rule, changes, now=now)
    if "mode" in changes:
        _weigh(call, rule)
    return _shown(exclusions.change(call.control, found.id, changes, who=call.who, now=now), site)


def remove(call: Call) -> Answer:
    """Count hits again that a rule kept out."""
    found = existing(_rule, call.control, _id(_site(call)), call.request.path_params["id"])
    exclusions.remove(call.control, found.id, who=call.who)
    return {"deleted": True}


def weigh(call: Call) -> Answer:
    """Return about which part of the last day's hits a rule is true of; null where too few are known."""
    return {"share": call.request.app.state.rules.share(_read(call, _site(call)))}


def test(call: Call) -> Answer:
    """Return what would become of a hit, and by which rule."""
    trial = Trial(
        call.site().id,
        address=call.text("ip"),
        user_agent=call.text("user_agent"),
        page_host=call.text("page_host"),
        path=call.text("path") or "/",
        country=call.text("country"),
        headers=call.texts_by_name("headers"),
    )
    found = call.request.app.state.rules.simulate(trial)
    return {
        "counted": found.drop_reason is None,
        "excluded_by": _brief(found.excluded_by),
        "kept_by": _brief(found.kept_by),
        "would_be_excluded_by": _brief(found.would_be_by),
        "reason": found.drop_reason,
        "country": found.country or None,
        "rules": [{**_told(step.exclusion), "is_true": step.is_true} for step in found.steps],
    }


def counts(call: Call) -> Answer:
    """Return how many hits of a site each rule kept out, or would have, on each of the last 30 days; no day of none."""
    site, state = call.site(), call.request.app.state
    today = datetime.fromtimestamp(state.clock(), site.zone).date()
    found = rule_counts(state.database, site.id, today=today)
    return {
        "counts": [
            {**_told(rule), "days": [{"date": str(day), "hits": hits} for day, hits in sorted(by_day.items())]}
            for rule in exclusions.scoped(exclusions.list_all(call.control), site.id)
            if (by_day := found.get(rule.id, NO_COUNT).by_day)
        ]
    }


def changes(call: Call) -> Answer:
    """Return who changed which rule, the latest hundred; for keys that are for every site."""
    _for_every_site(call, "changes")
    return {
        "changes": [
            {"at": entry.at, "who": entry.who, "change": entry.change} for entry in audit.latest(call.control, _CHANGES)
        ]
    }


def problems(call: Call) -> Answer:
    """Return what keeps rules, or the server, from working, in sentences; for keys that are for every site."""
    _for_every_site(call, "problems")
    state = call.request.app.state
    return {"problems": [*state.rules.problems, *state.problems()]}


def _for_every_site(call: Call, what: str) -> None:
    if call.key.site_id is not None:
        refuse(f"the {what} are those of every site, and this API key is for one")


def _weigh(call: Call, rule: Rule) -> None:
    """Refuse a rule that would have left out too much, unless the call says that it is meant."""
    state = call.request.app.state
    if call.flag("confirm"):
        return
    try:
        size_check.weigh(rule, state.rules.share, max_share=state.excluded_share)
    except TooMuchError as error:
        refuse(f"{error}: if that is meant, send confirm with it, true")


def _read(call: Call, site: Site | None) -> Rule:
    state = call.request.app.state
    return exclusions.read(_fields(call), site_id=_id(site), now=state.clock(), hash_home=state.rules.hash_home)


def _fields(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.fields.items() if name not in _OF_THE_CALL}


def _site(call: Call) -> Site | None:
    """Return the site of a call; None is every site, for a key that is for all. Raises HTTPException (400, 404)."""
    return None if call.key.site_id is None and not call.has("site_id") else call.site()


def _id(site: Site | None) -> int | None:
    return None if site is None else site.id


def _rule(control: Control, site_id: int | None, rule_id: int) -> Exclusion:
    known = (found for found in exclusions.list_all(control) if (found.id, found.site_id) == (rule_id, site_id))
    found = next(known, None)
    if found is None:
        raise ExclusionError(
            f"there is no exclusion {rule_id} " + ("for every site" if site_id is None else "of this site")
        )
    return found


def _shown(found: Exclusion, site: Site | None) -> dict[str, Any]:
    fields = {"note": "", **exclusions.fields_of(found.rule)}
    return {"id": found.id, "domain": site.domain if site else None, **fields, "line": found.line}


def _told(found: Exclusion) -> dict[str, Any]:
    return {"id": found.id, "rule": found.described, "note": found.rule.note}


def _brief(found: Exclusion | None) -> dict[str, Any] | None:
    return None if found is None else _told(found)
