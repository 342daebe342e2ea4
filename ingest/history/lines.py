"""A file of events, one a line, becomes fields by name: newline-delimited JSON, or CSV with a first line of names."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from schema.imports import ImportRefusedError

MAX_LINE_BYTES = 1_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_decode = msgspec.json.Decoder(dict[str, Any]).decode
Line = tuple[int, dict[str, Any] | str]  # its number in the file, from 1, and the fields, or what is wrong with it


def lines(pieces: Iterable[bytes]) -> Iterator[Line]:
    """Yield the events of a file, which comes in pieces of any size; empty lines are none.

    Raises ImportRefusedError.
    """
    found = _split(pieces)
    first = next(found, (1, b""))
    whole = _chained(first, found)
    start = first[1].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[":
        raise ImportRefusedError("this is a JSON list: write one event a line, without brackets and commas around them")
    return _json(whole) if start[:1] in (b"{", b"") else _csv(whole)


def _split(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield number and text of each line. Of one that is too long the beginning."""
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


def _json(found: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    for number, line in found:
        if len(line) > MAX_LINE_BYTES:
            yield number, _too_long()
        elif line.strip():
            try:
                yield number, _decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield number, "is not a JSON object"


def _csv(found: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    """Yield the rows; one with line breaks inside quotes has the number of its last line."""
    last = 0

    def texts() -> Iterator[str]:
        nonlocal last
        for last, line in found:  # noqa: B007 - read below
            yield line.decode("utf-8", "replace").removesuffix("\r") + "\n"

    rows = csv.reader(texts(), strict=True)
    csv.field_size_limit(MAX_LINE_BYTES)
    names = [name.strip() for name in next(rows, [])]
    if "time" not in names:
        raise ImportRefusedError("the first line of a CSV file has the names of its columns, and time among them")
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield last, f"is not CSV: {error}"
            continue
        if len(row) > len(names):
            yield last, f"has {len(row)} columns, and the first line {len(names)}"
        elif row:
            yield last, {name: _plain(cell) for name, cell in zip(names, row, strict=False) if cell}


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _too_long() -> str:
    return f"is longer than {MAX_LINE_BYTES:,} bytes"
