"""Confirmation of rules that would have excluded a large share of the last day's hits."""

import json
from collections.abc import Callable

import click

from schema.exclusions import rules, size_check
from schema.exclusions.rules import Rule
from schema.exclusions.size_check import Share, TooMuchError
from schema.stores.control import Control
from scripts.commands import sites
from scripts.config.loading import Config
from scripts.server.local_socket import request_json


def by_the_server(settings: Config, control: Control) -> Share:
    """Return a function that queries the running server. It returns None if no server runs."""
    domains = sites.domains(control)

    def share(rule: Rule) -> float | None:
        site = {} if rule.site_id is None else {"site_id": domains[rule.site_id]}
        body = json.dumps(rules.fields_of(rule) | site).encode()
        try:
            answer = request_json(settings.data_dir, "POST", "/api/v1/sites/exclusions/share", body=[body])
        except OSError:
            return None
        part: float | None = answer["share"]
        return part

    return share


def ask(rule: Rule, share: Share, *, max_share: float) -> None:
    """Ask for confirmation if a rule excludes too many hits. Raises click.Abort."""
    try:
        size_check.weigh(rule, share, max_share=max_share)
    except TooMuchError as error:
        prefix = f"{rule.note}: " if rule.note else ""
        click.confirm(f"{prefix}{str(error).removesuffix('.')}. Continue anyway?", abort=True, err=True)


def of_file(control: Control, share: Share, *, max_share: float) -> Callable[[Rule], None]:
    """Return a check that raises TooMuchError for a new rule of exclusions.toml."""
    from_file = (exclusion.rule for exclusion in rules.list_all(control) if exclusion.line is not None)
    in_force = {rules.essence(rule) for rule in from_file if rule.excludes}

    def check(rule: Rule) -> None:
        if rules.essence(rule) not in in_force:
            size_check.weigh(rule, share, max_share=max_share)

    return check
