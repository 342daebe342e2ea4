"""Who sees the report of a site without an account: its shared links, and everybody for a public site."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard import language
from dashboard.access.passwords import MIN_PASSWORD_LENGTH, check_new_password
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import figures, forms, removal, template, whole_number
from dashboard.pages.forms import Form
from dashboard.pages.report import frame
from dashboard.pages.settings import existing, record, site_of, to_list
from dashboard.services import services
from dashboard.stats.model.error import QueryError
from schema.measures import segments
from schema.people.users import Session
from schema.sentence import Sentence, SentenceError
from schema.sites import embed_hosts, shared_links, sites
from schema.sites.shared_links import SharedLink, SharedLinkError, Terms
from schema.sites.sites import Site

PATH = "/sharing"
FRAME_HEIGHT = 1600  # pixels, where no script resizes the frame
_EMBED = Markup(
    '<iframe data-sillage src="{url}" title="{title}" width="100%" height="{height}" loading="lazy"'
    ' style="border: 0"></iframe>\n<script async src="{script}"></script>'
)
_BADGE = Markup('<a href="{url}"><img src="{url}/badge.svg{language}" alt="{alt}" height="20"></a>')


class Box(StrEnum):
    """A box of the report that a link can leave out."""

    GOALS = "goals"
    SOURCES = "sources"
    PAGES = "pages"
    PLACES = "places"
    DEVICES = "devices"


_TITLES = {
    Box.GOALS: later("Goals"),
    Box.SOURCES: later("Sources"),
    Box.PAGES: later("Pages"),
    Box.PLACES: later("Places"),
    Box.DEVICES: later("Devices"),
}


class LinkForm(Form, frozen=True):
    """A link to add, or what a link becomes."""

    name: str
    password: str  # new one; empty: none, or the one that it has
    without_password: bool  # the link needs no password any more
    until: str  # last day, YYYY-MM-DD; empty: no end
    segment: str  # id; empty: all visits
    left_out: tuple[Box, ...]
    hosts: str  # that may show it in a frame


class PublicForm(Form, frozen=True):
    """Whether a site is public."""

    public: bool
    hosts: str  # that may show the public report in a frame


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link in the list."""

    id: int
    name: str
    url: str
    terms: list[str]  # phrases
    has_expired: bool


def show(request: Request, session: Session) -> Response:
    """Show the links of a site, and whether it is public."""
    return _page(request, session, forms.empty(LinkForm))


def add(request: Request, session: Session) -> Response:
    """Create a link, or show the form again with the error."""
    site, form = site_of(request), forms.posted(request, LinkForm)
    try:
        link = shared_links.add(services(request).control, site.id, form.name, _terms(request, site, form))
    except (SentenceError, QueryError) as error:
        return _page(request, session, form, problem=language.of_error(error))
    record(request, session, site, Sentence("Added the shared link %(name)s.", {"name": link.name}))
    return to_list(site, "sharing", row=link.id)


