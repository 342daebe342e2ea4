"""Make functions of a server fail on command, from outside: Python imports this module before any other.

tests/privacy/raising.py names this directory in PYTHONPATH. Each function of `ingest` is replaced as soon as its module
was run, so that every other module imports the replacement. While a request is answered, a replacement reports that it
was called, or raises an error whose text quotes an address, as errors of parsers do.
"""

import functools
import importlib.machinery
import inspect
import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

ORDER = Path(os.environ["RAISING"])  # what to do: "report", or the name of the function that is to raise, and a text
REPORT = ORDER.with_suffix(".report")  # names of functions, one per line
ENTRIES = ("ingest.collector.Collector.answer_to", "ingest.collector.Collector.__call__")

_is_answering: ContextVar[bool] = ContextVar("is_answering", default=False)  # a request that has a task
_answering = threading.local()  # a hit, in one call; what it leaves for later has no address
_reported: set[str] = set()


def _obey(name: str) -> None:
    """While a request is answered, report the call of a function, or raise."""
    is_later = name.startswith("ingest.storage.") or not _is_answering.get()
    if is_later and not getattr(_answering, "is_hit", False):
        return
    function, _, text = ORDER.read_text().partition(" ")
    if function == "report" and name not in _reported:
        _reported.add(name)
        _write(name)
    elif function == name:
        _write(name)
        raise ValueError(f"cannot parse {text!r}")


def _write(name: str) -> None:
    with REPORT.open("a") as report:
        report.write(f"{name}\n")


def _replacement(function: FunctionType, name: str) -> Callable[..., Any]:
    if name in ENTRIES:
        return _entry(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_later(*arguments: Any, **keywords: Any) -> Any:
            _obey(name)
            return await function(*arguments, **keywords)

        return call_later

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        _obey(name)
        return function(*arguments, **keywords)

    return call


def _entry(function: FunctionType) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def answer_later(app: Any, scope: Any, receive: Any, send: Any) -> Any:  # Uvicorn tries it without any
            _is_answering.set(scope["type"] == "http")  # in the context of its task
            return await function(app, scope, receive, send)

        return answer_later

    @functools.wraps(function)
    def answer(*arguments: Any, **keywords: Any) -> Any:
        _answering.is_hit = True
        try:
            return function(*arguments, **keywords)
        finally:
            _answering.is_hit = False

    return answer


def _replace_all(module: ModuleType) -> None:
    holders: list[Any] = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    for holder in holders:
        if getattr(holder, "__module__", module.__name__) != module.__name__:
            continue
        prefix = module.__name__ if holder is module else f"{module.__name__}.{holder.__name__}"
        for name, value in list(vars(holder).items()):
            if isinstance(value, FunctionType) and value.__module__ == module.__name__ and _is_step(name, prefix):
                setattr(holder, name, _replacement(value, f"{prefix}.{name}"))


def _is_step(name: str, prefix: str) -> bool:
    return not name.startswith("__") or f"{prefix}.{name}" in ENTRIES


class _Finder:
    """Finds the modules of `ingest` as Python does, and replaces their functions once they were run."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if not name.startswith("ingest."):
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)) is not None:
                break
        else:
            return None
        if isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            execute = spec.loader.exec_module

            def execute_and_replace(module: ModuleType) -> None:
                execute(module)
                _replace_all(module)

            spec.loader.exec_module = execute_and_replace  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder())
