"""`sillage users`: the dashboard users."""

import time
from collections.abc import Mapping

import click

from schema.people import accounts, members, two_factor
from schema.people import users as stored
from schema.people.roles import Role
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config import loading
from scripts.console import tables
from scripts.console.control_file import opened, with_control
from scripts.console.running_server import as_running


@click.group()
def users() -> None:
    """Add, list and remove dashboard users."""


@users.command()
@click.argument("email")
@click.option("--site", "domain", help="Give access to this site only. Default: an owner of the server.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default="viewer",
    show_default=True,
    help="Role on that site.",
)
@click.pass_obj
def add(options: Mapping[str, str] | None, email: str, domain: str | None, role: str) -> None:
    """Add a user and print a one-time sign-in link.

    Sillage sends no e-mail: pass the link on yourself. Standard output contains only the link.

    Example: sillage users add ada@example.org --site example.org --role editor
    """
    settings = loading.load(options)
    with opened(settings) as control:
        site = sites.find(control, domain) if domain else None
        user = stored.add(control, email, now=time.time(), is_owner=site is None)
        if site is not None:
            members.put(control, site.id, user.id, Role(role))
        _print_link(control, user, base_url=as_running(settings).base_url)


@users.command()
@click.argument("email")
@click.pass_obj
def link(options: Mapping[str, str] | None, email: str) -> None:
    """Print a new one-time sign-in link for a user.

    Use it when the user EMAIL lost the link, let it expire or forgot the password. Earlier links stop working.
    Standard output contains only the link.

    Example: sillage users link ada@example.org
    """
    settings = loading.load(options)
    with opened(settings) as control:
        _print_link(control, _find(control, email), base_url=as_running(settings).base_url)


@users.command()
@with_control
@click.argument("email")
def reset_two_factor(control: Control, email: str) -> None:
    """Turn two-factor authentication off for a user who lost the app and the recovery codes.

    The password stays. If the server requires two-factor authentication, the user sets it up at the next sign-in.

    Example: sillage users reset-two-factor ada@example.org
    """
    user = _find(control, email)
    two_factor.turn_off(control, user)
    click.echo(f"Two-factor authentication is off for {user.email}.")


@users.command("list")
@with_control
@tables.as_json
def list_all(control: Control, *, as_json: bool) -> None:
    """List the users, whether they have set a password, and whether they own the server.

    Example: sillage users list
    """
    rows: list[tables.Row] = [
        {"email": user.email, "has_password": user.password_hash is not None, "is_owner": user.is_owner}
        for user in stored.list_all(control)
    ]
    tables.show(rows, as_json=as_json, empty="No users yet. `sillage users add you@example.org` adds one.")


@users.command()
@with_control
@click.argument("email")
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
def remove(control: Control, email: str, *, yes: bool) -> None:
    """Delete a user with what belongs to them alone, and sign them out everywhere.

    The audit log keeps what the user changed, without the name.

    Example: sillage users remove ada@example.org --yes
    """
    user = _find(control, email)
    if not yes:
        click.confirm(f"Delete the user {user.email}?", abort=True, err=True)
    accounts.delete(control, user, may_be_last=True)
    click.echo(f"Removed {user.email}.")


def _find(control: Control, email: str) -> stored.User:
    user = stored.by_email(control, email)
    if user is None:
        raise stored.UserError(f"{email} is not a user here. `sillage users list` shows the users.")
    return user


def _print_link(control: Control, user: stored.User, *, base_url: str) -> None:
    click.echo(f"This link signs {user.email} in once, within {stored.LINK_LIFETIME_S // 3600} hours:", err=True)
    click.echo(f"{base_url}/sign-in/{stored.make_link(control, user, now=time.time())}")
