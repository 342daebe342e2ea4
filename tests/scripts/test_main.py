import subprocess
import sys
from importlib import metadata

import click
import pytest

from scripts.__main__ import COMMANDS
from scripts.__main__ import sillage as group
from scripts.config.settings import SETTINGS


def commands():
    """Yield (name, command) for every command, including the subcommands of groups."""
    context = click.Context(group)
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", command.commands[below]) for below in command.commands)


def test_the_table_repeats_the_help_of_each_command():
    own = {name: command.get_short_help_str(limit=200) for name, command in commands() if " " not in name}

    assert own == COMMANDS


def test_every_command_has_help_with_an_example():
    without = [
        name
        for name, command in commands()
        if not isinstance(command, click.Group) and f"Example: sillage {name}" not in (command.help or "")
    ]

    assert without == []


def test_help_explains_every_setting(sillage):
    words = " ".join(sillage("--help").stdout.split())

    assert [setting.name for setting in SETTINGS if f"{setting.name} {setting.help}" not in words] == []


def test_help_and_version_do_not_wait_for_clickhouse():
    script = (
        "import sys; from scripts.__main__ import sillage\n"
        "for words in (['--help'], ['version']): sillage(words, standalone_mode=False)\n"
        "assert 'clickhouse_connect' not in sys.modules"
    )

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")


def test_version_prints_the_installed_one(sillage):
    assert sillage("version").stdout == f"Sillage {metadata.version('sillage')}\n"


def test_the_data_directory_option_may_precede_the_command(sillage, tmp_path):
    sillage("--data-dir", str(tmp_path / "other"), "sites", "add", "example.org")

    assert (tmp_path / "other" / "control.sqlite3").exists()
    assert not (tmp_path / "data").exists()


def test_an_unwritable_data_directory_is_one_sentence(sillage, tmp_path):
    (tmp_path / "file").touch()
    data_dir = tmp_path / "file" / "data"

    result = sillage("--data-dir", str(data_dir), "sites", "list")

    assert result.exit_code == 2
    assert result.stderr == (
        f"sillage: The data directory {data_dir} can't be written. "
        "Choose another with --data-dir, or give this user ownership of it.\n"
    )


def test_a_damaged_control_file_is_one_sentence(sillage, data_dir):
    data_dir.mkdir()
    file = data_dir / "control.sqlite3"
    file.write_bytes(b"no database" * 100)

    result = sillage("sites", "list")

    assert result.exit_code == 2
    assert result.stderr == f"sillage: The control file {file} can't be opened: file is not a database.\n"


def test_a_newer_control_file_is_one_sentence(sillage, control):
    with control.write() as connection:
        connection.execute("insert into migrations values (9999, 'later', 'x', 0)")

    result = sillage("sites", "list")

    assert result.exit_code == 2
    assert result.stderr.startswith("sillage: the database is at schema 9999, this Sillage knows ")


def test_a_bad_settings_file_is_one_sentence(sillage, tmp_path):
    (tmp_path / "sillage.toml").write_text("prot = 1")

    result = sillage("sites", "list")

    assert result.exit_code == 2
    assert result.stderr.endswith("sillage.toml is not a setting. Did you mean port?\n")


def test_a_bug_keeps_its_traceback(sillage, control):
    control.rows("drop table sites")

    with pytest.raises(Exception, match="no such table: sites"):
        sillage("sites", "list")


def test_the_command_runs_as_a_module(data_dir):
    result = subprocess.run(
        [sys.executable, "-m", "scripts", "--data-dir", str(data_dir), "sites", "add", "bad domain"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "sillage: 'bad domain' is not a domain: enter it like example.org\n"
