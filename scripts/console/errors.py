"""Expected errors of a command: one message on standard error, exit code 2."""

from typing import IO, Any

import click


class Refusal(click.ClickException):
    """A command can't do what was requested. The message gives the reason and a remedy."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"sillage: {self.message}", file=file, err=True)


def is_expected(error: Exception) -> bool:
    """True for errors with a message for the user. All others are bugs and keep their traceback."""
    # Not at module level: these imports take a quarter of a second, which would slow `--help` down.
    from dashboard.mail.mailer import MailError
    from dashboard.stats.model.error import QueryError
    from schema.exclusions.matchers import ExclusionError
    from schema.measures.annotations import AnnotationError
    from schema.measures.custom_props import CustomPropError
    from schema.measures.funnels import FunnelError
    from schema.measures.goals import GoalError
    from schema.measures.segments import SegmentError
    from schema.people.users import UserError
    from schema.privacy.erasures import ErasureError
    from schema.privacy.profile import PrivacyError
    from schema.sites.imports import ImportRefusedError
    from schema.sites.keys import AccessKeyError
    from schema.sites.path_rules import PathRuleError
    from schema.sites.referrers import ReferrerError
    from schema.sites.sites import SiteError
    from schema.sites.spam_referrers import SpamReferrerError
    from schema.stores.control import ControlUnavailableError
    from schema.stores.database import DatabaseUnavailableError
    from schema.stores.key_file import KeyFileError
    from schema.stores.migrate import MigrationError
    from scripts.backup.manifest import BackupError
    from scripts.config.loading import ConfigError

    expected = (
        AccessKeyError,
        AnnotationError,
        BackupError,
        ConfigError,
        ControlUnavailableError,
        CustomPropError,
        DatabaseUnavailableError,
        ErasureError,
        ExclusionError,
        FunnelError,
        GoalError,
        ImportRefusedError,
        KeyFileError,
        MailError,
        MigrationError,
        PrivacyError,
        QueryError,
        SegmentError,
        PathRuleError,
        ReferrerError,
        SiteError,
        SpamReferrerError,
        UserError,
    )
    return isinstance(error, expected)
