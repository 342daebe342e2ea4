"""Valid requests with one value changed, for tests that no value may break a server."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

# Both ends of the calendar, and of the days that ClickHouse has: its Date ends in 2149, its DateTime in 2106.
DATES = (
    "0001-01-01",
    "0001-01-02",
    "1000-01-01",
    "1900-01-01",
    "1969-12-31",
    "1970-01-01",
    "1999-12-31",
    "2000-01-01",
    "2024-02-29",
    "2100-01-01",
    "2106-02-07",
    "2149-06-07",
    "9999-12-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "2026-W11-2",
    "20260310",
)
# Of instants, too: some zones put them before the first year or behind the last.
INSTANTS = tuple(f"{day}T{time}" for day in DATES for time in ("00:00:00+14:00", "23:59:59-12:00", "00:00:00Z"))
TEXTS = (
    "",
    " ",
    "x",
    "\x00",
    "\ud800",
    "É\u202e",
    "-1",
    "0",
    "1",
    "NaN",
    "9" * 400,
    "[]",
    "*" * 60,
    "(" * 60,
    "'\"<&>;--%",
    "x" * 20_000,
    "[" * 20_000,
    "a = " + "[" * 20_000,  # TOML
    "\u0661",
)
ENDS = ("0001-01-01", "9999-12-31")
NUMBERS = (0, -0.0, 1, -1, 1.5, 2**31, -(2**31) - 1, 2**63, 2**64, 10**400, 1e308, 5e-324)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    *NUMBERS,
    float("nan"),
    float("inf"),
    *TEXTS,
    *ENDS,
    [],
    [[]],
    [[[]]],
    [None],
    [1],
    [""],
    ["x", 1, None, {}],
    list(DATES[:2]),
    {},
    {"": ""},
    {"a": {}},
    {"a": [None]},
    {"a": {"b": {"c": 1}}},
)
DEEP = json.loads("[" * 200 + "]" * 200)


def mutated(valid: Any) -> Iterator[Any]:
    """Give what comes of parsed JSON where one part of it, or the whole, is another value; and with an unknown key."""
    for path in _paths(valid):
        for value in (*VALUES, DEEP):
            yield _with(valid, path, value)
    if isinstance(valid, dict):
        yield from ({**valid, name: 1} for name in ("", "x", "\x00", "é" * 500))


def mutated_texts(valid: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give parameters or fields with one of them another text, or left out."""
    for name in valid:
        yield {key: text for key, text in valid.items() if key != name}
        yield from ({**valid, name: text} for text in (*TEXTS, *ENDS))


def encoded(value: Any) -> bytes:
    """Return JSON in which NaN and lone surrogates stand as programs of the wild write them."""
    return json.dumps(value).encode()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _paths(member, (*path, key))


def _with(valid: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = deepcopy(valid)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed
