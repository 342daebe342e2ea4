"""Metrics, and the table that each is computed from.

Page views and other metrics of events come from `events`, metrics of whole visits from `visits`. Visitors and visits
can be counted in either.
"""

from enum import StrEnum


class Table(StrEnum):
    EVENTS = "events"
    VISITS = "visits"


class Metric(StrEnum):
    VISITORS = "visitors"
    VISITS = "visits"
    PAGEVIEWS = "pageviews"
    EVENTS = "events"  # page views and custom events; None for scroll goals
    VIEWS_PER_VISIT = "views_per_visit"  # two decimals
    BOUNCE_RATE = "bounce_rate"  # whole percent
    VISIT_DURATION = "visit_duration"  # whole seconds, on average
    SCROLL_DEPTH = "scroll_depth"  # whole percent, on average over visits; None: unknown
    TIME_ON_PAGE = "time_on_page"  # whole seconds, on average over visits; None: unknown
    TOTAL_REVENUE = "total_revenue"  # Money, or None
    AVERAGE_REVENUE = "average_revenue"  # Money, or None
    PERCENTAGE = "percentage"  # of all visitors, two decimals
    CONVERSION_RATE = "conversion_rate"  # of the visitors before goal filters, percent, two decimals
    GROUP_CONVERSION_RATE = "group_conversion_rate"  # the same, within each group


COUNTS = frozenset({Metric.VISITORS, Metric.VISITS, Metric.PAGEVIEWS, Metric.EVENTS})
REVENUE = frozenset({Metric.TOTAL_REVENUE, Metric.AVERAGE_REVENUE})
CONVERSIONS = frozenset({Metric.CONVERSION_RATE, Metric.GROUP_CONVERSION_RATE})
SHARES = CONVERSIONS | {Metric.PERCENTAGE}
EVENT_ONLY = REVENUE | {Metric.PAGEVIEWS, Metric.EVENTS, Metric.SCROLL_DEPTH, Metric.TIME_ON_PAGE}
VISIT_ONLY = frozenset({Metric.VIEWS_PER_VISIT, Metric.BOUNCE_RATE, Metric.VISIT_DURATION})
