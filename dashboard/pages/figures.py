"""Numbers, durations, shares and dates formatted for people, in the language of the page."""

import math
from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_compact_currency, format_currency, format_decimal

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import locale
from dashboard.stats.model.metrics import CONVERSIONS, Metric
from dashboard.stats.model.period import Interval, Period
from dashboard.stats.model.result import Money, Number
from schema.sentence import Size

NOTHING = "—"
_STEPS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))
_COMPACT_MONEY = 10_000_000
_RATES = frozenset({Metric.BOUNCE_RATE, Metric.SCROLL_DEPTH})


def short(number: float) -> str:
    """Return a number in about five characters: 999, 12.3k, 4M. Digits are cut off, never rounded up."""
    for size, letter in _STEPS:
        if number >= size:
            tenths = math.floor(number / size * 10) / 10
            return _unit(format_decimal(tenths, "0.#", locale=locale()), _letter(letter))
    return format_decimal(number, "0.##", locale=locale())


def exact(number: float) -> str:
    """Return a number with all its digits: 12,345."""
    return format_decimal(number, locale=locale())


def size(number_bytes: int) -> str:
    """Return a number of bytes: 1.4 MB."""
    return language.size(Size(number_bytes))


def duration(seconds: float) -> str:
    """Return a duration: 45s, 1m 23s, 2h 5m."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)dh %(minutes)dm", hours=hours, minutes=minutes)
    if minutes:
        return _("%(minutes)dm %(seconds)ds", minutes=minutes, seconds=rest)
    return _("%(seconds)ds", seconds=rest)


def percent(share: float) -> str:
    """Return a share from 0 to 1: 0%, <0.1%, 0.4%, 37%."""
    points = share * 100
    if 0 < points < 0.1:
        return "<" + of_percent(0.1)
    return of_percent(points, "0.0" if 0 < points < 1 else "0")


def of_percent(points: float, pattern: str = "0.##") -> str:
    """Return a number of percent."""
    return _("%(number)s%%", number=format_decimal(points, pattern, locale=locale()))


def of_metric(metric: Metric, number: Number) -> str:
    """Return a number in the format of its metric."""
    if isinstance(number, Money):
        return _money(number)
    if number is None:
        return NOTHING
    if metric in _RATES | CONVERSIONS:
        return of_percent(number, "0.#" if metric in CONVERSIONS else "0.##")
    if metric in (Metric.VISIT_DURATION, Metric.TIME_ON_PAGE):
        return duration(number)
    if metric is Metric.VIEWS_PER_VISIT:
        return format_decimal(number, "0.##", locale=locale())
    return short(number)


def _money(money: Money) -> str:
    """Return an amount in about ten characters: €999.99, €25,110, €12.3M."""
    if abs(money.amount) >= _COMPACT_MONEY:
        return format_compact_currency(money.amount, money.currency, locale=locale(), fraction_digits=1)
    if abs(money.amount) >= 1000:
        pattern = locale().currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(money.amount, money.currency, pattern, locale=locale(), currency_digits=False)
    return format_currency(money.amount, money.currency, locale=locale())


def exactly_of_metric(metric: Metric, number: Number) -> str:
    """Return a number in the format of its metric, with all its digits."""
    if isinstance(number, Money) and abs(number.amount) >= _COMPACT_MONEY:
        return format_currency(number.amount, number.currency, locale=locale())
    if isinstance(number, int | float) and metric in (Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.EVENTS):
        return exact(number)
    return of_metric(metric, number)


def days(period: Period, *, has_year: bool = True) -> str:
    """Return the days of a period: 3 Nov 2026, or 25 Oct – 21 Nov 2026."""
    if period.first == period.last:
        return format_date(period.first, "d MMM y" if has_year else "d MMM", locale=locale())
    return format_interval(period.first, period.last, "yMMMd" if has_year else "MMMd", locale=locale())


def day(when: date) -> str:
    """Return a day with its weekday: Thu 19 Nov."""
    return format_date(when, "EEE d MMM", locale=locale())


def full_day(when: date) -> str:
    """Return a day with its month as a word: 19 November 2026."""
    return format_date(when, "d MMMM y", locale=locale())


def moment(when: datetime) -> str:
    """Return a day and the time: 19 Nov 2026, 14:30."""
    return format_datetime(when, "d MMM y, HH:mm", locale=locale())


def country(code: str) -> str:
    """Return the name of a country, or its code if it has none."""
    return str(locale().territories.get(code, code))


def long_day(when: date) -> str:
    """Return a day with its year: 19 Nov 2026."""
    return format_date(when, "d MMM y", locale=locale())


def below_axis(label: str, interval: Interval) -> str:
    """Return the label of a bucket below the axis of a chart. January shows the year."""
    match interval:
        case Interval.MINUTE | Interval.HOUR:
            return label[11:16]
        case Interval.MONTH:
            month = date.fromisoformat(label)
            return format_date(month, "y" if month.month == 1 else "MMM", locale=locale())
        case _:
            return format_date(date.fromisoformat(label), "d MMM", locale=locale())


def bucket(label: str, interval: Interval) -> str:
    """Return the label of a bucket in a sentence or a list."""
    start = datetime.fromisoformat(label).date()
    match interval:
        case Interval.MINUTE | Interval.HOUR:
            return f"{day(start)}, {label[11:16]}"
        case Interval.DAY:
            return format_date(start, "EEE d MMM y", locale=locale())
        case Interval.WEEK:
            return _("week of %(day)s", day=format_date(start, "d MMM y", locale=locale()))
        case Interval.MONTH:
            return format_date(start, "MMMM y", locale=locale())


def _unit(number: str, letter: str) -> str:
    return _("%(number)s%(letter)s", number=number, letter=letter)


def _letter(letter: str) -> str:
    return _("B") if letter == "B" else letter
