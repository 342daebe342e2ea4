"""Query latency (T4), its growth with the data (T5) and disk space per event (T6) for a year of a large site.

`sillage import` and `sillage rollups` load the data, and queries go over HTTP. T5 compares two sizes, ten times apart.
A share of the events belongs to another site, which queries have to skip.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import click

from schema.people import users
from schema.sites import sites
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.benchmarks.harness import Figure, server_process
from scripts.benchmarks.targets import BY_KEY
from scripts.server.local_socket import OperatorConnection

SITE, OTHER = "year.example", "other.example"
OTHER_SHARE = 0.2
GROWTH = 10
PEERS_BYTES = 360  # per event in other products, the lowest reported

Query = dict[str, Any]

_STATS = ["visitors", "visits", "pageviews", "bounce_rate", "visit_duration"]
WIDGETS: Mapping[str, Query] = {
    "top stats": {"metrics": _STATS},
    "visitors by day": {"metrics": ["visitors"], "dimensions": ["time:day"]},
} | {
    dimension: {"metrics": ["visitors"], "dimensions": [dimension], "pagination": {"limit": 9}}
    for dimension in (
        *("visit:source", "visit:channel", "visit:referrer", "visit:utm_campaign", "visit:country", "event:page"),
        *("visit:entry_page", "visit:exit_page", "visit:browser", "visit:os", "visit:device", "event:props:plan"),
    )
}
RANGES = ("day", "7d", "30d", "6mo", "365d", "all")
FILTERS = {
    "a country": ["is", "visit:country", ["FR"]],
    "a source": ["is", "visit:source", ["Google"]],
    "a page": ["contains", "event:page", ["/python/"]],
}
PAGES = {  # report pages, by the end of their keys
    "year": "period=12mo",
    "all": "period=all",
    "two_filters": "period=30d&f=is,country,FR&f=contains,page,/python/",
}


@dataclass(frozen=True, slots=True)
class Times:
    """Median latencies in milliseconds."""

    widgets: Mapping[str, float]  # by name
    filtered: Mapping[str, float]
    pages: Mapping[str, float]  # by the end of their keys
    scan: float  # the reference: counts all visitors from the events


def measure(directory: Path, *, events: int, rounds: int, days: int = 365) -> dict[str, Figure]:
    """Return T4, T5 and T6. events: of the larger data set. Raises ClickException if a result is wrong."""
    small, _ = _year(directory / "small", events=events // GROWTH, rounds=rounds, days=days)
    large, event_bytes = _year(directory / "large", events=events, rounds=rounds, days=days)
    _show(small, large, events)
    growth = {name: _worst(getattr(large, name)) / _worst(getattr(small, name)) for name in ("widgets", "filtered")}
    values = {  # with their references
        "T4.widget": (_worst(large.widgets), large.scan),
        "T4.filtered_year": (_worst(large.filtered), large.scan),
        **{f"T4.page_{name}": (milliseconds, large.scan) for name, milliseconds in large.pages.items()},
        "T5.widget": (growth["widgets"], _worst(small.widgets)),
        "T5.filtered_year": (growth["filtered"], _worst(small.filtered)),
        "T6": (event_bytes, PEERS_BYTES),
    }
    figures = {key: BY_KEY[key].figure(value, reference=reference) for key, (value, reference) in values.items()}
    for key, figure in figures.items():
        click.echo(f"{BY_KEY[key].measures}:")
        click.echo(f"{key:<20}{figure.value:>10.1f} {figure.unit:<16}(target {figure.target:g})")
    return figures


def _year(directory: Path, *, events: int, rounds: int, days: int) -> tuple[Times, float]:
    """Fill a data directory and query it. Return the latencies and the bytes per event on disk."""
    directory.mkdir()
    shares = {SITE: events - int(events * OTHER_SHARE), OTHER: int(events * OTHER_SHARE)}
    fill(directory, shares, days)
    with server_process("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores="0,1") as server:
        _check(directory, shares[SITE])
        widgets = _query_latencies(directory, _unfiltered(), rounds)
        filtered = _query_latencies(directory, _filtered(), rounds)
        fetch, _cookie = reader(directory, server.url)
        pages = {name: timed(partial(fetch, query), rounds) for name, query in PAGES.items()}
    database = Database(f"chdb://{directory}/clickhouse")
    scan = timed(lambda: database.query("select uniqExact(visitor_id), count() from events where site_id = 1"), rounds)
    size = database.query("select sum(bytes_on_disk) from system.parts where active and database = currentDatabase()")
    database.close()
    return Times(widgets, filtered, pages, scan), size[0][0] / events


def fill(directory: Path, shares: Mapping[str, int], days: int) -> None:
    """Add sites with sample history up to yesterday. shares: site -> number of events."""
    control = Control(directory / "control.sqlite3", now=time.time())
    for domain in shares:
        sites.add(control, domain, timezone="Europe/Paris", now=time.time())
    control.close()
    yesterday = datetime.fromtimestamp(time.time() - 86_400, UTC).date()
    for domain, events in shares.items():
        program = [sys.executable, "-m", "scripts.benchmarks.sample_history"]
        generate = [*program, domain, str(events), str(days), yesterday.isoformat()]
        with subprocess.Popen(generate, stdout=subprocess.PIPE) as lines:  # noqa: S603
            answer = _sillage(directory, "import", "events", "-", "--site", domain, stdin=lines.stdout)
        if json.loads(answer)["accepted"] != events:
            raise click.ClickException(f"Not every event of {domain} was imported: {answer}")
    _sillage(directory, "rollups", "rebuild")


def _sillage(directory: Path, *words: str, stdin: Any = None) -> str:
    command = [sys.executable, "-m", "scripts", "--data-dir", str(directory), *words]
    return subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE, check=True, text=True).stdout  # noqa: S603


def _check(directory: Path, events: int) -> None:
    """Check that the results contain every imported event."""
    query = {"metrics": ["events"], "dimensions": ["event:name"], "date_range": "all"}
    with closing(OperatorConnection(directory)) as connection:
        counts = {row["dimensions"][0]: row["metrics"][0] for row in run_query(connection, query)["results"]}
    if counts.keys() != {"pageview", "engagement", "Signup"} or not 0.45 * events < counts["pageview"] < 0.5 * events:
        raise click.ClickException(f"The results are wrong: {counts} of {events} events.")


def _unfiltered() -> dict[str, Query]:
    return {
        f"{name}, {date_range}": query | {"date_range": date_range}
        for name, query in WIDGETS.items()
        for date_range in RANGES
    }


def _filtered() -> dict[str, Query]:
    return {
        f"{name}, {filter_name}": query | {"date_range": "365d", "filters": [condition]}
        for name, query in WIDGETS.items()
        for filter_name, condition in FILTERS.items()
    }


def _query_latencies(directory: Path, queries: Mapping[str, Query], rounds: int) -> dict[str, float]:
    """Return the median latency of each query, after one warm-up run."""
    times: dict[str, list[float]] = {name: [] for name in queries}
    with closing(OperatorConnection(directory)) as connection:
        for query in queries.values():
            run_query(connection, query)
        with click.progressbar(range(rounds), label="Querying", file=sys.stderr) as bar:
            for _ in bar:
                for name, query in queries.items():
                    times[name].append(_milliseconds(lambda query=query: run_query(connection, query)))  # type: ignore[misc]
    return {name: median(latencies) for name, latencies in times.items()}


def reader(directory: Path, url: str) -> tuple[Callable[..., None], tuple[str, str]]:
    """Return a function that fetches a page as a signed-in user, by default the report, and the session's cookie."""
    control = Control(directory / "control.sqlite3", now=time.time())
    token = users.start_session(
        control, users.add(control, "reader@example.org", now=time.time(), is_owner=True), now=time.time()
    )
    control.close()
    cookie = ("sillage_session", token)

    def fetch(query: str, path: str = f"/{SITE}") -> None:
        with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
            connection.request("GET", f"{path}?{query}", headers={"Cookie": f"{cookie[0]}={cookie[1]}"})
            response = connection.getresponse()
            content = response.read()
        if response.status != HTTPStatus.OK or (path == f"/{SITE}" and b'id="pages"' not in content):
            raise click.ClickException(f"The page {path}?{query} could not be fetched: status {response.status}.")

    return fetch, cookie


