"""The address of the running server, which options such as `--port` may have changed."""

import dataclasses

from scripts.config.loading import Config
from scripts.console.errors import Refusal
from scripts.server.local_socket import ADDRESS, request_json

_SETTINGS = ("base_url", "host", "port")


def as_running(settings: Config) -> Config:
    """Return the settings with the address of the running server, or unchanged if none responds."""
    try:
        answer = request_json(settings.data_dir, "GET", ADDRESS)
    except (OSError, Refusal):  # a server of an earlier version does not know the request
        return settings
    return dataclasses.replace(settings, **{name: answer[name] for name in _SETTINGS})
