"""Exclusions: the rules for visits that are not counted, their effect, and the form to add one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard import language
from dashboard.charts.spark import spark
from dashboard.language import gettext as _
from dashboard.pages import figures, forms, removal, template
from dashboard.pages.forms import Form
from dashboard.pages.settings import site_of, to_list
from dashboard.services import services
from dashboard.stats.protection import rounding
from dashboard.stats.reports.rule_counts import DAYS, NO_COUNT, RuleCount, hits_by_day, rule_counts, sudden_share
from schema.exclusions import audit, home, size_check
from schema.exclusions import rules as exclusions
from schema.exclusions.matchers import MATCHERS, ExclusionError
from schema.exclusions.rules import Exclusion, Rule, RuleAction, RuleMode
from schema.exclusions.size_check import Share, TooMuchError
from schema.people.users import Session
from schema.sites.sites import Site

CHANGES = 20

LABELS = {matcher.input_name: matcher.label for matcher in MATCHERS.values()}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in the list."""

    id: int
    what: str
    note: str
    details: list[str]
    where: str
    state: str
    count: str
    by_day: Markup  # the count as bars
    warning: str
    other_mode: str  # label of the button that changes it; empty: no button
    can_renew: bool
    line: int | None  # of exclusions.toml; such a rule can only be changed there


class RuleForm(Form, frozen=True):
    """A rule to add."""

    kind: str  # of LABELS
    value: str  # one a line
    but_not: str  # networks, one a line
    note: str
    owner: str
    expires: str
    action: str
    everywhere: bool
    condition: str  # TOML; replaces kind, value and but_not
    sure: bool
    dry_run: bool = msgspec.field(name="try")


def show(request: Request, session: Session) -> Response:
    """Show the rules of a site."""
    return _page(request, session, site_of(request), forms.empty(RuleForm))


def add(request: Request, session: Session) -> Response:
    """Store a rule, or show the form again with the problem."""
    site, server = site_of(request), services(request)
    form = forms.posted(request, RuleForm)
    try:
        rule = _rule(request, site, form)
        if not form.sure:
            size_check.weigh(rule, _share(request, site), max_share=server.excluded_share)
        added = exclusions.add(server.control, rule, who=session.user.email, now=server.clock())
    except TooMuchError as error:
        problem = _("%(error)s If this is intended, tick the box below and submit again.", error=_of_size(error))
        return _page(request, session, site, form, problem=problem, asks=True)
    except ExclusionError as error:
        return _page(request, session, site, form, problem=language.of_error(error))
    return to_list(site, "exclusions", row=added.id)


def change(request: Request, session: Session) -> Response:
    """Put a rule in force, or in dry run."""
    site, server = site_of(request), services(request)
    exclusion = _exclusion(request, site)
    mode = RuleMode.ON if exclusion.rule.mode is RuleMode.DRY_RUN else RuleMode.DRY_RUN
    try:
        if "sure" not in request.query_params:
            size_check.weigh(replace(exclusion.rule, mode=mode), _share(request, site), max_share=server.excluded_share)
    except TooMuchError as error:
        return _page(
            request,
            session,
            site,
            forms.empty(RuleForm),
            doubts={exclusion.id: _of_size(error)},
        )
    return _changed(request, session, exclusion, site, {"mode": mode.value})


def renew(request: Request, session: Session) -> Response:
    """Extend a rule that expires by the lifetime of a home's rule, from today."""
    site = site_of(request)
    today = datetime.fromtimestamp(services(request).clock(), UTC).date()
    expires = today + timedelta(days=home.DAYS)
    return _changed(request, session, _exclusion(request, site), site, {"expires": expires})


def _changed(
    request: Request, session: Session, exclusion: Exclusion, site: Site, changes: Mapping[str, object]
) -> Response:
    server = services(request)
    try:
        exclusions.change(server.control, exclusion.id, changes, who=session.user.email, now=server.clock())
    except ExclusionError:  # the page has no button for this
        raise HTTPException(404) from None
    return to_list(site, "exclusions", row=exclusion.id)


