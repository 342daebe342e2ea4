"""What can be counted, and which table knows it.

A page view is an event; what describes a whole visit is in `visits`. Visitors and visits can be counted in either.
"""

from enum import StrEnum
from types import MappingProxyType


class Metric(StrEnum):
    VISITORS = "visitors"
    VISITS = "visits"
    PAGEVIEWS = "pageviews"
    VIEWS_PER_VISIT = "views_per_visit"  # two decimals
    BOUNCE_RATE = "bounce_rate"  # whole percent
    VISIT_DURATION = "visit_duration"  # whole seconds, on average


EVENT_ONLY = frozenset({Metric.PAGEVIEWS})
VISIT_ONLY = frozenset({Metric.VIEWS_PER_VISIT, Metric.BOUNCE_RATE, Metric.VISIT_DURATION})

# Engagement events count as a sign of a visitor, and as nothing else.
FROM_EVENTS = MappingProxyType(
    {
        Metric.VISITORS: "uniqExact(visitor_id)",
        Metric.VISITS: "uniqExact(visit_id)",
        Metric.PAGEVIEWS: "countIf(name = 'pageview')",
    }
)

# ClickHouse rounds a half to the even neighbour: 12.5 percent is 12. Nothing divided by nothing is 0.
FROM_VISITS = MappingProxyType(
    {
        Metric.VISITORS: "uniqExact(visitor_id)",
        Metric.VISITS: "count()",
        Metric.VIEWS_PER_VISIT: "ifNotFinite(round(sum(pageviews) / count(), 2), 0)",
        Metric.BOUNCE_RATE: "toUInt32(ifNotFinite(round(100 * sum(is_bounce) / count()), 0))",
        Metric.VISIT_DURATION: "toUInt32(ifNotFinite(round(sum(duration) / count()), 0))",
    }
)
