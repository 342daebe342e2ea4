"""The privacy papers of a site, for people with an account, and its public page about the measurement."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import template
from dashboard.pages.settings import site_of
from dashboard.papers import facts, paper
from dashboard.papers.facts import Facts
from dashboard.services import services
from schema.people.users import Session
from schema.sites.sites import Site


def show(request: Request, session: Session) -> Response:
    """Show a paper as a page that prints well."""
    site, name = site_of(request), _name(request)
    return template.page(
        "paper",
        session=session,
        site=site,
        title=_(paper.PAPERS[name]),
        text=paper.html(name, facts_of(request, site), language=_language(request)),
        paper=name,
        languages=language.NAMES,
        chosen=_language(request),
    )


def as_markdown(request: Request, _session: Session) -> Response:
    """Return a paper as a Markdown file."""
    site, name, code = site_of(request), _name(request), _language(request)
    return Response(
        paper.markdown(name, facts_of(request, site), language=code),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.{code}.md"'},
    )


def public(request: Request) -> Response:
    """Show everybody what is stored for a site, for how long, who sees it, and how to opt out."""
    site = site_of(request)
    code = _language(request)
    language.use(code)
    text = paper.html(paper.PUBLIC, facts_of(request, site), language=code)
    return template.page("public_privacy", session=None, site=site, text=text, languages=language.NAMES, chosen=code)


def facts_of(request: Request, site: Site) -> Facts:
    """Return what the papers of a site are made from."""
    server = services(request)
    return facts.of_site(server.control, site, server.installation, now=server.clock())


def _name(request: Request) -> str:
    name = str(request.path_params["name"])
    if name not in paper.PAPERS:
        raise HTTPException(404)
    return name


def _language(request: Request) -> str:
    """Return the language that the URL names, else that of the page."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in language.NAMES else language.current()
