"""Every rule of the architecture holds for our sources, and each rule detects a source that breaks it."""

import subprocess

import pytest

from tests import architecture
from tests.architecture import ROOT, RULES, house, our_house

TOP_LEVEL = {
    "ingest",
    "dashboard",
    "schema",
    "scripts",
    "tests",
    "pyproject.toml",
    "docker-compose.yml",
    "README.md",
    "Dockerfile",
    "LICENSE",
    "CHANGELOG.md",
    "requirements.lock",
}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.__name__.replace("_", " ")) for rule in RULES])
def test_the_house_keeps_the_rule(rule):
    assert not rule(our_house())


@pytest.mark.parametrize(
    ("rule", "sources", "offence"),
    [
        pytest.param(
            architecture.imports_are_absolute,
            {"ingest.storage.spool": "from . import frames"},
            "ingest.storage.spool:1 imports relatively",
            id="an import that starts with a dot",
        ),
        pytest.param(
            architecture.packages_import_only_what_they_may,
            {"schema.records.event": "from ingest.hit import Hit"},
            "schema.records.event imports ingest.hit.Hit",
            id="schema imports ingest",
        ),
        pytest.param(
            architecture.packages_import_only_what_they_may,
            {"ingest.storage.flush": "from dashboard import stats"},
            "ingest.storage.flush imports dashboard.stats",
            id="ingest imports dashboard",
        ),
        pytest.param(
            architecture.packages_import_only_what_they_may,
            {"dashboard.app": "def later():\n    import ingest.visits.salts"},
            "dashboard.app imports ingest.visits.salts",
            id="dashboard imports ingest, inside a function",
        ),
        pytest.param(
            architecture.packages_import_only_what_they_may,
            {"dashboard.app": "from scripts.config.loading import Config"},
            "dashboard.app imports scripts.config.loading.Config",
            id="something imports scripts",
        ),
        pytest.param(
            architecture.starlette_stays_at_the_edge,
            {"ingest.collector": "import starlette.requests"},
            "ingest.collector imports starlette.requests",
            id="the hot path imports starlette",
        ),
        pytest.param(
            architecture.steps_do_not_import_one_another,
            {"ingest.gates.bots": "", "ingest.visits.live_visits": "from ingest.gates import bots"},
            "ingest.visits.live_visits imports ingest.gates.bots",
            id="a step imports another",
        ),
        pytest.param(
            architecture.steps_do_not_import_one_another,
            {"ingest.enrich.url": "", "ingest.enrich.source": "from ingest.enrich import url"},
            "ingest.enrich.source imports ingest.enrich.url",
            id="one enrichment imports another",
        ),
        pytest.param(
            architecture.what_writes_cannot_reach_an_address,
            {
                "ingest.hit": "",
                "ingest.storage.drop_counts": "import ingest.hit",
                "ingest.storage.spool": "from ingest.storage.drop_counts import Tally",
            },
            "ingest.storage.spool reaches ingest.hit",
            id="the spool reaches hits by way of another module",
        ),
        pytest.param(
            architecture.figures_know_no_web,
            {"dashboard.charts.lines": "from dashboard.pages import figures"},
            "dashboard.charts.lines imports dashboard.pages.figures",
            id="a chart imports a page",
        ),
        pytest.param(
            architecture.pages_hold_no_sql,
            {"dashboard.pages.report": "x = '''select path\nfrom events\n'''"},
            "dashboard.pages.report:1 holds SQL",
            id="a page holds a query",
        ),
        pytest.param(
            architecture.pages_hold_no_sql,
            {"scripts.server.wire": "def purge(site):\n    return f'alter table events delete where site_id = {site}'"},
            "scripts.server.wire:2 holds SQL",
            id="the root deletes rows",
        ),
        pytest.param(
            architecture.the_environment_is_read_in_config,
            {"ingest.visits.salts": "import os\nplace = os.environ['HOME']"},
            "ingest.visits.salts:2 uses os.environ",
            id="another reader of the environment",
        ),
        pytest.param(
            architecture.the_environment_is_read_in_config,
            {"scripts.server.wire": "from os import environ"},
            "scripts.server.wire imports os.environ",
            id="another reader, by its short name",
        ),
        pytest.param(
            architecture.clickhouse_is_reached_in_database,
            {"dashboard.stats.answer.run": "import clickhouse_connect"},
            "dashboard.stats.answer.run imports clickhouse_connect",
            id="a second way to ClickHouse",
        ),
        pytest.param(
            architecture.files_are_written_in_spool_and_salts,
            {"ingest.collector": "def f(path):\n    path.write_text('')"},
            "ingest.collector:2 calls write_text",
            id="the collector writes a file",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {"ingest.visits.live_visits": "import time\nnow = time.time()"},
            "ingest.visits.live_visits:2 uses time.time",
            id="a step reads the clock",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {"dashboard.stats.model.period": "import datetime\nnow = datetime.datetime.now()"},
            "dashboard.stats.model.period:2 uses datetime.datetime.now",
            id="a period reads the clock",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {"schema.exclusions.audit": "import time\ndef note():\n    return int(time.time())"},
            "schema.exclusions.audit:3 uses time.time",
            id="a store reads the clock",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {"schema.people.users": "from time import time"},
            "schema.people.users imports time.time",
            id="a store imports the clock by its short name",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {"schema.people.users": "SQL = 'update users set seen_at = unixepoch() where id = ?'"},
            "schema.people.users:1 reads the clock in SQL",
            id="a store lets SQLite read the clock",
        ),
        pytest.param(
            architecture.services_are_typed,
            {"dashboard.pages.report": "def show(request):\n    return request.app.state.services"},
            "dashboard.pages.report:2 uses request.app.state",
            id="a page reads the untyped state",
        ),
        pytest.param(
            architecture.services_are_typed,
            {"scripts.server.wire": "app.state.clock = time"},
            "scripts.server.wire:1 uses app.state",
            id="the root adds a name to the untyped state",
        ),
        pytest.param(
            architecture.imports_make_no_circle,
            {"schema.a": "import schema.b", "schema.b": "from schema.a import x"},
            "schema.a -> schema.b -> schema.a",
            id="two modules import each other",
        ),
        pytest.param(
            architecture.functions_and_modules_are_short,
            {"schema.a": "def long():\n" + "    pass\n" * 60},
            "schema.a.long has 61 lines",
            id="a function of 61 lines",
        ),
        pytest.param(
            architecture.functions_and_modules_are_short,
            {"schema.a": "x = 1\n" * 501},
            "schema.a has 501 lines",
            id="a module of 501 lines",
        ),
    ],
)
def test_a_source_that_breaks_the_rule_is_named(rule, sources, offence):
    assert [offence] == rule(house(sources))


