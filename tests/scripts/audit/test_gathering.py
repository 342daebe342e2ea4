import time

import pytest

from dashboard.papers.facts import configuration_hash
from schema.privacy import evidence
from schema.privacy.audits import State
from schema.sites import sites
from schema.stores.control import Control
from scripts.audit.gathering import gathered, hashes
from scripts.audit.requests import honor_signals, honor_the_opt_out, mark_no_device
from scripts.config import loading
from scripts.config.installation import installation
from tests.scripts.audit.subjects import a_process, a_subject
from tests.server import Server


def test_with_a_server_everything_comes_from_it(tmp_path):
    with Server(tmp_path / "data", settings={"data_country": "FR"}) as server:
        environment = {"SILLAGE_DATA_DIR": str(server.data_dir)}
        settings = loading.load({}, environment=environment, directory=tmp_path)
        control = Control(server.data_dir / "control.sqlite3", now=time.time())
        stored = sites.list_all(control, now=time.time())
        with gathered(settings, control, stored, logs=(), web_logs=()) as subject:
            assert subject.process is not None
            assert subject.fetch is not None
            reply = subject.fetch("GET", "/api/health", {"host": "example.org"})
            tables = {table.name for table in subject.ask(evidence.TABLES)}
            assert "FR" == subject.settings.data_country
            answers = (reply.status, subject.settings.port, list(hashes(subject)), subject.figures(stored[0]))
        control.close()

    assert (200, server.port, ["example.org"]) == answers[:3]
    assert set(answers[3]) <= {0}
    assert {"events", "visits", "drops"} <= tables
    assert str(server.salt_dir) in str(subject.salts_file)


def test_addresses_of_test_requests_count_even_if_no_proxy_is_trusted(tmp_path):
    with Server(tmp_path / "data", settings={"trusted_proxies": "none", "client_hits_per_minute": "1"}) as server:
        settings = loading.load({}, environment=server.environment, directory=tmp_path)
        control = Control(server.data_dir / "control.sqlite3", now=time.time())
        stored = sites.list_all(control, now=time.time())
        with gathered(settings, control, stored, logs=(), web_logs=()) as subject:
            findings = [proof(subject) for proof in (honor_the_opt_out, honor_signals, mark_no_device)]
        control.close()

    assert {State.GREEN} == {finding.state for finding in findings}


@pytest.mark.parametrize("is_running", [True, False])
def test_the_hash_is_that_of_the_running_server(tmp_path, is_running):
    process = a_process(hashes={"example.org": "abc"}) if is_running else None
    subject = a_subject(tmp_path, process=process)
    own = {
        site.domain: configuration_hash(site, installation(subject.settings, has_memory_file=False))
        for site in subject.sites
    }

    assert own | ({"example.org": "abc"} if is_running else {}) == hashes(subject)
