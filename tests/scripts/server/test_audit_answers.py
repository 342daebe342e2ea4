import json
from http import HTTPStatus

import msgspec
import pytest

from dashboard.papers.facts import configuration_hash
from schema.privacy.evidence import QUESTIONS
from schema.sites import sites
from scripts.audit.subject import Process
from scripts.config.installation import installation
from scripts.server.audit_answers import PROCESS, AuditAnswers


@pytest.fixture
def answers(parts, config):
    return AuditAnswers(config, parts.stores.control, parts.stores.database, clock=parts.clock)


def test_the_server_reports_about_itself(answers, parts, config):
    status, content = answers.answer(PROCESS)
    process = msgspec.json.decode(content, type=Process)
    (site,) = sites.list_all(parts.stores.control, now=0)

    assert HTTPStatus.OK == status
    assert process.effective(config) == config
    assert process.salts_file.endswith("/salts") == parts.stores.salts.has_file
    assert {site.domain: configuration_hash(site, installation(config, has_memory_file=True))} == process.hashes


@pytest.mark.parametrize("name", sorted(QUESTIONS.keys() - {"exempt_rows"}))  # the site is not exempt
def test_without_clickhouse_the_answer_says_so(answers, name):
    status, content = answers.answer(name)

    assert (503, {"error": "ClickHouse does not answer."}) == (status, json.loads(content))


def test_an_unknown_question_is_refused(answers):
    assert HTTPStatus.NOT_FOUND == answers.answer("passwords")[0]
