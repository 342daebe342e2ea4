"""The log of a process: to stderr, as lines of text or JSON."""

import logging

from scripts.server import secrecy
from scripts.server.json_lines import JsonLines


def to_stderr(*, level: str, log_format: str) -> None:
    """Log to stderr from now on. level, log_format: as in the settings."""
    logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(secrecy.without_error_text)
        if log_format == "json":
            handler.setFormatter(JsonLines())
    for name in ("clickhouse_connect", "urllib3", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)  # they also raise what they warn of, and we log it once
