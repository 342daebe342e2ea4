"""`sillage mail`: the connection to the mail server."""

import time
from collections.abc import Mapping
from urllib.parse import quote

import click

from dashboard import language as languages
from schema.mail.subscriptions import Kind
from scripts.config import loading
from scripts.config.mail import mailer
from scripts.console.errors import Refusal
from scripts.server import mail_answers
from scripts.server.local_socket import request_json


@click.group()
def mail() -> None:
    """Test the connection to the mail server, and preview reports."""


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


@mail.command()
@click.argument("domain")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), default="weekly", show_default=True)
@click.option("--language", type=click.Choice(list(languages.NAMES)), default="en", show_default=True)
@click.option("--html", "as_html", is_flag=True, help="The HTML alone. By default, the subject and the plain text.")
@click.pass_obj
def preview(options: Mapping[str, str] | None, domain: str, kind: str, language: str, *, as_html: bool) -> None:
    """Print the mail with the last report of a site that was due. Nothing is sent.

    The running server writes it, so it must run. The link that stops the report is left out: each is for one address.

    Example: sillage mail preview example.org --kind monthly --html > mail.html
    """
    settings = loading.load(options)
    path = quote(f"{mail_answers.PATH}{kind}/{language}/{domain}")
    try:
        letter = request_json(settings.data_dir, "GET", path)
    except OSError:
        raise Refusal("No server runs with this data directory. Start it with `sillage serve` first.") from None
    click.echo(letter["html"] if as_html else f"{letter['subject']}\n\n{letter['text']}", nl=False)
