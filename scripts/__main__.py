"""The `sillage` command: a module of the same name for each command, imported when it is asked for."""

import os
from importlib import import_module
from keyword import iskeyword

import click

from scripts.config import loading
from scripts.config.settings import SETTINGS, described
from scripts.console.errors import Refusal, is_expected
from scripts.server.secrecy import FOR_THE_OWNER

COMMANDS = {
    "serve": "Collect events and show the dashboard, until stopped.",
    "sites": "Add, list and remove sites.",
    "users": "Add, list and remove people who may open the dashboard.",
    "exclusions": "Add, list, try and remove rules of hits that are not counted.",
    "doctor": "Find what keeps rules from working, and print the lines that mend it.",
    "keys": "Add, list and remove keys that programs show.",
    "goals": "Add, list, rename and remove goals of a site.",
    "funnels": "Add, list and remove funnels of a site.",
    "segments": "Add, list and remove segments of a site.",
    "props": "Choose the custom properties that a site shows.",
    "import": "Read events of the past into a site.",
    "export": "Write what is stored of a site to a file.",
    "spool": "List, replay and discard events that were set aside.",
    "rollups": "Count days again, and show which are counted.",
    "geo": "Install tables of places, and show which are in use.",
    "version": "Print which Sillage this is.",
}


class Sillage(click.Group):
    """The commands of the table, and one place where expected errors become sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"scripts.commands.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing what it names: clickhouse-connect alone takes a quarter of a second."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of settings, which a person looks for here first."""
        with formatter.section("Settings, by their names in sillage.toml"):
            formatter.write_dl([(setting.name, described(setting)) for setting in SETTINGS])

    def invoke(self, ctx: click.Context) -> object:
        umask = os.umask(FOR_THE_OWNER)
        try:
            return super().invoke(ctx)
        except Exception as error:
            if is_expected(error):
                raise Refusal(str(error)) from error
            raise
        finally:
            os.umask(umask)


@click.group(cls=Sillage, context_settings={"help_option_names": ["-h", "--help"]})
@loading.option("data_dir")
def sillage() -> None:
    """Cookieless web analytics: a collector, ClickHouse and a dashboard.

    Every command works while the server runs, and reads the same settings: those below, from sillage.toml (in the
    working directory, or in the data directory, or where SILLAGE_CONFIG says) or from the environment, where port is
    SILLAGE_PORT. The environment goes before the file, and an option before both.

    Example: sillage --data-dir /var/lib/sillage sites list
    """


def main() -> None:
    """Run what was typed, and exit."""
    sillage(prog_name="sillage")


if __name__ == "__main__":
    main()
