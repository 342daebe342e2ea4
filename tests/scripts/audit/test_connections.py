import socket

import pytest

from schema.privacy.audits import State
from scripts.audit import connections
from scripts.audit.subject import Connection
from tests.scripts.audit.subjects import a_process, a_subject


def finding(tmp_path, *hosts, **settings):
    opened = tuple(Connection(host, 443) for host in hosts)
    return connections.none_outgoing(a_subject(tmp_path, process=a_process(connections=opened), **settings))


def test_a_server_without_connections_is_green(tmp_path):
    assert State.GREEN is finding(tmp_path).state


def test_a_connection_to_another_machine_is_red_and_named_by_its_port(tmp_path):
    result = finding(tmp_path, "203.0.113.9")

    assert State.RED is result.state
    assert "443" in str(result.sentence)
    assert "203.0.113.9" not in str(result.sentence)


def test_a_connection_to_the_clickhouse_server_is_allowed(tmp_path):
    database = "clickhouse://203.0.113.9:8123/sillage"

    assert State.GREEN is finding(tmp_path, "203.0.113.9", database=database).state
    assert State.RED is finding(tmp_path, "203.0.113.9", "203.0.113.10", database=database).state


def test_what_is_not_shown_is_not_judged(tmp_path):
    hidden = a_subject(tmp_path, process=a_process(connections=None))

    assert {State.YELLOW} == {connections.none_outgoing(subject).state for subject in (hidden, a_subject(tmp_path))}


def test_connections_within_the_machine_are_not_outgoing():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]):
        assert connections.outgoing() in ((), None)


@pytest.mark.parametrize(
    ("field", "host"),
    [
        ("0100007F:1F90", "127.0.0.1"),
        ("4D7100CB:01BB", "203.0.113.77"),
        ("B80D01200000000000000000FECA0000:01BB", "2001:db8::cafe"),
        ("0000000000000000FFFF00004D7100CB:01BB", "203.0.113.77"),
    ],
)
def test_addresses_are_read_as_linux_writes_them(field, host):
    assert host == connections._host(field)
