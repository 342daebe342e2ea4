import csv
import io
import json
from decimal import Decimal

import pytest
from pyarrow import parquet

from dashboard.export import formats
from dashboard.export.formats import FORMATS
from dashboard.export.rows import Row

ROWS: list[Row] = [
    {"name": "pageview", "props": {"plan": "pro"}, "revenue": None, "interactive": True, "city": 7},
    {
        "name": "=1+1",
        "props": {},
        "revenue": {"amount": Decimal("9.990"), "currency": "EUR"},
        "interactive": False,
        "city": 0,
    },
]
PIECES = [ROWS[:1], [], ROWS[1:]]


def written(name: str, pieces=PIECES) -> bytes:
    return b"".join(FORMATS[name].write(pieces))


def test_ndjson_has_one_object_per_line():
    lines = [json.loads(line) for line in written("ndjson").splitlines()]

    assert [row["name"] for row in ROWS] == [line["name"] for line in lines]
    assert {"amount": 9.99, "currency": "EUR"} == lines[1]["revenue"]


def test_csv_has_the_names_once_and_guards_formulas():
    names, *lines = csv.reader(io.StringIO(written("csv").decode(), newline=""))

    assert list(ROWS[0]) == names
    assert ["pageview", '{"plan":"pro"}', "", "true", "7"] == lines[0]
    assert ("false", "", True) == (lines[1][3], lines[1][1], lines[1][0] != "=1+1")


def test_csv_has_names_also_where_the_first_piece_is_empty():
    assert written("csv", [[], ROWS[:1]]).startswith(b"name,")


def test_parquet_has_columns_of_their_kinds():
    table = parquet.read_table(io.BytesIO(written("parquet")))

    assert ["uint32", "bool", "struct<amount: decimal128(18, 3), currency: string>"] == [
        str(table.schema.field(name).type) for name in ("city", "interactive", "revenue")
    ]
    assert [row["revenue"] for row in ROWS] == table["revenue"].to_pylist()


def test_parquet_has_a_row_group_for_some_megabytes(monkeypatch):
    monkeypatch.setattr(formats, "GROUP_BYTES", 1)

    assert 2 == parquet.ParquetFile(io.BytesIO(written("parquet"))).num_row_groups


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_without_rows_is_empty(name):
    assert b"" == written(name, [])
