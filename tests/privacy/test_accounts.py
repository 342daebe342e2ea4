"""P13: people with an account read, correct and delete what is stored about them; unused accounts are deleted."""

import sqlite3
import time
from pathlib import Path

from schema.people import users
from schema.stores.control import Control
from tests.server import Server, becomes_true

MONTH_S = 30.4375 * 86_400


def emails(server: Server) -> list[str]:
    with sqlite3.connect(server.data_dir / "control.sqlite3") as connection:
        return [row[0] for row in connection.execute("select email from users order by email")]


def a_server(directory: Path, *, months: int) -> Server:
    """Return a server with the accounts of two users who signed in 25 and 23 months ago."""
    now = time.time()
    directory.mkdir()
    control = Control(directory / "control.sqlite3", now=now)
    for email, unused_months in (("old@example.org", 25), ("new@example.org", 23)):
        then = now - unused_months * MONTH_S
        users.start_session(control, users.add(control, email, now=then), now=then)
    control.close()
    return Server(directory, settings={"account_months": str(months)})


def test_a_server_deletes_accounts_that_nobody_uses(tmp_path: Path) -> None:
    with a_server(tmp_path / "data", months=24) as server:
        assert becomes_true(lambda: emails(server) == ["new@example.org"])


def test_a_server_keeps_accounts_where_that_is_set(tmp_path: Path) -> None:
    with a_server(tmp_path / "data", months=0) as server:
        server.restart()

    assert ["new@example.org", "old@example.org"] == emails(server)
