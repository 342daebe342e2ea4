import os
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ingest.visits.salts import SaltPair, Salts
from schema.days.local_day import local_day
from schema.privacy.audits import State
from scripts.audit import salts
from tests.scripts.audit.subjects import EXEMPT, NOW, STANDARD, a_process, a_subject

TODAY = local_day(NOW, ZoneInfo("Europe/Paris"))
SWAP = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of the salts of both sites, private to its owner."""
    directory = tmp_path / "memory"
    directory.mkdir(mode=0o700)
    kept = Salts(directory / "salts")
    for site in (STANDARD, EXEMPT):
        kept.of(site.id, TODAY, now=NOW)
    kept.close()
    return directory / "salts"


def mounts(tmp_path: Path, kind: str) -> Path:
    """Return a table of mounts with this type for the file system of the tests."""
    point = tmp_path
    while not point.is_mount():
        point = point.parent
    table = tmp_path / f"mounts of {kind}"
    table.write_text(f"x {point} {kind} rw 0 0\n")
    return table


def test_salts_in_memory_for_their_owner_are_green(tmp_path, file):
    subject = a_subject(tmp_path, salts_file=file, mounts=mounts(tmp_path, "tmpfs"))

    assert State.GREEN is salts.in_memory(subject).state


@pytest.mark.parametrize(
    ("kind", "directory_mode", "file_mode"),
    [
        pytest.param("ext4", 0o700, 0o600, id="on a disk"),
        pytest.param("tmpfs", 0o755, 0o600, id="a directory open to others"),
        pytest.param("tmpfs", 0o700, 0o640, id="a file open to the group"),
    ],
)
def test_other_salts_are_red(tmp_path, file, kind, directory_mode, file_mode):
    file.parent.chmod(directory_mode)
    file.chmod(file_mode)

    assert State.RED is salts.in_memory(a_subject(tmp_path, salts_file=file, mounts=mounts(tmp_path, kind))).state


def test_salts_in_the_memory_of_the_process_can_not_be_read(tmp_path):
    subject = a_subject(tmp_path)
    states = [proof(subject).state for proof in (salts.in_memory, salts.without_copies, salts.of_today)]

    assert [State.GREEN, State.YELLOW, State.YELLOW] == states


@pytest.mark.parametrize(
    ("table", "state"),
    [
        (SWAP, State.GREEN),
        (SWAP + "/dev/zram0 partition 100 0 5\n", State.GREEN),
        (SWAP + "/dev/sda2 partition 100 0 5\n", State.YELLOW),
    ],
    ids=["no swap", "compressed memory", "a disk"],
)
def test_swap_on_a_disk_is_for_a_person_to_judge(tmp_path, table, state):
    swaps = tmp_path / "swaps"
    swaps.write_text(table)

    assert state is salts.not_swapped(a_subject(tmp_path, swaps=swaps)).state
    assert State.YELLOW is salts.not_swapped(a_subject(tmp_path, swaps=tmp_path / "missing")).state


@pytest.mark.parametrize("write", [bytes, lambda salt: salt.hex().encode()], ids=["bytes", "hexadecimal"])
@pytest.mark.parametrize("where", ["data", "log"])
def test_a_copy_of_a_salt_is_red(tmp_path, file, where, write):
    log = tmp_path / "sillage.log"
    log.touch()
    subject = a_subject(tmp_path, salts_file=file, logs=[log])
    before = salts.without_copies(subject).state
    salt = salts.stored(file)[1].current
    copy = log if where == "log" else subject.settings.data_dir / "backup"
    copy.write_bytes(b"before" + write(salt) + b"after")

    assert State.GREEN is before
    assert State.RED is salts.without_copies(subject).state


def test_salts_of_the_present_day_are_green(tmp_path, file):
    assert State.GREEN is salts.of_today(a_subject(tmp_path, salts_file=file, process=a_process())).state


@pytest.mark.parametrize(
    ("pair", "state"),
    [
        pytest.param((TODAY.number - 1, None, 0), State.RED, id="the salt of yesterday"),
        pytest.param((TODAY.number, b"p" * 16, int(NOW) - 300), State.RED, id="a previous salt that is due"),
        pytest.param((TODAY.number, b"p" * 16, int(NOW) + 300), State.GREEN, id="a previous salt for some minutes"),
    ],
)
def test_an_earlier_salt_is_red(tmp_path, file, pair, state):
    day, previous, until = pair
    file.write_bytes(msgspec.msgpack.encode({1: SaltPair(day, b"c" * 16, previous, until)}))

    assert state is salts.of_today(a_subject(tmp_path, salts_file=file)).state


def test_without_a_server_and_salts_there_are_none_to_judge(tmp_path):
    missing = tmp_path / "missing"

    assert {} == salts.stored(missing)
    assert State.YELLOW is salts.of_today(a_subject(tmp_path, salts_file=missing)).state
    assert os.path.lexists(missing) is False
