"""Asking before a rule is taken that would have left out much of the last day's hits: of who types, and in the file."""

import json
from collections.abc import Callable

import click

from schema.exclusions import rules, size_check
from schema.exclusions.rules import Rule
from schema.exclusions.size_check import Share, TooMuchError
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config.loading import Config
from scripts.server.local_socket import asked


def by_the_server(settings: Config, control: Control) -> Share:
    """Return what asks the server that runs; where none runs nothing is known of hits."""
    domains = sites.domains(control)

    def share(rule: Rule) -> float | None:
        where = {} if rule.site_id is None else {"site_id": domains[rule.site_id]}
        body = json.dumps(rules.fields_of(rule) | where).encode()
        try:
            answer = asked(settings.data_dir, "POST", "/api/v1/sites/exclusions/share", body=[body])
        except OSError:
            return None
        part: float | None = answer["share"]
        return part

    return share


def ask(rule: Rule, share: Share, *, max_share: float) -> None:
    """Let whoever types say whether a rule of which there is doubt is meant. Raises click.Abort."""
    try:
        size_check.weigh(rule, share, max_share=max_share)
    except TooMuchError as error:
        named = f"{rule.note}: " if rule.note else ""
        click.confirm(f"{named}{error}. Go on all the same?", abort=True, err=True)


def of_file(control: Control, share: Share, *, max_share: float) -> Callable[[Rule], None]:
    """Return what raises TooMuchError for a rule of exclusions.toml that is not in force yet."""
    known = (found.rule for found in rules.list_all(control) if found.line is not None)
    in_force = {rules.essence(rule) for rule in known if rule.keeps_out}

    def weigh(rule: Rule) -> None:
        if rules.essence(rule) not in in_force:
            size_check.weigh(rule, share, max_share=max_share)

    return weigh
