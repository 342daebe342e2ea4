from decimal import Decimal

import pytest

from dashboard.pages.report import csv_file
from dashboard.stats.model.result import Money


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        pytest.param(None, "", id="unknown"),
        pytest.param(0, "0", id="zero"),
        pytest.param(12_345, "12345", id="a count"),
        pytest.param(2.5, "2.5", id="a ratio"),
        pytest.param(10_416_000.5, "10416000.5", id="a large ratio with all its digits"),
        pytest.param(Money(Decimal("12.50"), "EUR"), "12.50", id="money"),
    ],
)
def test_a_number_is_a_plain_cell(number, cell):
    assert cell == csv_file.number_cell(number)


def test_lines_end_as_the_standard_says():
    assert 'a,b\r\n1,"x,y"\r\n' == csv_file.text_of(["a", "b"], [["1", "x,y"]])


@pytest.mark.parametrize(
    ("name", "header"),
    [
        pytest.param("a b.csv", "attachment; filename=\"a b.csv\"; filename*=UTF-8''a%20b.csv", id="plain"),
        pytest.param(
            'пр/"x.csv',
            "attachment; filename=\"__-x.csv\"; filename*=UTF-8''%D0%BF%D1%80-%22x.csv",
            id="any characters",
        ),
    ],
)
def test_a_download_has_a_name_in_any_script(name, header):
    assert {"Content-Disposition": header} == csv_file.attachment(name)
