"""Report pages of a demo site (T4): the slowest of all periods, and the first paint of one in Chromium.

The site has ten thousand visits in a year. Pages are fetched over HTTP as a signed-in user.
"""

import shutil
from functools import partial
from pathlib import Path
from statistics import median

import click

from dashboard.stats.model.period import KEYS
from scripts.benchmarks.harness import Figure, server_process
from scripts.benchmarks.query_latency import SITE, fill, reader, timed
from scripts.benchmarks.targets import BY_KEY

EVENTS, DAYS = 55_000, 365
PERIODS = tuple(key for key in KEYS if key != "custom")
# A function, not a text to wait for: the policy of the page forbids to evaluate texts.
_FIRST_PAINT = """() => new Promise(resolve => new PerformanceObserver(entries => {
  for (const entry of entries.getEntriesByName('first-contentful-paint')) resolve(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


def measure(directory: Path, *, rounds: int, events: int = EVENTS, days: int = DAYS) -> dict[str, Figure]:
    """Return T4.page_demo, and T4.paint where Chromium is installed. The reference is a page without statistics."""
    fill(directory, {SITE: events}, days)
    with server_process("scripts", "serve", "--port", "0", "--data-dir", str(directory), cores="0,1") as server:
        fetch, cookie = reader(directory, server.url)
        times = {period: timed(partial(fetch, f"period={period}"), rounds) for period in PERIODS}
        reference = timed(partial(fetch, "", path="/keys"), rounds)
        paint = first_paint(f"{server.url}/{SITE}", cookie, rounds=rounds)
    _show(times)
    values = {"T4.page_demo": max(times.values())} | ({} if paint is None else {"T4.paint": paint})
    figures = {key: BY_KEY[key].figure(value, reference=reference) for key, value in values.items()}
    for key, figure in figures.items():
        click.echo(f"{BY_KEY[key].measures}:")
        click.echo(f"{key:<20}{figure.value:>10.1f} {figure.unit:<16}(target {figure.target:g})")
    return figures


def first_paint(url: str, cookie: tuple[str, str], *, rounds: int) -> float | None:
    """Return the median milliseconds to the first contentful paint, or None without a browser. cookie: name, value."""
    executable = shutil.which("chromium")
    if executable is None:
        click.echo("T4.paint is not measured: Chromium is not installed (on Debian: apt-get install chromium).")
        return None
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        click.echo("T4.paint is not measured: Playwright is not installed (it is in the group `dev`).")
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": url}])
        paints: list[float] = []
        for _ in range(rounds + 1):
            page = context.new_page()
            page.goto(url)
            paints.append(page.evaluate(_FIRST_PAINT))
            page.close()
        browser.close()
    return median(paints[1:])  # without the warm-up


def _show(times: dict[str, float]) -> None:
    click.echo("Median latencies of the report of the demo site, in ms:")
    for period, milliseconds in times.items():
        click.echo(f"  {period:<40}{milliseconds:>9.1f}")
