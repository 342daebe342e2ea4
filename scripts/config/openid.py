"""The OpenID Connect provider that the settings describe."""

from collections.abc import Callable

from dashboard.access.openid import Client, OpenIdProvider
from scripts.config.loading import Config, ConfigError

_MAX_SECRET_BYTES = 4096


def provider(config: Config, *, key: bytes, clock: Callable[[], float]) -> OpenIdProvider | None:
    """Return the provider, or None without one. Raises ConfigError if a setting for it is missing."""
    if config.oidc_issuer is None:
        return None
    if config.oidc_client_id is None:
        raise ConfigError("oidc_issuer is set, but oidc_client_id is not. Set it to the ID of Sillage at the provider.")
    client = Client(
        issuer=config.oidc_issuer,
        client_id=config.oidc_client_id,
        client_secret=_secret(config),
        label=config.oidc_label,
    )
    return OpenIdProvider(client, key=key, redirect_url=f"{config.base_url}/sign-in/provider/back", clock=clock)


def _secret(config: Config) -> str:
    file = config.oidc_client_secret_file
    if file is None:
        return ""
    try:
        with file.open("rb") as opened:
            lines = opened.read(_MAX_SECRET_BYTES).decode().splitlines()
    except OSError as error:
        raise ConfigError(f"The file of oidc_client_secret_file, {file}, can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The file of oidc_client_secret_file, {file}, is not UTF-8 text.") from None
    if not lines or not lines[0]:
        raise ConfigError(
            f"The first line of oidc_client_secret_file, {file}, is empty. Write the client secret into it."
        )
    return lines[0]
