"""What docker-compose.yml contains for other programs is valid, and no service has rights that it does not need."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from dashboard.pages import snippets
from schema.privacy import opt_out

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = YAML(typ="safe").load(TEXT)
SERVICES = COMPOSE["services"]
CADDYFILE = COMPOSE["configs"]["caddyfile"]["content"].replace("$$", "$")
CLICKHOUSE = COMPOSE["configs"]["clickhouse"]["content"]
_OPENED = """
import sys
from chdb.session import Session
session = Session(f"{sys.argv[1]}?config-file={sys.argv[2]}")
names = "('max_server_memory_usage', 'mark_cache_size', 'background_pool_size')"
print(session.query(f"select name, value from system.server_settings where name in {names} order by name", "CSV"))
"""


def test_only_sillage_runs_without_a_profile():
    assert {"sillage": [], "clickhouse": ["clickhouse"], "caddy": ["caddy"]} == {
        name: service.get("profiles", []) for name, service in SERVICES.items()
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_right_it_does_not_need(name):
    service = SERVICES[name]

    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert {"caddy": ["NET_BIND_SERVICE"]}.get(name, []) == service.get("cap_add", [])
    assert not service.get("privileged")


def test_clickhouse_is_reached_by_sillage_only():
    assert "ports" not in SERVICES["clickhouse"]
    assert ["database"] == SERVICES["clickhouse"]["networks"]
    assert COMPOSE["networks"]["database"]["internal"]
    assert ["caddy"] == [name for name, service in SERVICES.items() if service["networks"] == ["proxied"]]


def test_no_password_is_in_the_file():
    assert "${CLICKHOUSE_PASSWORD:-}" == SERVICES["clickhouse"]["environment"]["CLICKHOUSE_PASSWORD"]


@pytest.mark.parametrize("key", ["restart", "stop_grace_period", "read_only", "tmpfs", "cap_drop", "security_opt"])
def test_the_values_of_sillage_are_explained(key):
    block = TEXT.partition("  sillage:\n")[2].partition("\n\n")[0]
    lines = block.splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith(f"    {key}:")]

    assert "#" in lines[number - 1] + lines[number + 1]


def adapted(tmp_path: Path, caddyfile: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("caddy") is None and "CI" not in os.environ:
        pytest.skip("caddy is not installed (on Debian: apt install caddy)")
    file = tmp_path / "Caddyfile"
    file.write_text(caddyfile)
    names = {"STATS_DOMAIN": "stats.example.org", "SITE_DOMAIN": "example.org", "SITE_UPSTREAM": "127.0.0.1:8080"}
    environment = os.environ | names | {"HOME": str(tmp_path)}
    command = ["caddy", "adapt", "--validate", "--config", str(file), "--adapter", "caddyfile"]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_caddy_accepts_its_configuration(tmp_path):
    done = adapted(tmp_path, CADDYFILE)
    assert 0 == done.returncode, done.stderr
    servers = json.loads(done.stdout)["apps"]["http"]["servers"]
    hosts = [host for server in servers.values() for route in server["routes"] for host in route["match"][0]["host"]]

    assert ["example.org", "stats.example.org"] == sorted(hosts)


def test_a_mistake_in_the_caddyfile_is_noticed(tmp_path):
    assert 0 != adapted(tmp_path, CADDYFILE.replace("reverse_proxy", "reverse_proxi")).returncode


def test_the_first_party_path_is_that_of_the_snippet():
    """Lines for an existing Caddyfile are on the page "Install"; these here are the same."""
    matcher = re.search(r"@sillage path .*", snippets.caddy("example.org", "http://sillage:8000"))

    assert matcher is not None
    assert matcher[0] in CADDYFILE
    assert f'header_up Cookie "{opt_out.COOKIE}={{http.request.cookie.{opt_out.COOKIE}}}"' in CADDYFILE


def test_the_engine_reads_the_configuration_of_clickhouse(tmp_path):
    file = tmp_path / "config.xml"
    file.write_text(CLICKHOUSE)
    command = [sys.executable, "-c", _OPENED, str(tmp_path / "engine"), str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)

    expected = {"background_pool_size": 2, "mark_cache_size": 67_108_864, "max_server_memory_usage": 1_073_741_824}
    assert expected == {name: int(value) for name, value in re.findall(r'"(\w+)","(\d+)"', done.stdout)}


def test_no_log_of_clickhouse_is_kept():
    logs = [entry for entry in ElementTree.fromstring(CLICKHOUSE) if entry.tag.endswith("_log")]

    assert {"query_log", "part_log", "trace_log", "text_log", "metric_log"} <= {entry.tag for entry in logs}
    assert all(entry.attrib == {"remove": "remove"} for entry in logs)
