import gzip

import pytest

from schema.privacy.audits import State
from scripts.audit import web_logs
from tests.scripts.audit.subjects import a_subject

AGENT = '"Mozilla/5.0 (X11; Linux x86_64) Chrome/145.0.0.0 Safari/537.36"'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(f'203.0.113.77 - - [30/Nov/2026:12:30:45 +0000] "POST /api/event" 202 {AGENT}', True, id="IPv4"),
        pytest.param(f'2001:db8::cafe - - [30/Nov/2026:12:30:45] "POST /api/event" 202 {AGENT}', True, id="IPv6"),
        pytest.param('{"remote_ip":"203.0.113.77","uri":"/api/event"}', True, id="JSON"),
        pytest.param('::ffff:203.0.113.77 "POST /api/event"', True, id="IPv4 within IPv6"),
        pytest.param(f'- - - [30/Nov/2026:12:30:45 +0000] "POST /api/event" 202 {AGENT}', False, id="no address"),
        pytest.param('203.0.113.0 - - "POST /api/event" 202', False, id="a shortened IPv4 address"),
        pytest.param('2001:db8:1:: - - "POST /api/event" 202', False, id="a shortened IPv6 address"),
        pytest.param('127.0.0.1 - - "POST /api/event" 202', False, id="the machine itself"),
    ],
)
def test_addresses_of_visitors_are_recognized(line, expected):
    assert expected is web_logs.has_address(line.encode())


@pytest.mark.parametrize("path", ["/api/event", "/js/script.js", "/api/pixel.gif?d=example.org"])
def test_lines_about_the_collector_must_have_no_address(tmp_path, path):
    log = tmp_path / "access.log"
    log.write_text(f'203.0.113.9 "GET /" 200\n203.0.113.77 "GET {path} HTTP/1.1" 202\n')
    finding = web_logs.without_addresses(a_subject(tmp_path, web_logs=[log]))

    assert (State.RED, 1) == (finding.state, finding.sentence.values["count"])
    assert "203.0.113" not in str(finding.sentence)


def test_lines_about_other_paths_are_not_ours(tmp_path):
    log = tmp_path / "access.log"
    log.write_text('203.0.113.9 "GET /" 200\n- "POST /api/event" 202\n')

    assert State.GREEN is web_logs.without_addresses(a_subject(tmp_path, web_logs=[log])).state


def test_a_compressed_log_is_read(tmp_path):
    log = tmp_path / "access.log.1.gz"
    log.write_bytes(gzip.compress(b'203.0.113.77 "POST /api/event" 202\n'))

    assert State.RED is web_logs.without_addresses(a_subject(tmp_path, web_logs=[log])).state


def test_without_a_log_nothing_is_checked(tmp_path):
    missing = a_subject(tmp_path, web_logs=[tmp_path / "missing"])

    assert {State.YELLOW} == {web_logs.without_addresses(subject).state for subject in (a_subject(tmp_path), missing)}
