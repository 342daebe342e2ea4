import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.export.formats import as_csv
from ingest.history import lines as module
from ingest.history.lines import MAX_LINE_BYTES, Line, lines
from schema.sites.imports import ImportRefusedError


def read(content: bytes, *, size: int = 65_536) -> list[Line]:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return list(lines(pieces))


JSON = b'{"time": 1}\n\n  \r\n{"time": 2}\r\n{"time": "\xc3\xa9"}'
CSV = b'time,name,props\r\n1,pageview,"{""a"": ""b""}"\r\n2,"with\nbreak",\r\n\r\n3\r\n'


@pytest.mark.parametrize("size", [1, 2, 7, 65_536])
def test_json_is_read_in_pieces_of_any_size(size):
    assert read(JSON, size=size) == [(1, {"time": 1}), (4, {"time": 2}), (5, {"time": "é"})]


@pytest.mark.parametrize("size", [1, 2, 7, 65_536])
def test_csv_is_read_in_pieces_of_any_size(size):
    assert read(CSV, size=size) == [
        (2, {"time": "1", "name": "pageview", "props": '{"a": "b"}'}),
        (4, {"time": "2", "name": "with\nbreak"}),
        (6, {"time": "3"}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert read(b"\xef\xbb\xbf" + b'{"time": 1}') == [(1, {"time": 1})]
    assert read(b"\xef\xbb\xbf" + b"time\n1\n") == [(2, {"time": "1"})]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" "])
def test_an_empty_file_has_no_lines(content):
    assert read(content) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param(b"[1]", "is not a JSON object", id="a list"),
        pytest.param(b"{", "is not a JSON object", id="torn"),
        pytest.param(b'{"time": "\xff"}', "is not a JSON object", id="no UTF-8"),
        pytest.param(b'{"a":' * 100_000, "is not a JSON object", id="deep"),
        pytest.param(b'{"a": "' + b"x" * 2 * MAX_LINE_BYTES + b'"}', "is longer than 1,000,000 bytes", id="long"),
    ],
)
def test_a_line_that_is_none_is_told_and_the_next_one_read(line, problem):
    assert read(b'{"time": 1}\n' + line + b'\n{"time": 3}\n') == [(1, {"time": 1}), (2, problem), (3, {"time": 3})]


def test_a_row_that_is_none_is_told_and_the_next_one_read():
    rows = read(b'time,name\n1,2,3\n"a"b,c\n4,d\n')

    assert rows[0] == (2, "has 3 columns, and the first line 2")
    assert rows[1][0] == 3
    assert str(rows[1][1]).startswith("is not CSV")
    assert rows[2] == (4, {"time": "4", "name": "d"})


def test_what_keeps_a_spreadsheet_from_calculating_is_taken_off():
    assert read(b"time,name\n1,'=1+1\n2,''=x\n3,'s\n") == [
        (2, {"time": "1", "name": "=1+1"}),
        (3, {"time": "2", "name": "'=x"}),
        (4, {"time": "3", "name": "'s"}),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b'[{"time": 1}]', "JSON list", id="list"),
        pytest.param(b"name;time\na;1\n", "first line of a CSV file", id="no CSV with a time"),
        pytest.param(b"a,b\n1,2\n", "first line of a CSV file", id="no column that is known"),
        pytest.param(b'time,"name"x\n1,2\n', "this one is not CSV", id="text behind a quote in the first line"),
        pytest.param(b'"time,name\n1,2\n', "this one is not CSV", id="a quote that is never closed"),
        pytest.param(b'"time\n' + b"1,2\n" * 260_000, "this one is not CSV", id="a quote before a long file"),
        pytest.param(b'"t\n","\n' * 170_000, "this one is not CSV", id="a first row of many lines"),
        pytest.param(b"time\rname\r1\r", "this one is not CSV", id="lines that end in CR alone"),
        pytest.param(b"time," + b"x" * 2 * MAX_LINE_BYTES, "longer than 1,000,000 bytes", id="a long first line"),
        pytest.param(b"time," * 210_000, "longer than 1,000,000 bytes", id="a first line of many columns"),
        pytest.param(b"\x1f\x8b\x08", "unpack it", id="gzip"),
        pytest.param(b"PK\x03\x04\x14", "unpack it", id="zip"),
        pytest.param(b"\x28\xb5\x2f\xfdx", "unpack it", id="zstd"),
        pytest.param("time,name\n1,2\n".encode("utf-16"), "not UTF-8 text", id="UTF-16"),
        pytest.param("time,name\n1,2\n".encode("utf-16-be"), "not UTF-8 text", id="UTF-16 without a mark"),
        pytest.param('{"time": 1}\n'.encode("utf-16-le"), "not UTF-8 text", id="JSON in UTF-16"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00\x00", "not UTF-8 text", id="a program"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "first line of a CSV file", id="a picture"),
        pytest.param(b"PAR1\x15\x04\x15", "first line of a CSV file", id="Parquet"),
    ],
)
def test_a_file_that_is_none_is_refused(content, sentence):
    with pytest.raises(ImportRefusedError, match=sentence):
        read(content)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param(b'2,"' + b"x" * 2 * MAX_LINE_BYTES + b'"\n', "longer than 1,000,000 bytes", id="a long cell"),
        pytest.param(b"2," + b"x" * 2 * MAX_LINE_BYTES + b"\n", "longer than 1,000,000 bytes", id="without quotes"),
        pytest.param(b"2" + b"," * 2 * MAX_LINE_BYTES + b"\n", "longer than 1,000,000 bytes", id="many cells"),
    ],
)
def test_a_row_that_is_too_long_is_told_and_the_next_one_read(row, problem):
    first, told, last = read(b"time,name\n1,a\n" + row + b"3,c\n")

    assert (2, {"time": "1", "name": "a"}) == first
    assert (3, True) == (told[0], problem in str(told[1]))
    assert (4, {"time": "3", "name": "c"}) == last


@pytest.mark.parametrize(
    ("beginning", "line"),
    [
        pytest.param(b'time,name\n1,"', b"x" * 99 + b"\n", id="a quote that is never closed"),
        pytest.param(b'time,name\n1,"', b'\n","xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n' * 100, id="a row of many lines"),
        pytest.param(b"time\n", b"x" * 65_536, id="a line of CSV"),
        pytest.param(b'{"a": "', b"x" * 65_536, id="a line of JSON"),
    ],
)
def test_what_has_no_end_takes_little_memory(monkeypatch, beginning, line):
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 5000)
    file = itertools.chain([beginning], itertools.repeat(line, 600_000 // len(line)))
    tracemalloc.start()
    count = sum(1 for _ in lines(file))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count > 0
    assert most < 300_000


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
@example(["a\r\nb"])
@example(["\r", "\n", "=1", "'=1", "\u200b=1", '"'])
@example(["\x00=1", " =1"])
def test_what_an_export_writes_comes_back_whatever_is_in_it(texts):
    rows = read(b"".join(as_csv([[{"time": "1", "name": text} for text in texts]])))

    assert [{"time": "1", "name": text} for text in texts] == [fields for _, fields in rows]
