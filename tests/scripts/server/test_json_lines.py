import json
import logging
import sys

from scripts.server import secrecy
from scripts.server.json_lines import JsonLines

ADDRESS = "198.51.100.7"


def record(message: str, *values: object, name: str = "schema.days", fails: bool = False) -> logging.LogRecord:
    error = None
    if fails:
        try:
            raise ValueError(ADDRESS)
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, values, error)


def test_a_record_is_one_line_of_json():
    line = JsonLines().format(record("%d files\nwere set aside", 2))

    assert "\n" not in line
    assert {"level": "warning", "logger": "schema.days", "message": "2 files\nwere set aside"} == {
        name: value for name, value in json.loads(line).items() if name != "time"
    }


def test_an_error_tells_where_it_was_raised():
    assert "test_json_lines.py" in json.loads(JsonLines().format(record("failed", fails=True)))["error"]


def test_an_error_of_a_request_is_without_its_text():
    failed = record("failed", name="dashboard.app", fails=True)
    secrecy.without_error_text(failed)

    assert ADDRESS not in JsonLines().format(failed)