def remove(request: Request, session: Session) -> Response:
    """Ask whether to delete a rule of this site or of every site, or delete it."""
    site, server = site_of(request), services(request)
    exclusion = _exclusion(request, site)
    if exclusion.line is not None:  # the page has no button for this
        raise HTTPException(404)
    if not removal.is_confirmed(request):
        return removal.ask(session, _question(exclusion, site))
    before = [one.id for one in exclusions.scoped(exclusions.list_all(server.control), site.id)]
    try:
        exclusions.remove(server.control, exclusion.id, who=session.user.email, now=server.clock())
    except ExclusionError:  # somebody else was faster
        raise HTTPException(404) from None
    return removal.done(f"/{site.domain}/settings/exclusions", before, exclusion.id)


def _question(exclusion: Exclusion, site: Site) -> removal.Question:
    described = language.of(exclusion.sentence)
    consequences = [described[:1].upper() + described[1:]]
    if exclusion.site_id is None:
        consequences.append(_("The rule applies to every site on this server."))
    if exclusion.rule.action is RuleAction.EXCLUDE and exclusion.rule.mode is RuleMode.ON:
        consequences.append(_("Visits that it excludes are counted from now on."))
    return removal.Question(
        title=_("Remove the rule %(name)s?", name=exclusion.rule.note)
        if exclusion.rule.note
        else _("Remove this rule?"),
        verb=_("Remove the rule"),
        consequences=consequences,
        back=f"/{site.domain}/settings/exclusions#row-{exclusion.id}",
        site=site,
        here="/exclusions",
    )


def _exclusion(request: Request, site: Site) -> Exclusion:
    for exclusion in exclusions.scoped(exclusions.list_all(services(request).control), site.id):
        if exclusion.id == request.path_params["id"]:
            return exclusion
    raise HTTPException(404)


def _share(request: Request, site: Site) -> Share:
    """Return the function that estimates the share of the last day's hits that a rule matches."""
    share = services(request).rules.share
    return (lambda rule: rounding.tenths(share(rule))) if site.privacy.is_exempt else share


def _rule(request: Request, site: Site, form: RuleForm) -> Rule:
    """Return the rule entered in the form. Raises ExclusionError."""
    server = services(request)
    fields = _condition(form) | {"note": form.note, "owner": form.owner, "expires": form.expires}
    fields |= {"action": form.action or RuleAction.EXCLUDE}
    fields |= {"mode": RuleMode.DRY_RUN if form.dry_run else RuleMode.ON}
    return exclusions.read(
        fields,
        site_id=None if form.everywhere else site.id,
        now=server.clock(),
        hash_home=server.rules.hash_home,
    )


def _condition(form: RuleForm) -> dict[str, Any]:
    if text := form.condition.strip():
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ExclusionError("the condition is not TOML: %(error)s", error=error) from None
        except RecursionError:
            raise ExclusionError("the condition is nested too deeply") from None
    values = _values(form.value)
    if form.kind not in LABELS or not values:
        raise ExclusionError("enter the visits to exclude, for example a network such as 192.0.2.0/24")
    condition: dict[str, Any] = {form.kind: values}
    if but_not := _values(form.but_not):
        condition["not"] = {"network": but_not}
    return condition


def _values(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: RuleForm,
    *,
    problem: str = "",
    asks: bool = False,
    doubts: Mapping[int, str] = MappingProxyType({}),
) -> Response:
    server = services(request)
    return template.page(
        "exclusions",
        session=session,
        site=site,
        lines=_lines(request, site),
        removed=removal.position(request),
        doubts=doubts,
        days=DAYS,
        renewed_days=home.DAYS,
        labels={name: _(label) for name, label in LABELS.items()},
        entry=entry,
        problem=problem,
        asks=asks,
        problems=list(map(language.of, server.rules.problems)),
        changes=[
            (_day(entry.at, site), _author(entry.who), language.of(entry.sentence))
            for entry in audit.latest(server.control, CHANGES, site_id=site.id)
        ],
        max_characters=exclusions.MAX_NOTE_CHARACTERS,
    )


