import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scripts.server import log

ADDRESS = "198.51.100.7"


@contextmanager
def logging_to_stderr(log_format: str) -> Iterator[None]:
    """Log as a server does, and put back what pytest needs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    log.to_stderr(level="warning", log_format=log_format)
    yield
    root.handlers = handlers
    root.setLevel(level)


def test_a_line_names_level_and_logger(capsys: pytest.CaptureFixture[str]):
    with logging_to_stderr("text"):
        logging.getLogger("schema.days").info("not shown")
        logging.getLogger("schema.days").warning("shown")

    assert "WARNING schema.days: shown\n" == capsys.readouterr().err


def test_json_has_one_object_a_line(capsys: pytest.CaptureFixture[str]):
    with logging_to_stderr("json"):
        logging.getLogger("schema.days").warning("shown")

    assert "shown" == json.loads(capsys.readouterr().err)["message"]


def test_the_text_of_an_error_in_a_request_is_not_shown(capsys: pytest.CaptureFixture[str]):
    with logging_to_stderr("text"):
        try:
            raise ValueError(ADDRESS)
        except ValueError:
            logging.getLogger("dashboard.app").exception("failed")
    shown = capsys.readouterr().err

    assert "ValueError" in shown
    assert ADDRESS not in shown
