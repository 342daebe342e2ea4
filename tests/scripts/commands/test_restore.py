"""`sillage restore`: what is restored counts and shows what was backed up."""

from pathlib import Path

import pytest

from tests.scripts.commands.test_erase import LINES
from tests.server import Server

ROOT = Path(__file__).parents[3]


def pages(server: Server) -> str:
    return server.command("export", "visits", "--site", "example.org", "--format", "csv")


def test_a_server_comes_back_without_what_was_erased_since(tmp_path: Path) -> None:
    (tmp_path / "history.ndjson").write_text(LINES)
    (tmp_path / "passphrase").write_text("correct horse battery")
    place = (str(tmp_path / "backups"), "--passphrase-file", str(tmp_path / "passphrase"))
    with Server(tmp_path / "data") as server:
        server.command("import", "events", str(tmp_path / "history.ndjson"), "--site", "example.org")
        before = pages(server)
        name = Path(server.command("backup", *place).partition(":")[0]).name
        verified = server.command("restore", *place, "--verify")
        server.command("erase", "--site", "example.org", "--page", "/secret", "--yes")
        server.command("backup", *place)

    assert "can be restored: all checksums are right, and so are the counts." in verified
    assert "/secret" in before
    second = Server(tmp_path / "second", sites=())
    restored = second.command("restore", *place, "--backup", name)
    assert "The server repeats 1 erasures when it starts." in restored
    with second:
        second.command("erase", "--again")
        after = pages(second)
    assert "/secret" not in after
    assert "/a" in after


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("backups",), "There is no complete backup in", id="no backups"),
        pytest.param(("backups", "--erasures", "missing"), "'missing' does not exist", id="no list"),
        pytest.param(("backups", "--passphrase-file", "missing"), "'missing' does not exist", id="no passphrase"),
    ],
)
def test_what_can_not_be_restored_is_a_sentence(sillage, tmp_path, words, sentence):
    answer = sillage("restore", *words)

    assert (2, True) == (answer.exit_code, sentence in answer.stderr)


def test_a_data_directory_with_files_is_left_alone(sillage, control, tmp_path):
    from scripts.backup import manifest
    from scripts.backup.targets import Directory
    from tests.scripts.backup.test_manifest import MADE

    Directory(tmp_path / "backups").write("20251201T031500Z", manifest.FILE, manifest.encoded(MADE))
    answer = sillage("restore", "backups")

    assert 2 == answer.exit_code
    assert "is not empty (control.sqlite3" in answer.stderr


def test_a_restore_that_fails_leaves_the_directory_as_empty_as_before(tmp_path: Path) -> None:
    """This one fails at its first rows, when the control file and the keys are written."""
    server = Server(tmp_path / "data", sites=())
    server.command("sites", "add", "example.org")
    server.command("import", "events", str(ROOT / "tests" / "history.ndjson"), "--site", "example.org")
    server.command("backup", str(tmp_path / "backups"))
    (piece,) = (tmp_path / "backups").glob("*/visits.*")
    piece.write_bytes(b"damaged")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "sillage.toml").touch()
    command = Server(tmp_path / "second", sites=()).started("restore", str(tmp_path / "backups"))
    _, errors = command.communicate()

    assert (2, True) == (command.returncode, "is damaged: its checksum is wrong" in errors)
    assert ["sillage.toml"] == [entry.name for entry in (tmp_path / "second").iterdir()]
