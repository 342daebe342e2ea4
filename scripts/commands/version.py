"""`sillage version`: which Sillage this is."""

from importlib import metadata

import click


@click.command()
def version() -> None:
    """Print which Sillage this is.

    Example: sillage version
    """
    click.echo(f"Sillage {metadata.version('sillage')}")
