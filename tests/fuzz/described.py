"""Requests that schemathesis makes from the OpenAPI document: those it allows, and those it does not."""

import warnings
from collections.abc import Iterator
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable

from tests.fuzz.requests import Request

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its dependencies
    import schemathesis
    from schemathesis import GenerationMode


def requests_of(document: dict[str, Any], *, per_operation: int, first_seed: int) -> Iterator[Request]:
    """Yield so many requests of each operation and kind, allowed and not."""
    schema = schemathesis.openapi.from_dict(document)
    for number, result in enumerate(schema.get_all_operations()):
        operation: Any = result.ok()  # type: ignore[union-attr]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            yield from _generated(operation, mode, per_operation=per_operation, first_seed=first_seed + number)


def _generated(operation: Any, mode: GenerationMode, *, per_operation: int, first_seed: int) -> list[Request]:
    generated: list[Request] = []

    @seed(first_seed)
    @settings(
        max_examples=per_operation,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        generated.append(_request(case))

    try:
        collect()
    except Unsatisfiable:
        return []  # an operation without parameters has no forbidden ones
    return generated


def _request(case: Any) -> Request:
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://stats.test")).prepare()
    path, _, query = prepared.path_url.partition("?")
    body: Any = prepared.body or b""
    headers = [(name.lower(), value) for name, value in prepared.headers.items() if name.lower() != "content-length"]
    return Request(
        str(prepared.method),
        path.encode(),
        query.encode(),
        [("host", "stats.test"), *((name, _text(value)) for name, value in headers)],
        body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body),
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
