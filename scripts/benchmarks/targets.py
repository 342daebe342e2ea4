"""The performance targets T1 to T10, with their keys in the JSON of `scripts/bench`.

Times and rates were set on a machine where a request to the bare server takes BARE_US. `scripts/bench` measures
T7 and T8 with `--load`, and not T10.
"""

from dataclasses import dataclass

from scripts.benchmarks.harness import Figure

BARE_US = 27.0  # CPU time


@dataclass(frozen=True, slots=True)
class Target:
    """A limit for one measured value."""

    key: str
    measures: str
    limit: float
    unit: str
    is_minimum: bool = False  # else a maximum

    def figure(self, value: float, *, reference: float, limit: float | None = None, digits: int = 2) -> Figure:
        """Return the figure for a value. limit: replaces the target's, for instance on a slower machine."""
        limit = self.limit if limit is None else limit
        is_met = value >= limit if self.is_minimum else value <= limit
        return Figure(round(value, digits), self.unit, round(reference, digits), round(limit, digits), is_met)


_MINIMUM = True
TARGETS = (
    Target(
        "T1",
        "events/s accepted and stored on one core, relative to bare uvicorn",
        0.45,
        "share of the ceiling",
        _MINIMUM,
    ),
    Target("T2.per_second", "events/s on two cores while a dashboard widget reloads", 10_000, "events/s", _MINIMUM),
    Target("T2.p99", "latency of an event during T2.per_second, 99th percentile", 50, "ms"),
    Target("T2.widget", "latency of the widget during T2.per_second, median", 25, "ms"),
    Target("T3.mixed", "CPU time per event, from body to spool, typical traffic", 15, "us an event"),
    Target(
        "T3.new_visitors", "CPU time per event, only new visitors, one in ten with a new user agent", 25, "us an event"
    ),
    Target("T3.many_rules", "T3.mixed with 100,000 exclusions, relative to 10 exclusions", 1.25, "us an event"),
    Target("T4.widget", "slowest widget without filters, any range", 20, "ms"),
    Target("T4.filtered_year", "slowest widget with one filter, 365 days", 150, "ms"),
    Target("T4.page_year", "whole page without filters, 365 days", 100, "ms"),
    Target("T4.page_all", "whole page without filters, all time", 120, "ms"),
    Target("T4.page_two_filters", "whole page with two filters, 30 days", 300, "ms"),
    Target("T4.page_demo", "slowest report page of a site with ten thousand visits, any period", 60, "ms"),
    Target("T4.paint", "first contentful paint of that report in Chromium", 300, "ms"),
    Target("T5.widget", "growth of T4.widget with ten times the data", 1.5, "times as long"),
    Target("T5.filtered_year", "growth of T4.filtered_year with ten times the data", 10, "times as long"),
    Target("T6", "disk space per event, all tables", 32, "bytes per event"),
    Target("T7.idle", "memory of the idle server", 320, "MB"),
    Target("T7.busy", "memory at full ingest with dashboards", 650, "MB"),
    Target("T7.unread_exports", "additional memory for 20 exports that nobody reads", 100, "MB"),
    Target("T8", "start to first accepted event, with 18 million events stored", 2, "s"),
    Target("T9.core", "tracker script without extensions", 700, "bytes, gzip"),
    Target("T9.everything", "tracker script with all extensions", 1500, "bytes, gzip"),
    Target("T10.size", "first load of a dashboard page, compressed, all resources", 60_000, "bytes"),
    Target("T10.requests", "requests of a first load, none to third parties", 10, "requests"),
    Target("flood.p50", "latency of a hit during a flood, median, relative to idle", 3, "times the idle latency"),
    Target(
        "flood.p99", "latency of a hit during a flood, 99th percentile, relative to idle", 3, "times the idle latency"
    ),
    Target(
        "workers.gain",
        "events/s of two workers on two cores, relative to one process on one core",
        1.6,
        "times",
        _MINIMUM,
    ),
    Target("workers.p99", "latency of a hit with two workers while a widget reloads, 99th percentile", 2, "ms"),
    Target(
        "load.share",
        "events/s of minutes of full load, relative to bare uvicorn",
        0.45,
        "share",
        _MINIMUM,
    ),
    Target("load.per_second", "events/s of that load, median of its steps", 10_000, "events/s", _MINIMUM),
    Target("load.widget", "latency of a widget during that load, median", 25, "ms"),
    Target("load.memory", "memory in the last third of that load, relative to the middle third", 1.1, "times"),
    Target("load.p99", "99th percentile in the last third of that load, relative to the middle third", 1.5, "times"),
    Target("load.parts", "most parts of all tables on disk during that load", 300, "parts"),
    Target("load.start", "start to first accepted event, after that load", 2, "s"),
)
BY_KEY = {target.key: target for target in TARGETS}
