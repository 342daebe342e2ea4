"""Rows become the bytes of a file: newline-delimited JSON, CSV or Parquet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboard.export.rows import Row
from schema.records.csv_cell import guarded

GROUP_BYTES = 4_000_000
_encode = msgspec.json.Encoder(decimal_format="number").encode


def ndjson(pieces: Iterable[list[Row]]) -> Iterator[bytes]:
    """Yield one object per line, with every field."""
    return map(_lines, pieces)  # a loop would keep the rows in memory while a slow client reads


def as_csv(pieces: Iterable[list[Row]]) -> Iterator[bytes]:
    """Yield RFC 4180 CSV: a header line, lines ending in CR LF. Objects are JSON, missing values are empty."""
    is_first = True
    for rows in pieces:
        content = _table(rows, has_names=is_first)
        is_first = is_first and not rows
        del rows
        yield content


def parquet(pieces: Iterable[list[Row]]) -> Iterator[bytes]:
    """Yield a Parquet file with row groups of about GROUP_BYTES, or nothing if there are no rows."""
    # This import takes 0.1 s and 40 MB, which most servers never need.
    from pyarrow.parquet import ParquetWriter

    out = _Drained()
    writer = None
    for group in _groups(pieces):
        writer = writer or ParquetWriter(out, group.schema, compression="zstd")
        writer.write_table(group)
        del group
        yield out.drain()
    if writer:
        writer.close()
        yield out.drain()


@dataclass(frozen=True, slots=True)
class Format:
    """How rows become bytes."""

    media_type: str
    write: Callable[[Iterable[list[Row]]], Iterator[bytes]]
    places: int = 1  # of the memory that all exports share


FORMATS: Mapping[str, Format] = {
    "ndjson": Format("application/x-ndjson", ndjson),
    "csv": Format("text/csv; charset=utf-8", as_csv),
    "parquet": Format("application/vnd.apache.parquet", parquet, places=2),
}


def _lines(rows: list[Row]) -> bytes:
    return b"".join(_encode(row) + b"\n" for row in rows)


def _table(rows: list[Row], *, has_names: bool) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text)
    if has_names and rows:
        lines.writerow(rows[0])
    lines.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return _encode(value).decode() if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value


def _groups(pieces: Iterable[list[Row]]) -> Iterator[Any]:
    """Yield pieces joined into tables of some megabytes: the writer keeps some kilobytes per row group to the end."""
    from pyarrow import Table

    group: list[Any] = []
    for rows in pieces:
        if rows:
            group.append(Table.from_pylist(rows, schema=_schema(rows[0])))
        del rows
        if sum(table.nbytes for table in group) >= GROUP_BYTES:
            yield _joined(group)
    if group:
        yield _joined(group)


def _joined(group: list[Any]) -> Any:
    """Return tables as one, and empty the list to free them while a slow client reads."""
    from pyarrow import concat_tables

    table = concat_tables(group)
    group.clear()
    return table


def _schema(row: Row) -> Any:
    import pyarrow

    kinds = {
        "city": pyarrow.uint32(),
        "props": pyarrow.map_(pyarrow.string(), pyarrow.string()),
        "revenue": pyarrow.struct([("amount", pyarrow.decimal128(18, 3)), ("currency", pyarrow.string())]),
        "scroll_depth": pyarrow.uint8(),
        "interactive": pyarrow.bool_(),
        "is_bounce": pyarrow.bool_(),
    } | dict.fromkeys(("engagement_time", "pageviews", "events", "duration"), pyarrow.uint32())
    return pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in row])


class _Drained(io.RawIOBase):
    """A file that `drain` empties between writes."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def drain(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content
