"""Exclusions: the rules by which visits are not counted, what they do, and the form that adds one."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.charts.spark import spark
from dashboard.pages import figures, template
from dashboard.pages.settings import site_of
from dashboard.stats.reports.rule_counts import DAYS, NO_COUNT, RuleCount, hits_by_day, rule_counts, sudden_share
from schema.exclusions import audit, size_check
from schema.exclusions import rules as exclusions
from schema.exclusions.condition import ExclusionError, Matcher
from schema.exclusions.rules import Action, Exclusion, Mode, Rule
from schema.exclusions.size_check import TooMuchError
from schema.sites.sites import Site
from schema.sites.users import Session

CHANGES = 20

# What the form offers, in the words of the form; home_address is hashed at once.
KINDS = {
    Matcher.NETWORK.value: "Network or address",
    "home_address": "Home (address kept as a hash)",
    Matcher.HOST_NAME.value: "Host name (dynamic DNS)",
    Matcher.PAGE_HOST.value: "Host of the page",
    Matcher.PATH.value: "Path of the page",
    Matcher.USER_AGENT.value: "Part of the user agent",
    Matcher.USER_AGENT_PATTERN.value: "Pattern in the user agent (RE2)",
    Matcher.COUNTRY.value: "Country (two letters)",
    Matcher.HEADER.value: "Header of a trusted proxy",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as the list shows it."""

    id: int
    what: str
    note: str
    details: list[str]
    where: str
    state: str
    count: str
    by_day: Markup  # the same, as bars
    warning: str
    other_mode: str  # that a button leads to; empty: there is no button
    can_renew: bool
    line: int | None  # of exclusions.toml, where alone it can be changed


def show(request: Request, session: Session) -> Response:
    """Show the rules of a site."""
    return _page(request, session, site_of(request), {})


def add(request: Request, session: Session) -> Response:
    """Store a rule, or show the form again with what is wrong."""
    site, state = site_of(request), request.app.state
    form: dict[str, str] = request.state.form
    try:
        rule = _rule(request, site, form)
        if "sure" not in form:
            size_check.weigh(rule, state.rules.share, max_share=state.excluded_share)
        exclusions.add(state.control, rule, who=session.user.email)
    except TooMuchError as error:
        problem = f"{str(error).capitalize()}. If that is meant, tick the box below and send it again."
        return _page(request, session, site, form, problem=problem, asks=True, status=422)
    except ExclusionError as error:
        return _page(request, session, site, form, problem=str(error), status=422)
    return _back(site)


def change(request: Request, session: Session) -> Response:
    """Put a rule in force, or let it only count."""
    site, state = site_of(request), request.app.state
    found = _found(request, site)
    other = Mode.ON if found.rule.mode is Mode.DRY_RUN else Mode.DRY_RUN
    try:
        if "sure" not in request.query_params:
            size_check.weigh(replace(found.rule, mode=other), state.rules.share, max_share=state.excluded_share)
    except TooMuchError as error:
        return _page(request, session, site, {}, doubts={found.id: f"{str(error).capitalize()}."}, status=422)
    return _changed(request, session, found, site, {"mode": other.value})


def renew(request: Request, session: Session) -> Response:
    """Let a rule that ends hold for as long as a home's does, from today on."""
    site = site_of(request)
    today = datetime.fromtimestamp(request.app.state.clock(), UTC).date()
    last = today + timedelta(days=exclusions.HOME_DAYS)
    return _changed(request, session, _found(request, site), site, {"expires": last})


def _changed(
    request: Request, session: Session, found: Exclusion, site: Site, changes: Mapping[str, object]
) -> Response:
    state = request.app.state
    try:
        exclusions.change(state.control, found.id, changes, who=session.user.email, now=state.clock())
    except ExclusionError:  # the list shows no button for that
        raise HTTPException(404) from None
    return _back(site)


def remove(request: Request, session: Session) -> Response:
    """Delete a rule of this site or of every site."""
    site = site_of(request)
    found = _found(request, site)
    try:
        exclusions.remove(request.app.state.control, found.id, who=session.user.email)
    except ExclusionError:  # the list shows no button for that
        raise HTTPException(404) from None
    return _back(site)


def _found(request: Request, site: Site) -> Exclusion:
    known = exclusions.scoped(exclusions.list_all(request.app.state.control), site.id)
    found = next((each for each in known if each.id == request.path_params["id"]), None)
    if found is None:
        raise HTTPException(404)
    return found


def _rule(request: Request, site: Site, form: dict[str, str]) -> Rule:
    """Return the rule that somebody described. Raises ExclusionError."""
    state = request.app.state
    fields = _condition(form) | {name: form.get(name, "") for name in ("note", "owner", "expires")}
    fields |= {"action": form.get("action") or Action.EXCLUDE, "mode": Mode.DRY_RUN if "try" in form else Mode.ON}
    return exclusions.read(
        fields,
        site_id=None if "everywhere" in form else site.id,
        now=state.clock(),
        hash_home=state.rules.hash_home,
    )


