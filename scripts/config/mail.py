"""The mail server that the settings describe."""

from collections.abc import Callable

from dashboard.mail.mailer import Mailer, MailServer
from scripts.config.loading import Config, ConfigError, first_line


def mailer(config: Config, *, clock: Callable[[], float]) -> Mailer | None:
    """Return what sends mail, or None without a mail server. Raises ConfigError if a setting for it is missing."""
    if config.mail_host is None:
        return None
    if config.mail_from is None:
        raise ConfigError("mail_host is set, but mail_from is not. Set it to the sender of all mail.")
    server = MailServer(
        host=config.mail_host,
        port=config.mail_port,
        tls=config.mail_tls,
        sender=config.mail_from,
        user=config.mail_user or "",
        password=_password(config),
    )
    return Mailer(server, clock=clock)


def _password(config: Config) -> str:
    file = config.mail_password_file
    if file and config.mail_password:
        raise ConfigError("mail_password and mail_password_file are both set. Remove one of them.")
    if config.mail_user and not file and not config.mail_password:
        raise ConfigError("mail_user is set, but its password is not. Set mail_password_file or mail_password.")
    if file is None:
        return config.mail_password or ""
    return first_line(file, "mail_password_file")
