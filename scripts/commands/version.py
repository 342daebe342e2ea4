"""`sillage version`: the installed version."""

from importlib import metadata

import click


@click.command()
def version() -> None:
    """Print the installed version.

    Example: sillage version
    """
    click.echo(f"Sillage {metadata.version('sillage')}")
