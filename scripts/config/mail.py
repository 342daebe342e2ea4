"""The mail server that the settings describe."""

from collections.abc import Callable

from dashboard.mail.mailer import Mailer, MailServer
from scripts.config.loading import Config, ConfigError

_MAX_PASSWORD_BYTES = 4096


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
    try:
        with file.open("rb") as opened:
            lines = opened.read(_MAX_PASSWORD_BYTES).decode().splitlines()
    except OSError as error:
        raise ConfigError(f"The file of mail_password_file, {file}, can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The file of mail_password_file, {file}, is not UTF-8 text.") from None
    if not lines or not lines[0]:
        raise ConfigError(f"The file of mail_password_file, {file}, is empty. Its first line must be the password.")
    return lines[0]