def run_query(connection: OperatorConnection, query: Query) -> Any:
    """Return the result of a Stats API query on SITE."""
    connection.request("POST", "/api/v2/query", body=json.dumps({"site_id": SITE} | query))
    response = connection.getresponse()
    content = json.load(response)
    if response.status != HTTPStatus.OK:
        raise click.ClickException(f"{query} failed: {content}")
    return content


def timed(call: Callable[[], object], rounds: int) -> float:
    """Return the median milliseconds of calls, after one to warm up."""
    call()
    return median(_milliseconds(call) for _ in range(rounds))


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def _worst(times: Mapping[str, float]) -> float:
    return max(times.values())


def _show(small: Times, large: Times, events: int) -> None:
    click.echo(f"Median latencies in ms, with {events // GROWTH:,} and with {events:,} events:")
    for before, after in ((small.widgets, large.widgets), (small.filtered, large.filtered)):
        for name in after:
            click.echo(f"  {name:<40}{before[name]:>9.1f}{after[name]:>9.1f}")
    for name, query in PAGES.items():
        click.echo(f"  {'report, ' + query:<60}{small.pages[name]:>9.1f}{large.pages[name]:>9.1f}")
    click.echo(f"  {'(reference: visitors from the events)':<40}{small.scan:>9.1f}{large.scan:>9.1f}")
