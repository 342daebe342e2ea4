"""`sillage mail`: the connection to the mail server."""

import time
from collections.abc import Mapping

import click

from scripts.config import loading
from scripts.config.mail import mailer
from scripts.console.errors import Refusal


@click.group()
def mail() -> None:
    """Test the connection to the mail server."""


@mail.command()
@click.argument("address")
@click.pass_obj
def test(options: Mapping[str, str] | None, address: str) -> None:
    """Send a short message to ADDRESS, with the settings that `sillage serve` would use here.

    Exit code 2 means that the mail server did not accept it. Standard error then contains the reason.

    Example: sillage mail test ada@example.org
    """
    settings = loading.load(options)
    sending = mailer(settings, clock=time.time)
    if sending is None:
        raise Refusal(
            "No mail server is configured. Set mail_host and mail_from, in sillage.toml or as SILLAGE_MAIL_HOST and "
            "SILLAGE_MAIL_FROM."
        )
    sending.send(address, "Test of Sillage", f"Sillage at {settings.base_url} can send mail to this address.\n")
    click.echo(f"{sending.server.host} accepted a message to {address}. Check that it arrives, and not as spam.")
