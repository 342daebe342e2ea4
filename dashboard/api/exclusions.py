"""Networks whose hits are not counted: of one site, or of every site where a key for all of them names none."""

from typing import Any

from dashboard.api.call import Answer, Call, existing
from dashboard.api.paging import part
from schema import exclusions
from schema.control import Control
from schema.exclusions import Exclusion, ExclusionError
from schema.sites import Site


def list_all(call: Call) -> Answer:
    """Return the rules of a site, or those of every site."""
    site = _site(call)
    rules = [rule for rule in exclusions.list_all(call.control) if rule.site_id == _id(site)]
    shown, meta = part(call, rules, lambda rule: rule.id)
    return {"exclusions": [_shown(rule, site) for rule in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Return the rule for a network, stored now if there is none."""
    site = _site(call)
    return _shown(
        exclusions.put(call.control, call.text("network"), site_id=_id(site), note=call.text("note")[:200]), site
    )


def remove(call: Call) -> Answer:
    """Count hits again that a rule kept out."""
    rule = existing(_rule, call.control, _id(_site(call)), call.request.path_params["id"])
    exclusions.remove(call.control, rule.id)
    return {"deleted": True}


def _site(call: Call) -> Site | None:
    """Return the site of a call; None is every site, for a key that is for all. Raises HTTPException (400, 404)."""
    return None if call.key.site_id is None and not call.has("site_id") else call.site()


def _id(site: Site | None) -> int | None:
    return None if site is None else site.id


def _rule(control: Control, site_id: int | None, rule_id: int) -> Exclusion:
    rule = next((rule for rule in exclusions.list_all(control) if (rule.id, rule.site_id) == (rule_id, site_id)), None)
    if rule is None:
        raise ExclusionError(
            f"there is no exclusion {rule_id} " + ("for every site" if site_id is None else "of this site")
        )
    return rule


def _shown(rule: Exclusion, site: Site | None) -> dict[str, Any]:
    return {"id": rule.id, "domain": site.domain if site else None, "network": rule.network, "note": rule.note}