@pytest.mark.parametrize(
    ("rule", "sources"),
    [
        pytest.param(
            architecture.packages_import_only_what_they_may,
            {
                "ingest.storage.flush": "from schema.records.event import Event",
                "scripts.server.wire": "import dashboard.app, ingest.storage.flush",
            },
            id="imports along the arrows",
        ),
        pytest.param(
            architecture.steps_do_not_import_one_another,
            {
                "ingest.gates.bots": "from schema.records import event",
                "ingest.pipeline": "from ingest.gates import bots",
            },
            id="the pipeline imports a step",
        ),
        pytest.param(
            architecture.what_writes_cannot_reach_an_address,
            {
                "ingest.hit": "",
                "ingest.storage.spool": "",
                "ingest.collector": "import ingest.storage.spool, ingest.hit",
            },
            id="the collector imports both",
        ),
        pytest.param(
            architecture.pages_hold_no_sql,
            {
                "dashboard.pages.report": "x = 'Select a period'",
                "dashboard.stats.sql.statement": "x = 'select 1 from events'",
            },
            id="a page says select, stats hold a query",
        ),
        pytest.param(
            architecture.the_clock_is_read_at_the_edges,
            {
                "schema.days.local_day": "from datetime import time\nx = time(3)",
                "schema.people.users": "def add(*, now):\n    '''Unlike now() of SQL.'''\n    return now",
                "scripts.commands.users": "import time\nx = time.time()",
            },
            id="a time of day, a time that the caller gives, and a command that reads the clock",
        ),
        pytest.param(
            architecture.services_are_typed,
            {
                "dashboard.services": "app.state.services = 1",
                "dashboard.pages.goals": "def add(request):\n    return request.state.form",
            },
            id="the form of a request, and the module of the services",
        ),
        pytest.param(
            architecture.functions_and_modules_are_short,
            {"schema.a": "def long():\n" + "    pass\n" * 59, "schema.b": "x = 1\n" * 500},
            id="sixty and five hundred lines",
        ),
    ],
)
def test_a_source_that_keeps_the_rule_is_left_alone(rule, sources):
    assert not rule(house(sources))


def test_every_module_is_checked():
    seen = our_house()

    assert {"scripts.config.loading", "schema.stores.database", "ingest.visits.visitor", "dashboard.stats"} <= set(seen)


def test_the_top_level_holds_nothing_but_the_fixed_entries():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert not strangers(listed.splitlines())


def test_a_stranger_at_the_top_level_is_named():
    files = ["ingest/hit.py", "utils/x.py", "utils/y.py", ".ci/run", "setup.py", "LICENSE"]

    assert strangers(files) == ["utils", "setup.py"]


def strangers(files):
    tops = dict.fromkeys(file.partition("/")[0] for file in files)
    return [top for top in tops if top not in TOP_LEVEL and not top.startswith(".")]