def _lines(request: Request, site: Site) -> list[RuleLine]:
    server = services(request)
    rules = exclusions.scoped(exclusions.list_all(server.control), site.id)
    if not rules:  # no need to read a month of hits
        return []
    now = datetime.fromtimestamp(server.clock(), UTC)
    today = now.astimezone(site.zone).date()
    counts = rule_counts(server.database, site.id, today=today, privacy=site.privacy)
    hits = hits_by_day(server.database, site.id, today=today, privacy=site.privacy)
    return [
        _line(rule, counts.get(rule.id, NO_COUNT), hits, now=now, today=today, max_share=server.excluded_share)
        for rule in rules
    ]


def _line(
    exclusion: Exclusion, count: RuleCount, hits: dict[date, int], *, now: datetime, today: date, max_share: float
) -> RuleLine:
    rule, described = exclusion.rule, language.of(exclusion.sentence)
    details = [_("Contact: %(name)s", name=rule.owner)] if rule.owner else []
    if rule.expires_at is not None:
        details.append(_("Until %(day)s", day=figures.full_day(exclusions.last_day(rule.expires_at))))
    return RuleLine(
        exclusion.id,
        described[:1].upper() + described[1:],
        rule.note,
        details,
        _("Every site") if exclusion.site_id is None else _("This site"),
        _state(exclusion, now),
        figures.exact(count.total),
        _bars(count, today),
        _warning(exclusion, count, hits, now=now, today=today, max_share=max_share),
        _other_mode(exclusion),
        exclusion.line is None and rule.expires_at is not None,
        exclusion.line,
    )


def _other_mode(exclusion: Exclusion) -> str:
    if exclusion.line is not None or exclusion.rule.action is not RuleAction.EXCLUDE:
        return ""
    return _("Put in force") if exclusion.rule.mode is RuleMode.DRY_RUN else _("Start dry run")


def _bars(count: RuleCount, today: date) -> Markup:
    if not count.total:
        return Markup("")
    days = [today - timedelta(days=number) for number in reversed(range(DAYS))]
    values = [(count.by_day.get(day, 0), _on_day(day, count.by_day.get(day, 0))) for day in days]
    return Markup(spark(values, title=_("Hits by day, %(days)d days", days=DAYS)))  # noqa: S704 - charts escape every text


def _state(exclusion: Exclusion, now: datetime) -> str:
    if exclusion.has_expired(now.timestamp()):
        return _("Expired")
    if exclusion.rule.action is RuleAction.KEEP:
        return _("Keeps visits")
    return _("Dry run") if exclusion.rule.mode is RuleMode.DRY_RUN else _("In force")


def _warning(
    exclusion: Exclusion, count: RuleCount, hits: dict[date, int], *, now: datetime, today: date, max_share: float
) -> str:
    """Return a warning about a rule, or an empty text."""
    if exclusion.has_expired(now.timestamp()) or exclusion.rule.action is RuleAction.KEEP:
        return ""
    if (share := sudden_share(count, hits, today=today, max_share=max_share)) is not None:
        return _("This rule suddenly excludes %(share)s of the hits. Is this intended?", share=figures.percent(share))
    is_old = (now.timestamp() - exclusion.created_at) >= DAYS * 86_400
    if is_old and count.last is None:
        return _("This rule has excluded nothing for %(days)d days. Has the address changed?", days=DAYS)
    return ""


def _author(who: str) -> str:
    return _("the command line") if who == audit.COMMAND_LINE else who


def _on_day(day: date, hits: int) -> str:
    return _("%(when)s: %(number)s", when=figures.full_day(day), number=figures.exact(hits))


def _of_size(error: TooMuchError) -> str:
    return f"{language.of_error(error)}."


def _day(at: int, site: Site) -> str:
    return figures.full_day(site.day_of(at))
