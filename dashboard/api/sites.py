"""Sites and the settings of their tracker scripts."""

from typing import Any

from starlette.exceptions import HTTPException

from dashboard.api.call import Answer, Call, refuse
from dashboard.api.paging import part
from schema.measures import custom_props
from schema.sites import script_settings, sites
from schema.sites.script_settings import ScriptSettings
from schema.sites.sites import Site

DEFAULT_TIMEZONE = "Etc/UTC"
_SCRIPT = "tracker_script_configuration"


def list_all(call: Call) -> Answer:
    """List the sites that the API key can access, by domain."""
    accessible = [
        site for site in sites.list_all(call.control, now=call.server.clock()) if call.key.site_id in (None, site.id)
    ]
    shown, meta = part(call, accessible, lambda site: site.domain)
    return {"sites": [{"domain": site.domain, "timezone": site.timezone} for site in shown], "meta": meta}


def teams(call: Call) -> Answer:
    """List the teams, always empty: Sillage has no teams."""
    no_teams: list[str] = []
    shown, meta = part(call, no_teams, str)
    return {"teams": shown, "meta": meta}


def add(call: Call) -> Answer:
    """Add a site."""
    if call.key.site_id is not None:
        raise HTTPException(403, "This API key is limited to one site. To add sites, use a key for all sites.")
    if not call.text("domain"):
        refuse("domain is missing: write it as in example.org")
    script = _script(call, script_settings.DEFAULT)
    site = sites.add(
        call.control,
        call.text("domain"),
        timezone=call.text("timezone") or DEFAULT_TIMEZONE,
        now=call.server.clock(),
    )
    return _shown(call, sites.change(call.control, site, script=script, now=call.server.clock()))


def show(call: Call) -> Answer:
    """Return a site."""
    return _shown(call, call.site())


def change(call: Call) -> Answer:
    """Change the domain, time zone or tracker script of a site."""
    site = call.site()
    changed = sites.change(
        call.control,
        site,
        domain=call.text("domain") if call.has("domain") else None,
        timezone=call.text("timezone") if call.has("timezone") else None,
        script=_script(call, site.script),
        now=call.server.clock(),
    )
    return _shown(call, changed)


def remove(call: Call) -> Answer:
    """Delete a site. Its events are deleted shortly after."""
    sites.remove(call.control, call.site().domain, now=call.server.clock())
    return {"deleted": True}


def _script(call: Call, current: ScriptSettings) -> ScriptSettings:
    changes = call.fields.get(_SCRIPT)
    if changes is None:
        return current
    if not isinstance(changes, dict):
        refuse(f'{_SCRIPT} must be an object, such as {{"outbound_links": true}}')
    return script_settings.changed(current, changes)


def _shown(call: Call, site: Site) -> dict[str, Any]:
    settings = {name: getattr(site.script, name) for name in script_settings.known_names()}
    return {
        "domain": site.domain,
        "timezone": site.timezone,
        "custom_properties": custom_props.allowed(call.control, site.id),
        _SCRIPT: {"id": f"pa-{sites.script_id(call.control, site)}", **settings},
    }
