"""Sites and the settings of their tracker scripts."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from starlette.exceptions import HTTPException

from dashboard.api import privacy as privacy_settings
from dashboard.api.call import Answer, Call, refuse
from dashboard.api.inputs import Input, Part, about
from dashboard.api.paging import part
from dashboard.api.privacy import SentChoices
from schema.measures import custom_props
from schema.people.roles import Right
from schema.privacy import choices, profile, retention
from schema.privacy.profile import STANDARD, Privacy, ProfileName
from schema.sites import referrers, script_settings, sites
from schema.sites.script_settings import ScriptSettings
from schema.sites.sites import Site

DEFAULT_TIMEZONE = "Etc/UTC"
_SCRIPT = "tracker_script_configuration"
_IGNORED = "ignored_referrers"
_, _SCHEMAS = msgspec.json.schema_components((ScriptSettings,))

Domain = Annotated[str, about("Domain of the site", examples=["example.org"])]
Timezone = Annotated[str, about("IANA name of the time zone", default=DEFAULT_TIMEZONE, examples=["Europe/Paris"])]
Script = Annotated[
    dict[str, Any],
    about(
        "Settings of the site's script",
        refusal='must be an object, such as {"outbound_links": true}',
        properties=_SCHEMAS[ScriptSettings.__name__]["properties"],
    ),
]
Ignored = Annotated[
    list[Any],
    about(
        "Referrers that are never a source: domains with their subdomains, or patterns with a path or *",
        refusal='must be a list, such as ["paypal.com"]',
        items={"type": "string"},
        maxItems=referrers.MAX_PATTERNS_OF_A_SITE,
        examples=[["paypal.com"]],
    ),
]


_MOST = max(profile.MAX_MONTHS.values())
Months = Annotated[int, about("Months after which events are deleted", minimum=1, maximum=_MOST)]
CountsMonths = Annotated[
    int, about("Months after which daily counts are deleted; 0: with the events", minimum=0, maximum=_MOST)
]


class NewSite(Input, frozen=True, kw_only=True):
    """A site to add."""

    domain: Domain
    timezone: Timezone = DEFAULT_TIMEZONE
    ignored_referrers: Ignored = msgspec.field(default_factory=list)
    tracker_script_configuration: Script = msgspec.field(default_factory=dict)
    profile: ProfileName = STANDARD
    privacy: SentChoices = msgspec.field(default_factory=dict)


class SiteChanges(Input, frozen=True, kw_only=True):
    """What to change of a site."""

    domain: Domain | None = None
    timezone: Timezone | None = None
    ignored_referrers: Ignored | None = None
    tracker_script_configuration: Script = msgspec.field(default_factory=dict)
    retention_months: Months | None = None
    counts_months: CountsMonths | None = None
    privacy: SentChoices = msgspec.field(default_factory=dict)


def list_all(call: Call, selected: Part) -> Answer:
    """List the sites that the API key can access, by domain."""
    accessible = [
        site for site in sites.list_all(call.control, now=call.server.clock()) if call.key.site_id in (None, site.id)
    ]
    shown, meta = part(selected, accessible, lambda site: site.domain)
    return {"sites": [{"domain": site.domain, "timezone": site.timezone} for site in shown], "meta": meta}


def teams(_call: Call, selected: Part) -> Answer:
    """List the teams, always empty: Sillage has no teams."""
    no_teams: list[str] = []
    shown, meta = part(selected, no_teams, str)
    return {"teams": shown, "meta": meta}


def add(call: Call, new: NewSite) -> Answer:
    """Add a site."""
    if call.key.site_id is not None:
        raise HTTPException(403, "This API key is limited to one site. To add sites, use a key for all sites.")
    if not new.domain:
        refuse("domain is missing: write it as in example.org")
    script = script_settings.changed(script_settings.DEFAULT, new.tracker_script_configuration)
    timezone = new.timezone or DEFAULT_TIMEZONE
    ignored = _ignored(new.ignored_referrers)
    chosen = privacy_settings.changed(_of_profile(new.profile, timezone, call), new.privacy)
    site = sites.add(call.control, new.domain, timezone=timezone, now=call.server.clock(), privacy=chosen)
    changed = sites.change(call.control, site, script=script, ignored_referrers=ignored, now=call.server.clock())
    return _shown(call, changed)


def show(call: Call) -> Answer:
    """Return a site."""
    return _shown(call, call.site())


def change(call: Call, new: SiteChanges) -> Answer:
    """Change the domain, time zone, ignored referrers, tracker script, retention or privacy settings of a site.

    A shorter retention deletes what is older. `/retention` reports beforehand how much that is.
    """
    needs = Right.ADMINISTER if new.domain is None else Right.OWN
    site, who, now = call.site(needs=needs), call.who, call.server.clock()
    chosen = privacy_settings.changed(site.privacy, new.privacy)
    site = choices.change(call.control, site, chosen, who=who, now=now)
    months, counts_months = new.retention_months, new.counts_months
    site = retention.change(call.control, site, months=months, counts_months=counts_months, who=who, now=now)
    changed = sites.change(
        call.control,
        site,
        domain=new.domain,
        timezone=new.timezone,
        script=script_settings.changed(site.script, new.tracker_script_configuration),
        ignored_referrers=None if new.ignored_referrers is None else _ignored(new.ignored_referrers),
        now=now,
    )
    _record(call, site, changed)
    return _shown(call, changed)


def _record(call: Call, site: Site, changed: Site) -> None:
    if changed.domain != site.domain:
        call.record(site, "Changed the domain from %(old)s to %(new)s.", old=site.domain, new=changed.domain)
    if changed.timezone != site.timezone:
        call.record(site, "Set the time zone to %(timezone)s.", timezone=changed.timezone)
    for name in changed.ignored_referrers:
        if name not in site.ignored_referrers:
            call.record(site, "Ignored the referrer %(name)s.", name=name)
    for name in site.ignored_referrers:
        if name not in changed.ignored_referrers:
            call.record(site, "No longer ignored the referrer %(name)s.", name=name)


def remove(call: Call) -> Answer:
    """Delete a site. Its events are deleted shortly after."""
    site = call.site(needs=Right.OWN)
    sites.remove(call.control, site.domain, now=call.server.clock())
    call.record(site, "Deleted the site %(domain)s.", domain=site.domain)
    return {"deleted": True}


def _ignored(listed: list[Any]) -> tuple[str, ...]:
    """Return the referrers to ignore in their normal form. Raises ReferrerError."""
    if not all(isinstance(text, str) for text in listed):
        refuse(f'{_IGNORED} must be a list of texts, such as ["paypal.com"]')
    return referrers.checked(listed)


def _of_profile(name: ProfileName, timezone: str, call: Call) -> Privacy:
    """Return the settings of a new site. A time zone that does not exist is refused later, with its sentence."""
    zone = ZoneInfo(timezone) if timezone in available_timezones() else UTC
    return profile.of_profile(name, today=datetime.fromtimestamp(call.server.clock(), zone).date())


def _shown(call: Call, site: Site) -> dict[str, Any]:
    settings = {name: getattr(site.script, name) for name in script_settings.known_names()}
    return {
        "domain": site.domain,
        "timezone": site.timezone,
        "custom_properties": custom_props.allowed(call.control, site.id),
        _IGNORED: list(site.ignored_referrers),
        "retention_months": site.privacy.retention_months,
        "counts_months": site.privacy.months_of_counts,
        "privacy": privacy_settings.shown(site.privacy),
        _SCRIPT: {"id": f"pa-{sites.script_id(call.control, site)}", **settings},
    }
