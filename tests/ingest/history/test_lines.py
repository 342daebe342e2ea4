import pytest

from ingest.history.lines import MAX_LINE_BYTES, Line, lines
from schema.imports import ImportRefusedError


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
        pytest.param(b"\x1f\x8b\x08", "first line of a CSV file", id="compressed"),
    ],
)
def test_a_file_that_is_none_is_refused(content, sentence):
    with pytest.raises(ImportRefusedError, match=sentence):
        read(content)
