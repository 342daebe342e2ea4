"""Settings of a site: what to paste, what is kept, and whose visits are not counted."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.pages import snippets, template
from schema import exclusions, sites
from schema.control import Control
from schema.exclusions import Exclusion, ExclusionError
from schema.sites import Site
from schema.users import Session

MAX_NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody typed into the form for an exclusion, and what is wrong with it."""

    network: str = ""
    note: str = ""
    is_everywhere: bool = False
    problem: str = ""


def show(request: Request, session: Session) -> Response:
    """Show the settings of the site."""
    return _page(request, session, site_of(request), Entry())


def add_exclusion(request: Request, session: Session) -> Response:
    """Store a rule, or show the settings again with what is wrong beside the field."""
    site = site_of(request)
    form: dict[str, str] = request.state.form
    entry = Entry(form.get("network", ""), form.get("note", "").strip()[:MAX_NOTE_LENGTH], "everywhere" in form)
    try:
        site_id = None if entry.is_everywhere else site.id
        exclusions.add(request.app.state.control, entry.network, site_id=site_id, note=entry.note)
    except ExclusionError as error:
        refused = Entry(entry.network, entry.note, entry.is_everywhere, str(error))
        return _page(request, session, site, refused, status=422)
    return _back(site)


def remove_exclusion(request: Request, _session: Session) -> Response:
    """Delete a rule of this site or of every site."""
    site, rule = site_of(request), request.path_params["id"]
    if rule not in {exclusion.id for exclusion in _rules(request.app.state.control, site)}:
        raise HTTPException(404)
    exclusions.remove(request.app.state.control, rule)
    return _back(site)


def site_of(request: Request) -> Site:
    """Return the site of a path. Raises HTTPException (404)."""
    site = sites.by_domain(request.app.state.control, request.path_params["domain"])
    if site is None:
        raise HTTPException(404)
    return site


def _page(request: Request, session: Session, site: Site, entry: Entry, *, status: int = 200) -> Response:
    base_url: str = request.app.state.base_url
    return template.page(
        "settings",
        session=session,
        status=status,
        site=site,
        script_tag=snippets.script_tag(site.domain, base_url),
        pinned_script_tag=snippets.pinned_script_tag(
            site.domain, base_url, integrity=request.app.state.script_integrity
        ),
        site_script=snippets.site_script(sites.script_id(request.app.state.control, site), base_url),
        pixel=snippets.pixel(site.domain, base_url),
        wordpress=snippets.wordpress(site.domain, base_url),
        nginx=snippets.nginx(base_url),
        caddy=snippets.caddy(base_url),
        proxied_script_tag=snippets.proxied_script_tag(site.domain),
        rules=_rules(request.app.state.control, site),
        entry=entry,
        max_note_length=MAX_NOTE_LENGTH,
    )


def _rules(control: Control, site: Site) -> list[Exclusion]:
    return [rule for rule in exclusions.list_all(control) if rule.site_id in (None, site.id)]


def _back(site: Site) -> Response:
    return RedirectResponse(f"/{site.domain}/settings#exclusions", 303)
