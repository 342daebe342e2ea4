import ipaddress
from collections.abc import Mapping
from pathlib import Path

import pytest

from schema.privacy.audits import State
from scripts.audit import canary
from scripts.audit.subject import Fetch, Reply
from tests.scripts.audit.subjects import a_subject


def test_requests_of_canaries_leave_no_trace(tmp_path, fetch):
    finding = canary.without_trace(a_subject(tmp_path, fetch=fetch))

    assert State.GREEN is finding.state


@pytest.mark.parametrize("name", ["x-forwarded-for", "x-plausible-ip", "forwarded"])
def test_a_server_that_logs_an_address_is_caught(tmp_path: Path, fetch: Fetch, name: str) -> None:
    log = tmp_path / "sillage.log"

    def logging(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        with log.open("a") as opened:
            opened.write(f"INFO {method} {headers.get(name)}\n")
        return fetch(method, path, headers, body)

    named = canary.without_trace(a_subject(tmp_path, fetch=logging, logs=[log]))
    unnamed = canary.without_trace(a_subject(tmp_path, fetch=logging))

    assert (State.RED, str(log)) == (named.state, named.sentence.values["files"])
    assert State.GREEN is unnamed.state


def test_a_temporary_file_with_an_address_is_caught(tmp_path: Path, fetch: Fetch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def spilling(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        (temporary / "upload").write_text(headers.get("x-forwarded-for", ""))
        return fetch(method, path, headers, body)

    assert State.RED is canary.without_trace(a_subject(tmp_path, fetch=spilling, temporary=[temporary])).state


def test_canaries_are_of_networks_for_documentation():
    assert all(ipaddress.ip_address(address).is_private for address in canary.canaries())
    assert canary.canaries() != canary.canaries()


def test_without_a_log_or_a_server_the_finding_says_so(tmp_path, fetch):
    log = tmp_path / "sillage.log"
    log.touch()
    states = [
        canary.logs_searched(a_subject(tmp_path, **changes)).state
        for changes in (
            {"fetch": fetch},
            {"fetch": fetch, "logs": [log]},
            {"fetch": fetch, "logs": [tmp_path / "missing"]},
            {"logs": [log]},
        )
    ]

    assert [State.YELLOW, State.GREEN, State.YELLOW, State.YELLOW] == states
