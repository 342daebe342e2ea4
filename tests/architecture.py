"""The rules that keep the house standing, as functions: sources in, offences out. Read with `ast`, nothing is run.

A house is module name -> parsed source. What a module imports inside a function counts like the rest.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

House = Mapping[str, ast.Module]

ROOT = Path(__file__).parent.parent
PACKAGES = ("ingest", "schema", "dashboard", "scripts")
MAY_IMPORT = {
    "schema": {"schema"},
    "ingest": {"ingest", "schema"},
    "dashboard": {"dashboard", "schema"},
    "scripts": set(PACKAGES),
}
HOME_OF_STARLETTE = (
    "ingest.pages.tracker_scripts",
    "ingest.pages.visitor_routes",
    "dashboard.app",
    "dashboard.routes",
    "dashboard.services",
    "dashboard.access.reading",
    "dashboard.access.sessions",
    "dashboard.pages",
    "dashboard.api",
    "scripts",
)
STEPS = (
    "ingest.gates.rate_limit",
    "ingest.gates.exclusions",
    "ingest.gates.referrer_spam",
    "ingest.gates.bots",
    "ingest.enrich",
    "ingest.visits.visitor",
    "ingest.visits.live_visits",
)
# Enrichments may use these; the acquisition joins what four of them say.
SHARED_BY_ENRICHMENTS = ("ingest.enrich.url_parts", "ingest.enrich.place_table")
JOINS_ENRICHMENTS = "ingest.enrich.acquisition"
WRITERS = ("ingest.storage.spool", "ingest.storage.flush", "schema")
KNOWS_ADDRESSES = (
    "ingest.hit",
    "ingest.request.client_ip",
    "ingest.request.sender",
    "ingest.collector",
    "ingest.pipeline",
)
WEB = (
    "starlette",
    "uvicorn",
    "http",
    "jinja2",
    "dashboard.app",
    "dashboard.routes",
    "dashboard.services",
    "dashboard.access.reading",
    "dashboard.access.sessions",
    "dashboard.pages",
    "dashboard.api",
)
SQL = re.compile(
    r"\b(select\s.*\sfrom|insert\s+into|delete\s+from|update\s+\w+\s+set|alter\s+table)\s", re.DOTALL | re.IGNORECASE
)
HOME_OF_FILES = (
    "ingest.storage.spool",
    "ingest.visits.salts",
    "ingest.visits.memory_file",
    "ingest.history.staging",
    "schema",
    "scripts",
)
HOME_OF_CLOCK = ("ingest.collector", "ingest.storage.spool", "dashboard.app", "scripts")
# A word of SQL comes first, so that docstrings may name these functions.
CLOCK_OF_SQL = re.compile(
    r"\b(select|set|values|where|and)\b.*(\b(now|now64|today|unixepoch)\(\)|\bcurrent_timestamp\b)",
    re.DOTALL | re.IGNORECASE,
)
WRITING = {"open", "write_text", "write_bytes", "mkdir", "touch", "unlink", "rename", "rmdir"}
CLOCKS = {"time.time", "time.time_ns", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today"}
MAX_FUNCTION_LINES = 60
MAX_MODULE_LINES = 500


def house(sources: Mapping[str, str]) -> House:
    """Return the house of module name -> source."""
    return {name: ast.parse(source) for name, source in sources.items()}


@cache
def our_house() -> House:
    """Return this project's modules, packages under the name of their directory."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return house({_module_name(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files})


