"""The bar of a report, which stays while the page scrolls: site, filters, period and comparison."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from babel.dates import format_date

from dashboard.language import gettext as _
from dashboard.language import later, locale
from dashboard.pages import figures
from dashboard.pages.report.filters import OPS, ChosenFilter
from dashboard.pages.report.labels import label_of
from dashboard.pages.report.view import REALTIME, View
from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Mode
from dashboard.stats.model.period import Period, months_later, stepped

_NAMES = {
    "24h": later("Last 24 hours"),
    "7d": later("Last 7 days"),
    "28d": later("Last 28 days"),
    "30d": later("Last 30 days"),
    "91d": later("Last 91 days"),
    "6mo": later("Last 6 months"),
    "12mo": later("Last 12 months"),
    "all": later("All time"),
    "custom": later("Custom"),
}
_COMPARISONS = {
    "off": later("No comparison"),
    Mode.PREVIOUS_PERIOD: later("Previous period"),
    Mode.YEAR_OVER_YEAR: later("Same period last year"),
    Mode.CUSTOM: later("Custom period"),
}
_COMPARED = {
    Mode.PREVIOUS_PERIOD: later("previous period"),
    Mode.YEAR_OVER_YEAR: later("last year"),
    Mode.CUSTOM: later("custom period"),
}
_OF_TABLES = ("search", "sort", "rows_from", "table")
_OF_COMPARISON = ("comparison", "compare_from", "compare_to", "match_day_of_week")
_DAY = timedelta(days=1)
_DIRECTIONS = frozenset({"R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI"})  # classes of characters


@dataclass(frozen=True, slots=True)
class MenuLink:
    name: str
    url: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in the bar."""

    dimension: str
    op: str
    values: str
    edit_url: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Everything in the bar that depends on the view."""

    live_url: str  # of the last half hour, with the same filters
    form_path: str  # of the report that a chosen period leads to
    name: str  # of the period
    days: str  # of the period
    earlier_url: str  # "": there is no earlier period
    later_url: str
    groups: list[list[MenuLink]]  # of the period menu
    comparisons: list[MenuLink]
    compared: str  # name of the comparison; "" without
    compared_days: str
    is_weekday_matched: bool
    weekday_url: str  # switches matching by weekday
    chips: list[Chip]
    add_url: str  # of the form that adds a filter


def bar(view: View, now: datetime, *, segments: Mapping[str, str] = MappingProxyType({})) -> Bar:
    """Return the bar of a view. segments: names by id."""
    if view.path != REALTIME:
        return _bar(view, now, segments)
    of_report = _bar(replace(view, path=""), now, segments)
    return replace(
        of_report,
        name=_("Realtime"),
        days=_("last 30 minutes"),
        earlier_url="",
        later_url="",
        groups=[
            [replace(link, is_chosen=link.url == of_report.live_url) for link in group] for group in of_report.groups
        ],
        comparisons=[],
        chips=_chips(view, segments),
    )


def _bar(view: View, now: datetime, segments: Mapping[str, str]) -> Bar:
    today = now.astimezone(view.site.zone).date()
    comparison = view.parameters.get("comparison") or Mode.PREVIOUS_PERIOD.value
    is_matched = view.parameters.get("match_day_of_week") != "false"
    return Bar(
        live_url=_live_url(view),
        form_path=view.path_only,
        name=name_of(view.period, today),
        days=_days(view.period, today),
        earlier_url=_step(view, -1, today),
        later_url=_step(view, 1, today),
        groups=_periods(view, today),
        comparisons=_comparisons(view, comparison),
        compared=_(_COMPARED[Mode(comparison)]) if view.before and comparison != "off" else "",
        compared_days=figures.days(view.before) if view.before else "",
        is_weekday_matched=is_matched,
        weekday_url=view.url(match_day_of_week="false" if is_matched else "true"),
        chips=_chips(view, segments),
        add_url=view.url("/filter", drop=("rows_from", "search", "sort")),
    )


def _live_url(view: View) -> str:
    dropped = ("period", "date", "from", "to", "interval", "metric", *_OF_TABLES, *_OF_COMPARISON)
    return view.url(REALTIME, drop=dropped)


def _chips(view: View, segments: Mapping[str, str]) -> list[Chip]:
    return [_chip(view, position, chosen, segments) for position, chosen in enumerate(view.filters)]


def name_of(period: Period, today: date) -> str:
    """Return the name of a period: Today, Last 28 days, October 2026."""
    match period.key:
        case "day" | "yesterday" if period.first == today:
            return _("Today")
        case "day" | "yesterday" if period.first == today - _DAY:
            return _("Yesterday")
        case "day" | "yesterday":
            return format_date(period.first, "EEEE", locale=locale()).capitalize()
        case "month" if period.first == today.replace(day=1):
            return _("This month")
        case "month":
            return format_date(period.first, "MMMM y", locale=locale()).capitalize()
        case "year" if period.first.year == today.year:
            return _("This year")
        case "year":
            return str(period.first.year)
    is_past = period.key in ("7d", "28d", "30d", "91d") and period.last != today - _DAY
    if is_past:
        return _("%(days)d days", days=period.days)
    return _(_NAMES[period.key])


def _days(period: Period, today: date) -> str:
    has_year = period.first.year != today.year or period.last.year != today.year
    return figures.days(period, has_year=has_year)


def _step(view: View, by: int, today: date) -> str:
    parameters = stepped(view.period, by=by)
    if parameters is None:
        return ""
    if by < 0:
        return view.of_period(parameters) if view.period.first > view.first_day else ""
    begins = date.fromisoformat(parameters.get("date") or parameters["from"])
    return view.of_period(parameters) if begins <= today else ""


def _periods(view: View, today: date) -> list[list[MenuLink]]:
    last_month, last_year = months_later(today, -1), date(today.year - 1, 1, 1)
    rolling = [
        MenuLink(_(_NAMES[key]), view.of_period({"period": key}), _is(view, key)) for key in ("7d", "28d", "30d", "91d")
    ]
    return [
        [
            MenuLink(_("Realtime"), _live_url(view)),
            MenuLink(_("Today"), view.of_period({"period": "day"}), _is_day(view, today)),
            MenuLink(_("Yesterday"), view.of_period({"period": "yesterday"}), _is_day(view, today - _DAY)),
            *_last_24_hours(view),
        ],
        rolling,
        [
            MenuLink(
                _("This month"), view.of_period({"period": "month"}), _is_from(view, "month", today.replace(day=1))
            ),
            MenuLink(
                _("Last month"),
                view.of_period({"period": "month", "date": str(last_month)}),
                _is_from(view, "month", last_month),
            ),
            MenuLink(_("Last 6 months"), view.of_period({"period": "6mo"}), _is(view, "6mo")),
            MenuLink(_("Last 12 months"), view.of_period({"period": "12mo"}), _is(view, "12mo")),
        ],
        [
            MenuLink(
                _("This year"), view.of_period({"period": "year"}), _is_from(view, "year", date(today.year, 1, 1))
            ),
            MenuLink(
                _("Last year"),
                view.of_period({"period": "year", "date": str(last_year)}),
                _is_from(view, "year", last_year),
            ),
            MenuLink(_("All time"), view.of_period({"period": "all"}), _is(view, "all")),
        ],
    ]


def _last_24_hours(view: View) -> list[MenuLink]:
    """Return the link to the last 24 hours; none for an exempt site, whose closed days have no hours."""
    if view.site.privacy.is_exempt:
        return []
    return [MenuLink(_("Last 24 hours"), view.of_period({"period": "24h"}), _is(view, "24h"))]


def _is(view: View, key: str) -> bool:
    return view.period.key == key and not view.parameters.get("date")


def _is_day(view: View, day: date) -> bool:
    return view.period.first == view.period.last == day


def _is_from(view: View, key: str, first: date) -> bool:
    return view.period.key == key and view.period.first == first


def _comparisons(view: View, chosen: str) -> list[MenuLink]:
    return [
        MenuLink(_(name), view.url(drop=("compare_from", "compare_to"), comparison=mode), mode == chosen)
        for mode, name in _COMPARISONS.items()
        if mode != Mode.CUSTOM
    ]


def _chip(view: View, position: int, chosen: ChosenFilter, segments: Mapping[str, str]) -> Chip:
    dimension = _dimension_of(chosen)
    values = [
        label_of(dimension, value) if dimension else _segment_name(chosen, value, segments) for value in chosen.values
    ]
    return Chip(
        chosen.dimension_label,
        _(OPS[chosen.op]),
        _(" or ").join(map(_isolated, values)) if len(values) > 1 else values[0],
        view.url("/filter", drop=("rows_from", "search", "sort"), edit=str(position), dimension=chosen.key),
        view.without_filter(position),
    )


def _isolated(value: str) -> str:
    """Return a value whose control characters for writing directions do not turn the text around it."""
    has_direction = any(unicodedata.bidirectional(character) in _DIRECTIONS for character in value)
    return f"\u2068{value}\u2069" if has_direction else value


def _segment_name(chosen: ChosenFilter, value: str, segments: Mapping[str, str]) -> str:
    return segments.get(value, value) if chosen.key == "segment" else value


def _dimension_of(chosen: ChosenFilter) -> dimensions.Dimension | None:
    """Return the dimension whose values have labels, or None."""
    if any("\t" in value for value in chosen.values):
        return dimensions.NAMED_CITY if chosen.key == "city" else dimensions.NAMED_REGION
    return {"country": dimensions.COUNTRY, "channel": dimensions.CHANNEL, "screen": dimensions.DEVICE}.get(chosen.key)
