import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from dashboard.pages.status import TOPICS
from schema.privacy.audits import State
from scripts.backup import last
from scripts.config.loading import Config
from scripts.server import server_state
from scripts.server.parts import Parts


def test_every_topic_is_checked_once_and_has_a_title(parts: Parts, config: Config):
    state = server_state.of(parts, config)

    assert list(TOPICS) == [finding.key for finding in state.findings]


def test_a_missing_clickhouse_is_red_and_stops_nothing(parts: Parts, config: Config):
    state = server_state.of(parts, config)

    assert {"clickhouse": State.RED} == {
        finding.key: finding.state for finding in state.findings if finding.key == "clickhouse"
    }
    assert () == tuple(state.tables)


def test_the_last_backup_is_found(parts: Parts, config: Config):
    last.note(config.data_dir, at=parts.clock())
    findings = {finding.key: finding for finding in server_state.of(parts, config).findings}

    assert State.GREEN == findings["backup"].state


def test_the_doctor_gets_sentences(parts: Parts, config: Config):
    status, content = server_state.answer(lambda: server_state.of(parts, config))("")

    assert HTTPStatus.OK == status
    assert {"key", "state", "sentence"} == set(json.loads(content)[0])


@pytest.mark.parametrize(
    ("changes", "hosts"),
    [
        pytest.param({"database": "chdb:///data"}, [], id="nothing configured"),
        pytest.param({"database": "clickhouse://u:secret@db.example/s"}, ["db.example"], id="a ClickHouse server"),
        pytest.param({"database": "chdb:///data", "mail_host": "smtp.example"}, ["smtp.example"], id="a mail server"),
        pytest.param(
            {"database": "chdb:///data", "oidc_issuer": "https://login.example/x"}, ["login.example"], id="a provider"
        ),
    ],
)
def test_configured_connections_are_listed_with_a_limit(config: Config, changes: dict[str, Any], hosts: list[str]):
    listed = server_state.outgoing(replace(config, **changes))

    assert hosts == [kind.to for kind in listed if isinstance(kind.to, str)]
    assert all(str(kind.limit) for kind in listed)
