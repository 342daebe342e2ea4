"""How long answers take on a year of a large site, and what the year takes on the disk: `scripts/bench --full`.

Both come in by `sillage import`, are counted by `sillage rollups`, and are asked for over HTTP, as anybody would. What
is measured at two sizes, ten times apart, tells how answers grow with the data. A share of the events is another
site's, so that there is something to pass by.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import click

from schema.sites import sites, users
from schema.stores.control import Control
from schema.stores.database import Database
from scripts.benchmarks.harness import Figure, served
from scripts.server.local_socket import OperatorConnection

SITE, OTHER = "year.example", "other.example"
OTHER_SHARE = 0.2
GROWTH = 10
AT_ONCE = 4  # questions of one page
PEERS_BYTES = 360  # that others need for an event, at the least that is reported

Question = dict[str, Any]

_STATS = ["visitors", "visits", "pageviews", "bounce_rate", "visit_duration"]
WIDGETS: Mapping[str, Question] = {
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
TWO_FILTERS = [FILTERS["a country"], FILTERS["a page"]]


@dataclass(frozen=True, slots=True)
class Times:
    """Medians, milliseconds."""

    widgets: Mapping[str, float]  # by what was asked
    filtered: Mapping[str, float]
    page: float
    filtered_page: float
    scan: float  # the reference: all visitors of the year counted from the events


def measure(directory: Path, *, events: int, rounds: int, days: int = 365) -> dict[str, Figure]:
    """Return T4, T5 and T6. events: of the larger year. Raises ClickException where an answer is wrong."""
    small, _ = _year(directory / "small", events=events // GROWTH, rounds=rounds, days=days)
    large, event_bytes = _year(directory / "large", events=events, rounds=rounds, days=days)
    _show(small, large, events)
    growth = {name: _worst(getattr(large, name)) / _worst(getattr(small, name)) for name in ("widgets", "filtered")}
    figures = {
        "T4.widget": _figure(_worst(large.widgets), "ms", large.scan, 20),
        "T4.filtered_year": _figure(_worst(large.filtered), "ms", large.scan, 150),
        "T4.page_year": _figure(large.page, "ms", large.scan, 200),
        "T4.page_two_filters": _figure(large.filtered_page, "ms", large.scan, 500),
        "T5.widget": _figure(growth["widgets"], "times as long", _worst(small.widgets), 1.5),
        "T5.filtered_year": _figure(growth["filtered"], "times as long", _worst(small.filtered), GROWTH),
        "T6": _figure(event_bytes, "bytes per event", PEERS_BYTES, 32),
    }
    for name, figure in figures.items():
        click.echo(f"{name:<20}{figure.value:>10.1f} {figure.unit:<16}(target {figure.target:g})")
    return figures


def _year(directory: Path, *, events: int, rounds: int, days: int) -> tuple[Times, float]:
    """Fill a data directory and ask it; return the times, and the bytes per event on the disk."""
    directory.mkdir()
    shares = {SITE: events - int(events * OTHER_SHARE), OTHER: int(events * OTHER_SHARE)}
    fill(directory, shares, days)
    with served("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores="0,1") as server:
        _check(directory, shares[SITE])
        widgets = _asked(directory, _unfiltered(), rounds)
        filtered = _asked(directory, _filtered(), rounds)
        page = _timed(_page(directory, server.url), rounds)
        filtered_page = _timed(lambda: _page_of_questions(directory), rounds)
    database = Database(f"chdb://{directory}/clickhouse")
    scan = _timed(lambda: database.query("select uniqExact(visitor_id), count() from events where site_id = 1"), rounds)
    size = database.query("select sum(bytes_on_disk) from system.parts where active and database = currentDatabase()")
    database.close()
    return Times(widgets, filtered, page, filtered_page, scan), size[0][0] / events


def fill(directory: Path, shares: Mapping[str, int], days: int) -> None:
    """Bring some days up to yesterday into a data directory. shares: events by site, which are made."""
    control = Control(directory / "control.sqlite3")
    for domain in shares:
        sites.add(control, domain, timezone="Europe/Paris", now=time.time())
    control.close()
    yesterday = datetime.fromtimestamp(time.time() - 86_400, UTC).date()
    for domain, events in shares.items():
        program = [sys.executable, "-m", "scripts.benchmarks.sample_history"]
        past = [*program, domain, str(events), str(days), yesterday.isoformat()]
        with subprocess.Popen(past, stdout=subprocess.PIPE) as lines:  # noqa: S603
            answer = _sillage(directory, "import", "events", "-", "--site", domain, stdin=lines.stdout)
        if json.loads(answer)["accepted"] != events:
            raise click.ClickException(f"not every event of {domain} was taken: {answer}")
    _sillage(directory, "rollups", "rebuild")


def _sillage(directory: Path, *words: str, stdin: Any = None) -> str:
    command = [sys.executable, "-m", "scripts", "--data-dir", str(directory), *words]
    return subprocess.run(command, stdin=stdin, stdout=subprocess.PIPE, check=True, text=True).stdout  # noqa: S603


def _check(directory: Path, events: int) -> None:
    """Every event that was imported must be in the answers: as a page view, an engagement or a custom event."""
    question = {"metrics": ["events"], "dimensions": ["event:name"], "date_range": "all"}
    with closing(OperatorConnection(directory)) as connection:
        found = {row["dimensions"][0]: row["metrics"][0] for row in ask(connection, question)["results"]}
    if found.keys() != {"pageview", "engagement", "Signup"} or not 0.45 * events < found["pageview"] < 0.5 * events:
        raise click.ClickException(f"the answers are wrong: {found} of {events} events")


def _unfiltered() -> dict[str, Question]:
    return {
        f"{name}, {date_range}": question | {"date_range": date_range}
        for name, question in WIDGETS.items()
        for date_range in RANGES
    }


def _filtered() -> dict[str, Question]:
    return {
        f"{name}, {what}": question | {"date_range": "365d", "filters": [condition]}
        for name, question in WIDGETS.items()
        for what, condition in FILTERS.items()
    }


def _asked(directory: Path, questions: Mapping[str, Question], rounds: int) -> dict[str, float]:
    """Return the median time of each question; every one is asked once before."""
    times: dict[str, list[float]] = {name: [] for name in questions}
    with closing(OperatorConnection(directory)) as connection:
        for question in questions.values():
            ask(connection, question)
        with click.progressbar(range(rounds), label="Asking", file=sys.stderr) as bar:
            for _ in bar:
                for name, question in questions.items():
                    times[name].append(_milliseconds(lambda asked=question: ask(connection, asked)))  # type: ignore[misc]
    return {name: median(each) for name, each in times.items()}


def _page(directory: Path, url: str) -> Callable[[], object]:
    """Return what fetches the report of a year, as somebody who is signed in sees it."""
    control = Control(directory / "control.sqlite3")
    token = users.start_session(control, users.add(control, "reader@example.org", now=time.time()), now=time.time())
    control.close()

    def fetch() -> None:
        with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
            connection.request("GET", f"/{SITE}?period=12mo", headers={"Cookie": f"sillage_session={token}"})
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != HTTPStatus.OK or b"Top pages" not in content:
            raise click.ClickException(f"the report could not be fetched: {answer.status}")

    return fetch


def _page_of_questions(directory: Path) -> None:
    """Ask all that a report shows of 30 days, with two filters."""

    def ask_one(question: Question) -> None:
        with closing(OperatorConnection(directory)) as connection:
            ask(connection, question | {"date_range": "30d", "filters": TWO_FILTERS})

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(ask_one, WIDGETS.values()))


def ask(connection: OperatorConnection, question: Question) -> Any:
    """Return the answer of the Stats API about SITE."""
    connection.request("POST", "/api/v2/query", body=json.dumps({"site_id": SITE} | question))
    answer = connection.getresponse()
    content = json.load(answer)
    if answer.status != HTTPStatus.OK:
        raise click.ClickException(f"{question} was not answered: {content}")
    return content


def _timed(call: Callable[[], object], rounds: int) -> float:
    call()
    return median(_milliseconds(call) for _ in range(rounds))


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def _worst(times: Mapping[str, float]) -> float:
    return max(times.values())


def _figure(value: float, unit: str, reference: float, target: float) -> Figure:
    return Figure(round(value, 2), unit, round(reference, 2), target, value <= target)


def _show(small: Times, large: Times, events: int) -> None:
    click.echo(f"Medians in ms with {events // GROWTH:,} events, and with {events:,}:")
    for before, after in ((small.widgets, large.widgets), (small.filtered, large.filtered)):
        for name in after:
            click.echo(f"  {name:<40}{before[name]:>9.1f}{after[name]:>9.1f}")
    click.echo(f"  {'a page of a year':<40}{small.page:>9.1f}{large.page:>9.1f}")
    click.echo(f"  {'a page of 30 days, two filters':<40}{small.filtered_page:>9.1f}{large.filtered_page:>9.1f}")
    click.echo(f"  {'(visitors of a year, from the events)':<40}{small.scan:>9.1f}{large.scan:>9.1f}")
