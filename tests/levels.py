"""Which level a test belongs to, found out from what it uses: unit, engine, server or browser.

A test uses the names in its own code, in its fixtures, and in the helpers below `tests` that these call.
"""

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

LEVELS = ("unit", "engine", "server", "browser")
FOLDERS_OF_SERVERS = ("tests/faults/", "tests/journeys/")
WHERE_CLICKHOUSE_IS = "tests.clickhouse.front"  # starts a process, which makes no test one of servers
MARKS = {"browser": {"sync_playwright"}, "server": {"subprocess", "uvicorn"}, "engine": {"Database", "Front", "chdb"}}


def level(item: pytest.Function) -> str:
    """Return the highest level of what a test uses. A marker in the test's file takes precedence."""
    for name in LEVELS:
        if item.get_closest_marker(name):
            return name
    names = used_names(item)
    if MARKS["browser"] & names:
        return "browser"
    if MARKS["server"] & names or item.nodeid.startswith(FOLDERS_OF_SERVERS):
        return "server"
    return "engine" if MARKS["engine"] & names else "unit"


def used_names(item: pytest.Function) -> set[str]:
    """Return every name that the code of a test, its fixtures and their helpers mentions."""
    definitions = item._fixtureinfo.name2fixturedefs
    fixtures = [fixture.func for name in item.fixturenames for fixture in definitions.get(name, ())]
    names: set[str] = set()
    seen: set[int] = set()
    todo: list[Any] = [item.function, *fixtures]
    while todo:
        for function in _functions(todo.pop()):
            if id(function) not in seen:
                seen.add(id(function))
                mentioned = set(_names(function.__code__))
                names |= mentioned
                todo += _helpers(function, mentioned)
    return names


def _functions(helper: Any) -> Iterator[FunctionType]:
    """Yield a function itself, or the functions of a class and of its bases below `tests`."""
    if isinstance(helper, type):
        for base in helper.__mro__:
            if base.__module__.startswith("tests"):
                for attribute in vars(base).values():
                    yield from _functions(attribute.fget if isinstance(attribute, property) else attribute)
    elif isinstance(function := inspect.unwrap(helper) if callable(helper) else helper, FunctionType):
        yield function


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _helpers(function: FunctionType, names: set[str]) -> Iterator[Any]:
    """Yield what a function uses of the modules below `tests`."""
    for name in names & function.__globals__.keys():
        value = function.__globals__[name]
        if isinstance(value, ModuleType):
            if value.__name__.startswith("tests"):
                yield from (getattr(value, attribute) for attribute in names if hasattr(value, attribute))
        elif str(module := getattr(value, "__module__", "")).startswith("tests") and module != WHERE_CLICKHOUSE_IS:
            yield value