def imports_are_absolute(rooms: House) -> list[str]:
    """What is imported is named in full, so that the rules below can see it."""
    return [
        f"{name}:{node.lineno} imports relatively"
        for name, tree in rooms.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def packages_import_only_what_they_may(rooms: House) -> list[str]:
    """Rule 1: schema none of ours; ingest and dashboard only schema; nothing but scripts imports scripts."""
    return [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if (top := imported.partition(".")[0]) in PACKAGES and top not in MAY_IMPORT[name.partition(".")[0]]
    ]


def starlette_stays_at_the_edge(rooms: House) -> list[str]:
    """Rule 2: Starlette only where HTTP is spoken."""
    return [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if _is_in(imported, ("starlette",)) and not _is_in(name, HOME_OF_STARLETTE)
    ]


def steps_do_not_import_one_another(rooms: House) -> list[str]:
    """Rule 3, first half: only the pipeline knows the order of its steps."""
    return [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if _is_in(name, STEPS) and _is_in(imported, STEPS) and imported in rooms and not imported.startswith(name)
        if name != JOINS_ENRICHMENTS and imported not in SHARED_BY_ENRICHMENTS
    ]


def what_writes_cannot_reach_an_address(rooms: House) -> list[str]:
    """Rule 3, second half: spool, flush and schema do not import, however indirectly, what has an address."""
    graph = _graph(rooms)
    return [
        f"{name} reaches {reached}"
        for name in graph
        if _is_in(name, WRITERS)
        for reached in sorted(_reachable(graph, name))
        if _is_in(reached, KNOWS_ADDRESSES)
    ]


def figures_know_no_web(rooms: House) -> list[str]:
    """Rule 4, first half: stats and charts know neither HTTP nor pages."""
    return [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if _is_in(name, ("dashboard.stats", "dashboard.charts")) and _is_in(imported, WEB)
    ]


def pages_hold_no_sql(rooms: House) -> list[str]:
    """Rule 4, second half: pages, api and the root ask stats and schema; no text of theirs is a statement."""
    return [
        f"{name}:{node.lineno} holds SQL"
        for name, tree in rooms.items()
        if _is_in(name, ("dashboard.pages", "dashboard.api", "scripts.server"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]


def the_environment_is_read_in_config(rooms: House) -> list[str]:
    """Rule 5: one reader of the environment."""
    return _uses(rooms, {"os.environ", "os.getenv", "os.environb"}, homes=("scripts.config.loading",)) + [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if imported in ("os.environ", "os.getenv", "os.environb") and name != "scripts.config.loading"
    ]


def clickhouse_is_reached_in_database(rooms: House) -> list[str]:
    """Rule 5: one module knows the client."""
    return [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if _is_in(imported, ("clickhouse_connect", "chdb")) and name != "schema.stores.database"
    ]


def files_are_written_in_spool_and_salts(rooms: House) -> list[str]:
    """Rule 5: ingest writes files in four modules, the dashboard in none."""
    return [
        f"{name}:{node.lineno} calls {called}"
        for name, tree in rooms.items()
        if not _is_in(name, HOME_OF_FILES)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (called := _last_name(node.func)) in WRITING
    ]


def the_clock_is_read_at_the_edges(rooms: House) -> list[str]:
    """Rule 5: everything between the edges is told the time."""
    imported_clocks = [
        f"{name} imports {imported}"
        for name, imported in _imports(rooms)
        if imported in CLOCKS and not _is_in(name, HOME_OF_CLOCK)
    ]
    in_sql = [
        f"{name}:{node.lineno} reads the clock in SQL"
        for name, tree in rooms.items()
        if not _is_in(name, HOME_OF_CLOCK)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CLOCK_OF_SQL.search(node.value)
    ]
    return _uses(rooms, CLOCKS, homes=HOME_OF_CLOCK) + imported_clocks + in_sql


def services_are_typed(rooms: House) -> list[str]:
    """Rule 5: what pages are given is `Services`; Starlette's untyped bag is opened in one module."""
    return _uses(rooms, {"app.state"}, homes=("dashboard.services",))


def imports_make_no_circle(rooms: House) -> list[str]:
    """Rule 6."""
    try:
        TopologicalSorter(_graph(rooms)).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def functions_and_modules_are_short(rooms: House) -> list[str]:
    """Nothing is longer than a person reads in one go."""
    functions = [
        f"{name}.{node.name} has {length} lines"
        for name, tree in rooms.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    modules = [
        f"{name} has {length} lines"
        for name, tree in rooms.items()
        if (length := max((node.end_lineno or 0 for node in tree.body), default=0)) > MAX_MODULE_LINES
    ]
    return functions + modules


RULES: tuple[Callable[[House], list[str]], ...] = (
    imports_are_absolute,
    packages_import_only_what_they_may,
    starlette_stays_at_the_edge,
    steps_do_not_import_one_another,
    what_writes_cannot_reach_an_address,
    figures_know_no_web,
    pages_hold_no_sql,
    the_environment_is_read_in_config,
    clickhouse_is_reached_in_database,
    files_are_written_in_spool_and_salts,
    the_clock_is_read_at_the_edges,
    services_are_typed,
    imports_make_no_circle,
    functions_and_modules_are_short,
)


def _module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_in(name: str, homes: tuple[str, ...]) -> bool:
    return any(name == home or name.startswith(home + ".") for home in homes)


def _imports(rooms: House) -> Iterator[tuple[str, str]]:
    """Give (module, what it imports); of `from a import b` that is a.b, which may be a module or a name in one."""
    for name, tree in rooms.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)


def _graph(rooms: House) -> dict[str, set[str]]:
    """Return module -> modules of the house that it imports."""
    graph: dict[str, set[str]] = {name: set() for name in rooms}
    for name, imported in _imports(rooms):
        target = imported if imported in rooms else imported.rpartition(".")[0]
        if target in rooms:
            graph[name].add(target)
    return graph


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    todo = [start]
    while todo:
        for name in graph[todo.pop()] - reached:
            reached.add(name)
            todo.append(name)
    return reached


def _uses(rooms: House, names: set[str], *, homes: tuple[str, ...]) -> list[str]:
    return [
        f"{name}:{node.lineno} uses {ast.unparse(node)}"
        for name, tree in rooms.items()
        if not _is_in(name, homes)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in names
    ]


def _last_name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]
