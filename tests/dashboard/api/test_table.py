import csv
import io

import pytest
from pyarrow import ipc
from starlette.requests import Request

from dashboard.api import table
from dashboard.api.table import ARROW, CSV, Columns

COLUMNS: Columns = {"visit:source": ["Google", "=1+1"], "visitors": [5, None]}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param("text/csv", CSV, id="CSV"),
        pytest.param("application/json, TEXT/CSV;q=0.5", CSV, id="CSV among others"),
        pytest.param(ARROW, ARROW, id="Arrow"),
        pytest.param("application/json", "", id="JSON"),
        pytest.param("*/*", "", id="anything"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_request_accepts_a_kind_of_table(accept, kind):
    request = Request({"type": "http", "headers": [(b"accept", accept.encode())]})

    assert kind == table.accepted(request)


def test_csv_is_a_file_that_no_spreadsheet_calculates():
    answer = table.answer(CSV, COLUMNS)
    names, *rows = csv.reader(io.StringIO(bytes(answer.body).decode(), newline=""))

    assert list(COLUMNS) == names
    assert ["Google", "5"] == rows[0]
    assert ("", False) == (rows[1][1], rows[1][0].startswith("="))
    assert "attachment" in answer.headers["content-disposition"]


def test_arrow_has_the_columns_as_they_are():
    answer = table.answer(ARROW, COLUMNS)

    assert COLUMNS == ipc.open_stream(bytes(answer.body)).read_all().to_pydict()
    assert ARROW == answer.headers["content-type"]
