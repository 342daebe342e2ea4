"""Answers that are tables: CSV, for spreadsheets, and Arrow, for programs that calculate."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.records.csv_cell import guarded

CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
Columns = Mapping[str, Sequence[Any]]  # name -> values, all of one length


def wanted(request: Request) -> str:
    """Return which kind of table a request accepts, or "" for JSON."""
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return next((kind for kind in accepted if kind in (CSV, ARROW)), "")


def answer(kind: str, columns: Columns) -> Response:
    """Return a table as an answer of a kind."""
    if kind == ARROW:
        return Response(_arrow(columns), media_type=ARROW)
    return Response(
        _csv(columns), media_type=CSV, headers={"Content-Disposition": 'attachment; filename="results.csv"'}
    )


def _csv(columns: Columns) -> str:
    """Return RFC 4180, lines ending in CR LF; what is not known is empty."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([guarded(name) for name in columns])
    rows.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


def _arrow(columns: Columns) -> bytes:
    # Takes 0.1 s and 40 MB, which most servers never need.
    from pyarrow import array, ipc, lib, table

    found = table({name: array(values) for name, values in columns.items()})
    sink = lib.BufferOutputStream()
    with ipc.new_stream(sink, found.schema) as writer:
        writer.write_table(found)
    content: bytes = sink.getvalue().to_pybytes()
    return content
