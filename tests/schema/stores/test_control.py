import shutil
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schema.sites import sites
from schema.stores.control import Control
from schema.stores.migrate import CONTROL, migrate_control


def add_site(control: Control, domain: str) -> None:
    sites.add(control, domain, timezone="UTC", now=time.time())


def domains(control: Control) -> list[str]:
    return [site.domain for site in sites.list_all(control, now=time.time())]


def test_the_file_is_for_its_owner_alone(control: Control, tmp_path: Path) -> None:
    add_site(control, "example.org")  # the log beside it exists now

    modes = {path.name: stat.filemode(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert dict.fromkeys(["control.sqlite3", "control.sqlite3-shm", "control.sqlite3-wal"], "-rw-------") == modes


def test_what_was_written_is_there_after_closing(control: Control, tmp_path: Path) -> None:
    add_site(control, "example.org")
    control.close()

    again = Control(tmp_path / "control.sqlite3", now=time.time())
    assert ["example.org"] == domains(again)
    again.close()


def test_domains_of_earlier_versions_get_their_normal_form(tmp_path: Path) -> None:
    directory = tmp_path / "earlier"
    directory.mkdir()
    for file in sorted(CONTROL.glob("*.sql"))[:9]:
        shutil.copy(file, directory)
    connection = sqlite3.connect(tmp_path / "control.sqlite3", isolation_level=None)
    migrate_control(connection, directory=directory, now=0)
    earlier = ["xn--mller-kva.example", "example.org:443", "example.org", "example.net:8080", "xn--a.example"]
    for domain in earlier:
        connection.execute(
            "insert into sites (domain, timezone, retention_days, created_at, script_id) values (?, 'UTC', 1, 0, ?)",
            (domain, domain),
        )
    connection.close()

    control = Control(tmp_path / "control.sqlite3", now=0)

    # The second site named example.org keeps its domain, and with it its events.
    assert ["example.net:8080", "example.org", "example.org:443", "müller.example", "xn--a.example"] == domains(control)
    control.close()


def add_user_and_fail(control: Control) -> None:
    with control.write() as connection:
        connection.execute("insert into users (email, created_at) values ('a@example.org', 0)")
        raise ZeroDivisionError


def test_a_block_that_raises_undoes_what_it_wrote(control: Control) -> None:
    with pytest.raises(ZeroDivisionError):
        add_user_and_fail(control)
    with control.write() as connection:
        connection.execute("insert into users (email, created_at) values ('b@example.org', 0)")

    assert [("b@example.org",)] == [tuple(row) for row in control.rows("select email from users")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("'; drop table users; --", id="a statement"),
        pytest.param("?", id="a place for a value"),
        pytest.param("a\0b\n", id="control characters"),
        pytest.param("é 東京 🛶", id="beyond ASCII"),
    ],
)
def test_a_value_stays_a_value(control: Control, text: str) -> None:
    row = control.row("select ?", (text,))

    assert row is not None
    assert text == row[0]


def test_there_is_no_first_row_of_nothing(control: Control) -> None:
    assert control.row("select id from users") is None


def test_the_version_moves_with_what_others_commit_and_with_nothing_else(control: Control, tmp_path: Path) -> None:
    other = Control(tmp_path / "control.sqlite3", now=time.time())
    before = control.version()
    add_site(control, "own.example")
    unchanged = control.version()
    add_site(other, "other.example")
    changed = control.version()
    other.close()

    assert before == unchanged
    assert before != changed


def test_a_statement_that_breaks_a_rule_of_the_tables_is_refused(control: Control) -> None:
    with pytest.raises(sqlite3.IntegrityError), control.write() as connection:
        connection.execute("insert into invitations (site_id, email, role) values (99, 'a@b.example', 'viewer')")


def test_many_threads_share_one_connection_and_others_beside_it(control: Control, tmp_path: Path) -> None:
    other = Control(tmp_path / "control.sqlite3", now=time.time())

    def write(number: int) -> None:
        add_site((control, other)[number % 2], f"site-{number}.example")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    other.close()

    assert {f"site-{number}.example" for number in range(40)} == set(domains(control))


def test_a_copy_has_what_is_committed_and_nothing_that_was_deleted(tmp_path):
    control = Control(tmp_path / "control.sqlite3", now=0)
    sites.add(control, "secret.example", timezone="Europe/Paris", now=0)
    with control.write() as connection:
        connection.execute("delete from sites")
    sites.add(control, "example.org", timezone="Europe/Paris", now=0)
    control.copy_to(tmp_path / "copy")
    control.close()

    content = (tmp_path / "copy").read_bytes()
    assert (True, False) == (b"example.org" in content, b"secret.example" in content)
