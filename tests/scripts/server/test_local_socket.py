import gc
import warnings
from pathlib import Path

import pytest

from scripts.server.local_socket import OperatorConnection
from tests.server import Server


def test_where_no_server_runs_nothing_stays_open(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(OSError, match="No such file"):
            OperatorConnection(tmp_path).connect()
        gc.collect()

    assert [] == [warning for warning in caught if warning.category is ResourceWarning]


def test_a_hit_on_the_socket_is_accepted_however_it_arrives(tmp_path: Path) -> None:
    body = b'{"n": "pageview", "d": "example.org", "u": "https://example.org/"}'
    head = b"POST /api/event HTTP/1.1\r\nHost: sillage\r\nContent-Length: %d\r\n\r\n" % len(body)
    statuses = []
    with Server(tmp_path / "data") as server:
        for pieces in ([head + body], [head, body], [head[:9], head[9:] + body]):
            connection = OperatorConnection(server.data_dir)
            connection.connect()
            with connection.sock as opened:
                for piece in pieces:
                    opened.sendall(piece)
                statuses.append(opened.recv(12))

    assert [b"HTTP/1.1 202"] * 3 == statuses
