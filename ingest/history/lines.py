"""Parse files of events into fields by name: newline-delimited JSON, or CSV with a header."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from schema.records.csv_cell import unguarded
from schema.sites.imports import ImportRefusedError

MAX_LINE_BYTES = 1_000_000

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # gzip, zip, xz, zstd
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_HEADER = "the first line of a CSV file must name its columns, including time"
Line = tuple[int, dict[str, Any] | str]  # line number from 1, and the fields or the problem


def lines(pieces: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of a file except empty ones. pieces: of any size. Raises ImportRefusedError."""
    rest = _split(pieces)
    first = next(rest, (1, b""))
    numbered = _chained(first, rest)
    start = first[1].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(_COMPRESSED):
        raise ImportRefusedError("this file is compressed: unpack it first")
    if b"\x00" in start or start.startswith(_UTF_16):
        raise ImportRefusedError("this file is not UTF-8 text: save it as NDJSON or CSV in UTF-8")
    if start[:1] == b"[":
        raise ImportRefusedError(
            "this file is a JSON list: write one event per line instead, without brackets and commas"
        )
    return _json(numbered) if start[:1] in (b"{", b"") else _csv(numbered)


def _split(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (number, text) of each line. Long lines are truncated, but still too long."""
    rest, number = b"", 0
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n") if b"\n" in piece else (rest + piece,)
        for line in whole:
            number += 1
            yield number, line
        if len(rest) > MAX_LINE_BYTES:
            rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield number + 1, rest


def _chained(first: tuple[int, bytes], others: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield first[0], first[1].removeprefix(b"\xef\xbb\xbf")
    yield from others


def _json(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    for number, line in numbered:
        if len(line) > MAX_LINE_BYTES:
            yield number, _too_long()
        elif line.strip():
            try:
                yield number, _decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield number, "is not a JSON object"


def _csv(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    """Yield the rows. A row with line breaks inside quotes has the number of its last line."""
    csv.field_size_limit(MAX_LINE_BYTES)
    texts = _Texts(numbered)
    rows = csv.reader(texts, strict=True)
    names = _names(rows)
    while True:
        texts.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield texts.number, f"is not CSV: {error}"
            continue
        if len(row) > len(names):
            yield texts.number, f"has {len(row)} columns, and the first line {len(names)}"
        elif row:
            yield texts.number, {name: unguarded(cell) for name, cell in zip(names, row, strict=False) if cell}


def _names(rows: Iterator[list[str]]) -> list[str]:
    try:
        names = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise ImportRefusedError(f"{_NO_HEADER}; this one is not CSV: {error}") from None
    if "time" not in names:
        raise ImportRefusedError(_NO_HEADER)
    return names


class _Texts:
    """Lines as text for a CSV reader, which continues with the next row after an error."""

    def __init__(self, numbered: Iterable[tuple[int, bytes]]) -> None:
        self.number = 0  # of the last line
        self._lines = iter(numbered)
        self._row_bytes = 0

    def begin_row(self) -> None:
        self._row_bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return a line. Raises csv.Error if its row is too long, to bound the memory of an unclosed quote."""
        self.number, line = next(self._lines)
        self._row_bytes += len(line) + 1
        if self._row_bytes > MAX_LINE_BYTES:
            raise csv.Error(f"the row {_too_long()}, a quote may not be closed")
        return line.decode("utf-8", "replace") + "\n"


def _too_long() -> str:
    return f"is longer than {MAX_LINE_BYTES:,} bytes"
