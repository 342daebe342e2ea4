"""CSV files to download from a report: RFC 4180, without formulas, under a name of the site and the period."""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from dashboard.pages.report.labels import label_of
from dashboard.stats.model.query import Query
from dashboard.stats.model.result import Money, Number, Row
from schema.records.csv_cell import guarded


def text_of(names: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a file of cells. names: of the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(lines)
    return text.getvalue()


def lines_of(query: Query, rows: Iterable[Row]) -> list[list[str]]:
    """Return the cells of rows: labels instead of codes, then the metrics."""
    return [
        [
            *(guarded(label_of(group, value)) for group, value in zip(query.dimensions, row.groups, strict=True)),
            *map(number_cell, row.metrics),
        ]
        for row in rows
    ]


def number_cell(number: Number) -> str:
    """Return a metric as a cell; empty if it is unknown."""
    if isinstance(number, Money):
        return str(number.amount)
    return "" if number is None else f"{number:.15g}" if isinstance(number, float) else str(number)


def attachment(name: str) -> dict[str, str]:
    """Return the header that names a download. Names may have any characters: domains are international."""
    name = name.replace("/", "-")
    plain = name.encode("ascii", "replace").decode().replace('"', "").replace("?", "_")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}
