"""What Sillage writes, and finds written, is for the owner of the data directory alone."""

import logging
import os
import stat
import sys
from pathlib import Path

import pytest

from scripts.server import secrecy
from tests.server import Server

NOBODY = 65_534


def modes(directory: Path) -> dict[str, str]:
    """Return the permissions of a directory and of what lies directly in it, by name, in octal digits."""
    paths = [directory, *directory.iterdir()]
    return {path.name: f"{stat.S_IMODE(path.lstat().st_mode):o}" for path in paths}


@pytest.fixture
def open_directory(tmp_path: Path) -> Path:
    """Give a data directory that everybody can read, with a directory and a file in it."""
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "clickhouse").mkdir()
    (directory / "exclusions.toml").touch()
    for path in (directory, directory / "clickhouse"):
        path.chmod(0o755)
    (directory / "exclusions.toml").chmod(0o644)
    return directory


def test_what_others_could_read_is_tightened_and_named(open_directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    secrecy.tighten(open_directory)

    assert {"data": "700", "clickhouse": "700", "exclusions.toml": "600"} == modes(open_directory)
    names = ", ".join(str(open_directory / name) for name in ("", "clickhouse", "exclusions.toml"))
    assert [f"other users could read {names}: now only the owner can"] == caplog.messages


def test_what_only_the_owner_could_read_is_no_line(open_directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    secrecy.tighten(open_directory)
    caplog.clear()
    secrecy.tighten(open_directory)

    assert [] == caplog.messages


def test_a_link_out_of_the_directory_is_not_followed(open_directory: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (open_directory / "referrers.txt").symlink_to(elsewhere)
    secrecy.tighten(open_directory)

    assert 0o644 == stat.S_IMODE(elsewhere.stat().st_mode)


def test_what_belongs_to_another_user_is_left_with_a_sentence(
    open_directory: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrecy.tighten(open_directory)
    caplog.clear()
    file = open_directory / "exclusions.toml"
    file.chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    secrecy.tighten(open_directory)

    assert "644" == modes(open_directory)["exclusions.toml"]
    assert [
        f"other users can read {file}, which this process does not own: run `chmod go-rwx` on it as its owner"
    ] == caplog.messages


def test_a_server_keeps_nothing_that_others_can_read_even_where_its_directory_was_open(open_directory: Path) -> None:
    with Server(open_directory) as server:
        everything = [open_directory, *open_directory.rglob("*")]
        log = server.log.read_text()

        assert "other users could read" in log
        assert (open_directory / "clickhouse" / "store").is_dir()
        assert [] == [path for path in everything if not path.is_symlink() and path.stat().st_mode & 0o077]


def test_a_command_makes_files_for_the_owner_alone(sillage, data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)
    umask = os.umask(0o022)
    try:
        assert sillage("sites", "add", "example.org").exit_code == 0
        assert 0o022 == os.umask(0o022)
    finally:
        os.umask(umask)

    assert [] == [path for path in data_dir.iterdir() if path.stat().st_mode & 0o077]


ADDRESS = "203.0.113.77"


def logged(logger: str, error: Exception, *, cause: Exception | None = None) -> str:
    """Return what the log says of an error that was raised in `logged`."""
    try:
        raise error from cause
    except Exception:  # noqa: BLE001 - any
        record = logging.LogRecord(logger, logging.ERROR, __file__, 1, "It failed.", (), sys.exc_info())
    assert secrecy.without_error_text(record)
    return logging.Formatter().format(record)


@pytest.mark.parametrize("logger", ["dashboard.app", "uvicorn.error", "asyncio"])
@pytest.mark.parametrize(
    ("error", "cause", "types"),
    [
        pytest.param(ValueError(ADDRESS), None, ["builtins.ValueError"], id="an error"),
        pytest.param(OSError("x"), ValueError(ADDRESS), ["builtins.ValueError", "builtins.OSError"], id="its cause"),
        pytest.param(
            ExceptionGroup(ADDRESS, [ValueError(ADDRESS)]), None, ["builtins.ExceptionGroup"], id="a group of errors"
        ),
    ],
)
def test_an_error_of_a_request_is_logged_without_its_text(logger, error, cause, types):
    text = logged(logger, error, cause=cause)

    assert ADDRESS not in text
    assert text.startswith("It failed.\n")
    assert "in logged\n" in text
    assert [line for line in types if line not in text.splitlines()] == []


def test_an_error_that_led_to_itself_is_logged_once():
    error, other = ValueError(ADDRESS), KeyError(ADDRESS)
    error.__cause__, other.__cause__ = other, error

    assert 1 == logged("dashboard.app", error, cause=other).count("builtins.ValueError")


def test_an_error_of_a_job_keeps_its_text():
    assert "ValueError: the disk is on fire" in logged("scripts.server.heartbeat", ValueError("the disk is on fire"))