def change(request: Request, session: Session) -> Response:
    """Show the form with a link, or store what it becomes."""
    site = site_of(request)
    link = existing(request, site, shared_links.by_id)
    if request.method == "GET":
        return _page(request, session, _form(site, link), edited=link)
    form = forms.posted(request, LinkForm)
    try:
        terms = _terms(request, site, form, kept_hash=link.terms.password_hash)
        changed = shared_links.change(services(request).control, link, name=form.name, terms=terms)
    except (SentenceError, QueryError) as error:
        return _page(request, session, form, problem=language.of_error(error), edited=link)
    if changed != link:
        record(request, session, site, Sentence("Changed the shared link %(name)s.", {"name": changed.name}))
    return to_list(site, "sharing", row=link.id)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to revoke a link, or revoke it."""
    site, control = site_of(request), services(request).control
    link = existing(request, site, shared_links.by_id)
    if not removal.is_confirmed(request):
        question = removal.Question(
            title=_("Revoke the link %(name)s?", name=link.name),
            verb=_("Revoke the link"),
            consequences=[_("Its address stops working at once, also in frames of other pages.")],
            back=f"/{site.domain}/settings{PATH}#row-{link.id}",
            site=site,
            here=PATH,
        )
        return removal.ask(session, question)
    before = [one.id for one in shared_links.list_all(control, site.id)]
    shared_links.remove(control, link)
    record(request, session, site, Sentence("Revoked the shared link %(name)s.", {"name": link.name}))
    return removal.done(f"/{site.domain}/settings{PATH}", before, link.id)


def publish(request: Request, session: Session) -> Response:
    """Store whether the site is public, or show the form again with the error."""
    site, form = site_of(request), forms.posted(request, PublicForm)
    try:
        hosts = embed_hosts.checked(form.hosts)
    except SentenceError as error:
        return _page(request, session, forms.empty(LinkForm), public=form, public_problem=language.of_error(error))
    server = services(request)
    changed = sites.change(server.control, site, is_public=form.public, embed_hosts=hosts, now=server.clock())
    if changed.is_public != site.is_public:
        sentence = Sentence("Made the report public.") if changed.is_public else Sentence("Made the report private.")
        record(request, session, site, sentence)
    if changed.embed_hosts != site.embed_hosts:
        values = {"hosts": embed_hosts.written((site.authority, *hosts))}
        record(request, session, site, Sentence("Let these sites show the report in a frame: %(hosts)s.", values))
    return RedirectResponse(f"/{site.domain}/settings{PATH}#public", 303)


def _terms(request: Request, site: Site, form: LinkForm, *, kept_hash: str | None = None) -> Terms:
    """Return the terms of a form. Raises SentenceError, QueryError."""
    segment_id = whole_number.read(form.segment) if form.segment else None
    if form.segment and segment_id is None:
        raise SharedLinkError("choose a segment that everyone with access to the site sees")
    terms = Terms(
        expires_at=_expires_at(request, site, form.until),
        segment_id=segment_id,
        left_out=shared_links.boxes(box.value for box in form.left_out),
        embed_hosts=embed_hosts.checked(form.hosts),
    )
    if segment_id is not None:
        frame.segment_filters(request, site, segment_id)
    if form.password:
        check_new_password(form.password, form.password)
        return replace(terms, password_hash=services(request).passwords.hashed(form.password))
    return replace(terms, password_hash=None if form.without_password else kept_hash)


def _expires_at(request: Request, site: Site, until: str) -> int | None:
    """Return the end of the last day of a link. Raises SharedLinkError."""
    if not until:
        return None
    try:
        end = datetime.combine(date.fromisoformat(until.strip()) + timedelta(days=1), datetime.min.time(), site.zone)
        moment = int(end.timestamp())
    except (ValueError, OverflowError):
        raise SharedLinkError("%(text)s is not a date: enter it like 2026-03-10", text=until[:40]) from None
    if moment <= services(request).clock():
        raise SharedLinkError("the last day of a link can't be in the past")
    return moment


def _form(site: Site, link: SharedLink) -> LinkForm:
    terms = link.terms
    return LinkForm(
        name=link.name,
        password="",
        without_password=False,
        until=str(_last_day(site, terms)) if terms.expires_at else "",
        segment="" if terms.segment_id is None else str(terms.segment_id),
        left_out=tuple(box for box in Box if box.value in terms.left_out),
        hosts=embed_hosts.written(terms.embed_hosts),
    )


def _page(
    request: Request,
    session: Session,
    entry: LinkForm,
    *,
    problem: str = "",
    edited: SharedLink | None = None,
    public: PublicForm | None = None,
    public_problem: str = "",
) -> Response:
    site, server = site_of(request), services(request)
    links = shared_links.list_all(server.control, site.id)
    shared = [one for one in segments.list_all(server.control, site.id) if not segments.changes_conversions(one)]
    report_url = f"{server.base_url}/{site.domain}"
    return template.page(
        "sharing",
        session=session,
        site=site,
        lines=[_line(request, site, link) for link in links],
        removed=removal.position(request),
        edited=edited,
        entry=entry,
        problem=problem,
        segments=[(str(one.id), one.name) for one in shared],
        boxes=[(box.value, _(_TITLES[box]), box in entry.left_out) for box in Box],
        min_length=MIN_PASSWORD_LENGTH,
        today=str(site.day_of(server.clock())),
        embed=_embed(request, site, f"{_url(request, site, edited)}&embed=true&theme=system") if edited else "",
        public=public or PublicForm(site.is_public, embed_hosts.written(site.embed_hosts)),
        public_problem=public_problem,
        public_url=report_url,
        public_embed=_embed(request, site, f"{report_url}?embed=true&theme=system"),
        badge=_badge(report_url),
        badge_url=f"/{site.domain}/badge.svg?lang={language.current()}",
    )


def _line(request: Request, site: Site, link: SharedLink) -> LinkLine:
    has_expired = link.has_expired(now=services(request).clock())
    return LinkLine(link.id, link.name, _url(request, site, link), list(_phrases(request, site, link)), has_expired)


def _phrases(request: Request, site: Site, link: SharedLink) -> Iterator[str]:
    """Yield what a link demands and shows, in phrases."""
    terms = link.terms
    if link.has_expired(now=services(request).clock()):
        yield _("expired on %(day)s", day=figures.full_day(_last_day(site, terms)))
    elif terms.expires_at:
        yield _("until %(day)s", day=figures.full_day(_last_day(site, terms)))
    yield _("with a password") if terms.password_hash else _("for everybody who has the link")
    if terms.segment_id is not None:
        name = segments.by_id(services(request).control, site.id, terms.segment_id).name
        yield _("only the segment %(name)s", name=name)
    if terms.left_out:
        yield _("without %(boxes)s", boxes=_names(terms.left_out))


def _names(boxes: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(_(_TITLES[box]) for box in Box if box.value in boxes)


def _last_day(site: Site, terms: Terms) -> date:
    return site.day_of((terms.expires_at or 0) - 1)


def _url(request: Request, site: Site, link: SharedLink) -> str:
    return link.url(base_url=services(request).base_url, domain=site.domain)


def _embed(request: Request, site: Site, url: str) -> str:
    """Return the HTML that shows a report in another page."""
    title = _("Statistics of %(site)s", site=site.title)
    script = f"{services(request).base_url}/share/embed.js"
    return str(_EMBED.format(url=url, title=title, height=FRAME_HEIGHT, script=script))


def _badge(report_url: str) -> str:
    """Return the HTML of the badge with a link to the report."""
    code = "" if language.current() == "en" else f"?lang={language.current()}"
    return str(_BADGE.format(url=report_url, language=code, alt=_("Visitors in the last 30 days")))
