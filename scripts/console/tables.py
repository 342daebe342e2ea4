"""Output of the `list` commands: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence

import click

Cell = str | int | bool | None
Row = Mapping[str, Cell]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def show(rows: Sequence[Row], *, as_json: bool, empty: str) -> None:
    """Print rows to standard output.

    rows: column name -> value, the same columns in each. empty: message for standard error if there are no rows.
    """
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        click.echo(table(rows))
    else:
        click.echo(empty, err=True)


def table(rows: Sequence[Row]) -> str:
    """Return the rows below a header, with aligned columns."""
    lines = [[name.replace("_", " ").upper() for name in rows[0]]]
    lines += [[_text(cell) for cell in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "-" if cell is None else str(cell)
