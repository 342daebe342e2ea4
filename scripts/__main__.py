"""The `sillage` command. Each subcommand is a module of the same name, imported on use."""

import os
from importlib import import_module
from keyword import iskeyword

import click

from scripts.config import loading
from scripts.config.settings import SETTINGS, described
from scripts.console.errors import Refusal, is_expected
from scripts.server.secrecy import FOR_THE_OWNER

COMMANDS = {
    "serve": "Run the collector and the dashboard.",
    "install": "Print a systemd unit for this installation.",
    "sites": "Add, list and remove sites, and set how long their statistics are kept.",
    "users": "Add, list and remove dashboard users.",
    "exclusions": "Add, list, test and remove rules for hits that are not counted.",
    "doctor": "Find out what keeps the server from working, and print the web server configuration to fix it.",
    "keys": "Add, list and revoke API keys.",
    "goals": "Add, list, rename and remove the goals of a site.",
    "funnels": "Add, list and remove the funnels of a site.",
    "segments": "Add, list and remove the segments of a site.",
    "props": "Choose which custom properties a site shows.",
    "referrers": "Drop spam referrers, and ignore referrers that are never a source.",
    "paths": "Store similar paths of pages as one.",
    "privacy": "Show and change privacy settings, print papers, and audit the guarantees.",
    "mail": "Test the connection to the mail server, and preview reports.",
    "erase": "Erase events for good, with their effect on visits and counts, on disk too.",
    "import": "Import past events into a site.",
    "export": "Export the events or visits of a site to a file.",
    "backup": "Copy everything to a directory or a bucket, while the server runs.",
    "restore": "Build an empty data directory from a backup, or verify that this would work.",
    "spool": "List, replay and discard events that could not be stored.",
    "rollups": "Rebuild the daily and monthly counts, and show their status.",
    "geo": "Install location databases, and show which are in use.",
    "version": "Print the installed version.",
}


class Sillage(click.Group):
    """The commands of the table. Expected errors become one sentence on standard error."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"scripts.commands.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing the commands: clickhouse-connect alone takes a quarter of a second."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of settings."""
        with formatter.section("Settings, as named in sillage.toml"):
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

    Every command works while the server runs. The settings below come from options, else from the environment (port is
    SILLAGE_PORT), else from sillage.toml: the file that SILLAGE_CONFIG names, else the first one found in the working
    directory or the data directory.

    Example: sillage --data-dir /var/lib/sillage sites list
    """


def main() -> None:
    """Run the command line and exit."""
    sillage(prog_name="sillage")


if __name__ == "__main__":
    main()
