"""The OpenID Connect provider of the settings."""

import pytest

from scripts.config import openid
from scripts.config.loading import Config, ConfigError, load

ISSUER = {"SILLAGE_OIDC_ISSUER": "https://login.example.org/realms/staff/"}


def config(**settings: str) -> Config:
    return load(environment=settings)


def test_without_an_issuer_there_is_none(tmp_path):
    assert openid.provider(config(), key=b"key", clock=lambda: 0) is None


def test_the_settings_describe_the_provider(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    provider = openid.provider(
        config(
            **ISSUER,
            SILLAGE_OIDC_CLIENT_ID="sillage",
            SILLAGE_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"),
            SILLAGE_OIDC_LABEL="Keycloak",
        ),
        key=b"key",
        clock=lambda: 0,
    )

    assert provider is not None
    client = provider.client
    assert ("https://login.example.org/realms/staff/", "sillage", "s3cret", "Keycloak") == (
        client.issuer,
        client.client_id,
        client.client_secret,
        client.label,
    )
    assert "s3cret" not in repr(client)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(None, "can't be read", id="no file"),
        pytest.param(b"\n", "is empty", id="an empty line"),
        pytest.param(b"\xff", "is not UTF-8 text", id="bytes"),
    ],
)
def test_a_secret_that_can_not_be_read_is_named(tmp_path, content, problem):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    settings = config(**ISSUER, SILLAGE_OIDC_CLIENT_ID="sillage", SILLAGE_OIDC_CLIENT_SECRET_FILE=str(file))
    with pytest.raises(ConfigError, match=problem):
        openid.provider(settings, key=b"key", clock=lambda: 0)


def test_a_missing_client_id_is_named():
    with pytest.raises(ConfigError, match="oidc_client_id is not"):
        openid.provider(config(**ISSUER), key=b"key", clock=lambda: 0)
