"""Programs that read statistics, with the clients that are published for Plausible, unchanged."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.browser import missing
from tests.server import Server

HISTORY = Path(__file__).parent.parent / "history.ndjson"
IMPORTED = date(2026, 3, 10)  # the day of it
DAY = datetime.now(UTC).date() - timedelta(days=2)  # the day that clients see it on, for they ask about recent months
LOCK = Path(__file__).parent.parent.parent / "requirements.lock"
CLIENTS = ("kctl-plausible==0.10.3", "plausible-mcp==0.1.2")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory in which the published clients are installed."""
    directory = tmp_path_factory.mktemp("clients")
    # kctl-plausible asks for Python 3.12, and needs nothing of it.
    options = ["--quiet", "--no-compile", "--ignore-requires-python", "--constraint", str(LOCK)]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(directory), *CLIENTS]
    if subprocess.run(command, check=False).returncode:
        missing(f"pip could not fetch {', '.join(CLIENTS)}")
    return directory


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server with the history."""
    directory = tmp_path_factory.mktemp("server")
    later_ms = (DAY - IMPORTED) // timedelta(milliseconds=1)
    history = HISTORY.read_text().replace(IMPORTED.isoformat(), DAY.isoformat())
    history = re.sub(r'"time": (\d+)', lambda time: f'"time": {int(time[1]) + later_ms}', history)
    (directory / "history.ndjson").write_text(history)
    with Server(directory / "data") as server:
        server.command("import", "events", str(directory / "history.ndjson"), "--site", "example.org")
        yield server


@pytest.fixture
def environment(server: Server, clients: Path, tmp_path: Path) -> Mapping[str, str]:
    """Give what the clients are told by their environment."""
    scopes = ["--scope", "stats:read", "--scope", "sites:provision"]
    key = server.command("keys", "add", "--name", tmp_path.name, *scopes).strip()
    kctl = {"KCTL_PLAUSIBLE_PROFILE": "default", "KCTL_PLAUSIBLE_URL": server.url, "KCTL_PLAUSIBLE_API_KEY": key}
    mcp = {"PLAUSIBLE_BASE_URL": server.url, "PLAUSIBLE_API_KEY": key, "DO_NOT_TRACK": "1"}
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(clients), "NO_COLOR": "1"}
    return own | kctl | mcp


def kctl(environment: Mapping[str, str], *words: str) -> str:
    """Run the command line for Plausible. Its tables do not print with the library it asks for; exports do."""
    command = [sys.executable, "-m", "kctl_plausible", *words]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_command_line_tells_who_is_there(environment):
    assert "Realtime Visitors: 0" in kctl(environment, "stats", "realtime", "example.org")


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        pytest.param(
            ["--property", "event:page"],
            ["page,visitors,pageviews", "/,1,1", "/blog,1,1", "/contact,1,1", "/shop,1,0"],
            id="pages",
        ),
        pytest.param(
            ["--metrics", "visitors,bounce_rate,visit_duration"],
            ["source,visitors,bounce_rate,visit_duration", "Direct / None,2,100,0", "letter,1,0,240"],
            id="sources",
        ),
        pytest.param(["--property", "visit:country"], ["country,visitors,pageviews", "FR,1,1"], id="countries"),
        pytest.param(["--limit", "1"], ["source,visitors,pageviews", "Direct / None,2,2"], id="the first"),
    ],
)
def test_the_command_line_exports_a_table(environment, words, rows):
    assert kctl(environment, "export", "csv", "example.org", "--period", "12mo", *words).splitlines() == rows


def test_the_command_line_exports_json(environment):
    found = kctl(environment, "export", "json", "example.org", "--period", "12mo", "--property", "visit:browser")

    assert json.loads(found) == [
        {"browser": "(not set)", "visitors": 2, "pageviews": 2},
        {"browser": "Firefox", "visitors": 1, "pageviews": 1},
    ]


def test_the_command_line_adds_a_site(environment, server):
    assert '"domain": "other.example"' in kctl(environment, "sites", "create", "other.example")
    assert "other.example" in server.command("sites", "list")


class Assistant:
    """A program that lets a language model ask: it speaks the Model Context Protocol over standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._count = 0
        about = {"name": "sillage", "version": "1"}
        self._ask("initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": about})
        self._say({"method": "notifications/initialized"})

    def call(self, tool: str, **arguments: Any) -> str:
        """Return what a tool says."""
        answer = self._ask("tools/call", {"name": tool, "arguments": arguments})
        return str(answer["result"]["content"][0]["text"])

    def _ask(self, method: str, parameters: dict[str, Any]) -> Any:
        self._count += 1
        self._say({"id": self._count, "method": method, "params": parameters})
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
        self._process.stdin.flush()


@pytest.fixture
def assistant(environment: Mapping[str, str]) -> Iterator[Assistant]:
    """Give the MCP server for Plausible."""
    command = [sys.executable, "-m", "plausible_mcp.server"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield Assistant(process)
        process.kill()


def test_an_assistant_reads_numbers(assistant):
    totals = json.loads(assistant.call("get_aggregate_stats", site_id="example.org", date_range=DAY.isoformat()))
    pages = json.loads(assistant.call("get_breakdown", site_id="example.org", property_name="page", date_range="12mo"))
    period = f"{DAY - timedelta(days=9)},{DAY}"
    days = json.loads(assistant.call("get_timeseries", site_id="example.org", date_range=period))
    now = json.loads(assistant.call("get_realtime_visitors", site_id="example.org"))

    assert totals["totals"] == {"visitors": 3, "pageviews": 3, "bounce_rate": 67, "visit_duration": 80}
    assert [row["page"] for row in pages["results"]] == ["/", "/blog", "/contact", "/shop"]
    assert [row["visitors"] for row in days["timeseries"]] == [0] * 9 + [3]
    assert now["realtime_visitors"] == 0


def test_an_assistant_finds_the_server_well(assistant):
    found = json.loads(assistant.call("doctor"))

    assert (found["status"], found["token_valid"]) == ("healthy", True)


def test_an_assistant_is_refused_what_is_not_there(assistant):
    assert "HTTP 401" in assistant.call("get_aggregate_stats", site_id="none.example")