def _condition(form: dict[str, str]) -> dict[str, Any]:
    if text := form.get("condition", "").strip():
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ExclusionError(f"the condition is not TOML: {error}") from None
        except RecursionError:
            raise ExclusionError("the condition is nested too deeply") from None
    values = _values(form.get("value", ""))
    if form.get("kind") not in KINDS or not values:
        raise ExclusionError("say whose visits are not to be counted: a network such as 192.0.2.0/24, for example")
    condition: dict[str, Any] = {form["kind"]: values}
    if but_not := _values(form.get("but_not", "")):
        condition["not"] = {Matcher.NETWORK.value: but_not}
    return condition


def _values(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _page(
    request: Request,
    session: Session,
    site: Site,
    entry: dict[str, str],
    *,
    problem: str = "",
    asks: bool = False,
    doubts: Mapping[int, str] = MappingProxyType({}),
    status: int = 200,
) -> Response:
    state = request.app.state
    return template.page(
        "exclusions",
        session=session,
        status=status,
        site=site,
        lines=_lines(request, site),
        doubts=doubts,
        days=DAYS,
        renewed_days=exclusions.HOME_DAYS,
        kinds=KINDS,
        entry=defaultdict(str, entry),
        problem=problem,
        asks=asks,
        problems=state.rules.problems,
        changes=[
            (_day(entry.at, site), entry.who, entry.change)
            for entry in audit.latest(state.control, CHANGES, site_id=site.id)
        ],
        max_characters=exclusions.MAX_NOTE_CHARACTERS,
    )


def _lines(request: Request, site: Site) -> list[Line]:
    state = request.app.state
    rules = exclusions.scoped(exclusions.list_all(state.control), site.id)
    if not rules:  # the hits of a month need not be read for nothing
        return []
    now = datetime.fromtimestamp(state.clock(), UTC)
    today = now.astimezone(site.zone).date()
    counts = rule_counts(state.database, site.id, today=today)
    hits = hits_by_day(state.database, site.id, today=today)
    return [
        _line(found, counts.get(found.id, NO_COUNT), hits, now=now, today=today, max_share=state.excluded_share)
        for found in rules
    ]


def _line(
    found: Exclusion, count: RuleCount, hits: dict[date, int], *, now: datetime, today: date, max_share: float
) -> Line:
    rule = found.rule
    details = [f"Ask {rule.owner}"] if rule.owner else []
    if rule.expires_at is not None:
        details.append(f"Until {_date(exclusions.last_day(rule.expires_at))}")
    can_try = found.line is None and rule.action is Action.EXCLUDE
    return Line(
        found.id,
        found.described[:1].upper() + found.described[1:],
        rule.note,
        details,
        "Every site" if found.site_id is None else "This site",
        _state(found, now),
        figures.exact(count.total),
        _bars(count, today),
        _warning(found, count, hits, now=now, today=today, max_share=max_share),
        "" if not can_try else "Put in force" if rule.mode is Mode.DRY_RUN else "Only try",
        found.line is None and rule.expires_at is not None,
        found.line,
    )


def _bars(count: RuleCount, today: date) -> Markup:
    if not count.total:
        return Markup("")
    days = [today - timedelta(days=number) for number in reversed(range(DAYS))]
    values = [(count.by_day.get(day, 0), f"{_date(day)}: {figures.exact(count.by_day.get(day, 0))}") for day in days]
    return Markup(spark(values, title=f"Hits by day, {DAYS} days"))  # noqa: S704 - charts escape every text


def _state(found: Exclusion, now: datetime) -> str:
    if found.is_over(now.timestamp()):
        return "Over"
    if found.rule.action is Action.KEEP:
        return "Counts these"
    return "Dry run" if found.rule.mode is Mode.DRY_RUN else "In force"


def _warning(
    found: Exclusion, count: RuleCount, hits: dict[date, int], *, now: datetime, today: date, max_share: float
) -> str:
    """Return what is odd about a rule, in a sentence; empty: nothing is."""
    if found.is_over(now.timestamp()) or found.rule.action is Action.KEEP:
        return ""
    if (share := sudden_share(count, hits, today=today, max_share=max_share)) is not None:
        return f"All at once it keeps out {figures.percent(share)} of the hits. Is that meant?"
    is_old = (now.timestamp() - found.created_at) >= DAYS * 86_400
    if is_old and count.last is None:
        return f"It has kept nothing out for {DAYS} days. Has the address changed?"
    return ""


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _day(at: int, site: Site) -> str:
    return _date(datetime.fromtimestamp(at, site.zone).date())


def _back(site: Site) -> Response:
    return RedirectResponse(f"/{site.domain}/settings/exclusions", 303)
