"""Sign-in at a provider: the answers of providers that err, lie or do not answer."""

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from dashboard.access.openid import FLOW_LIFETIME_S, Client, OpenIdError, OpenIdProvider, Start
from tests.mail_server import free_port, talking

KEY = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"}, private=True)


class Provider:
    """A provider whose answers the test decides, and the server that asks it."""

    def __init__(self) -> None:
        self.now = time.time()
        self.claims: dict[str, object] = {}
        self.key = KEY
        self.description: dict[str, object] = {}
        self.requests: list[bytes] = []
        self.raw: bytes | None = None
        self.ours: OpenIdProvider

    def clock(self) -> float:
        return self.now

    def listen(self, port: int) -> None:
        issuer = f"http://127.0.0.1:{port}"
        client = Client(issuer=issuer, client_id="sillage", client_secret="s:cret", label="Keycloak")
        self.ours = OpenIdProvider(client, key=b"key", redirect_url="http://stats.test/back", clock=self.clock)
        self.description = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
        self.claims = {
            "iss": issuer,
            "aud": "sillage",
            "sub": "7",
            "exp": int(self.now) + 60,
            "email": "Ana@Example.org",
            "email_verified": True,
        }

    def talk(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        request = connection.recv(65536)
        while request and b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        self.requests.append(request)
        body = self.raw if self.raw is not None else json.dumps(self.answer(request)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    def answer(self, request: bytes) -> object:
        path = request.split(b" ")[1]
        if path == b"/keys":
            return {"keys": [KEY.as_dict(private=False)]}
        if path == b"/token":
            return {"id_token": jwt.encode({"alg": "RS256", "kid": "1"}, self.claims, self.key)}
        return self.description

    def start(self) -> tuple[Start, dict[str, str]]:
        """Return the start of a sign-in and the parameters of the redirect to the provider."""
        begun = self.ours.begin("/sites")
        sent = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
        self.claims.setdefault("nonce", sent["nonce"])
        return begun, sent


@pytest.fixture(scope="module")
def present() -> Iterator[tuple[int, list[Provider]]]:
    """Run one server, which answers for the last provider of the list, and yield its port and the list."""
    providers: list[Provider] = []

    def talk(connection: socket.socket) -> None:
        providers[-1].talk(connection)

    with talking(talk) as port:
        yield port, providers


@pytest.fixture
def provider(present: tuple[int, list[Provider]]) -> Provider:
    port, providers = present
    providers.append(Provider())
    providers[-1].listen(port)
    return providers[-1]


def test_who_comes_back_is_who_the_provider_says(provider: Provider) -> None:
    begun, sent = provider.start()
    identity, next_path = provider.ours.finish(begun.cookie, {"state": sent["state"], "code": "c"})

    assert ("7", "ana@example.org", "/sites") == (identity.subject, identity.email, next_path)
    assert ("code", "openid email", "S256") == (
        sent["response_type"],
        sent["scope"],
        sent["code_challenge_method"],
    )
    [token_request] = [request for request in provider.requests if request.startswith(b"POST /token")]
    assert b"Authorization: Basic c2lsbGFnZTpzJTNBY3JldA==" in token_request


@pytest.mark.parametrize("is_verified", [False, None, "true", 1])
def test_an_address_that_the_provider_does_not_vouch_for_is_left_out(provider: Provider, is_verified: object) -> None:
    begun, sent = provider.start()
    provider.claims["email_verified"] = is_verified

    assert "" == provider.ours.finish(begun.cookie, {"state": sent["state"], "code": "c"})[0].email


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "other"}, id="the nonce of another sign-in"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"aud": "another"}, id="for another client"),
        pytest.param({"aud": ["sillage", "another"], "azp": "another"}, id="issued to another client"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": 7}, id="a number as the subject"),
    ],
)
def test_a_token_for_something_else_is_rejected(provider: Provider, claims: dict[str, object]) -> None:
    begun, sent = provider.start()
    provider.claims |= claims
    provider.claims = {name: value for name, value in provider.claims.items() if value is not None}
    with pytest.raises(OpenIdError, match="can't be used"):
        provider.ours.finish(begun.cookie, {"state": sent["state"], "code": "c"})


def test_a_token_with_another_signature_is_rejected(provider: Provider) -> None:
    begun, sent = provider.start()
    provider.key = OTHER_KEY
    with pytest.raises(OpenIdError, match="can't be used"):
        provider.ours.finish(begun.cookie, {"state": sent["state"], "code": "c"})


@pytest.mark.parametrize(
    ("cookie", "state"),
    [
        pytest.param(None, "guessed", id="another state"),
        pytest.param(None, "", id="no state"),
        pytest.param("", None, id="no cookie"),
        pytest.param("x.y", None, id="an invented cookie"),
    ],
)
def test_a_sign_in_that_this_browser_did_not_start_is_rejected(
    provider: Provider, cookie: str | None, state: str | None
) -> None:
    begun, sent = provider.start()
    answer = {"state": sent["state"] if state is None else state, "code": "c"}
    with pytest.raises(OpenIdError, match="was not started in this browser"):
        provider.ours.finish(begun.cookie if cookie is None else cookie, answer)


def test_a_sign_in_takes_ten_minutes_at_most(provider: Provider) -> None:
    begun, sent = provider.start()
    provider.now += FLOW_LIFETIME_S
    with pytest.raises(OpenIdError, match="took too long"):
        provider.ours.finish(begun.cookie, {"state": sent["state"], "code": "c"})


def test_a_person_may_refuse_at_the_provider(provider: Provider) -> None:
    begun, sent = provider.start()
    with pytest.raises(OpenIdError, match="was not completed at Keycloak"):
        provider.ours.finish(begun.cookie, {"state": sent["state"], "error": "access_denied"})


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b"{}", b"x" * 300_000])
def test_an_answer_of_another_kind_is_rejected(provider: Provider, raw: bytes) -> None:
    provider.raw = raw
    with pytest.raises(OpenIdError, match="can't be used"):
        provider.ours.begin("/")


def test_a_description_of_another_issuer_is_rejected(provider: Provider) -> None:
    provider.description["issuer"] = "https://evil.example"
    with pytest.raises(OpenIdError, match="can't be used"):
        provider.ours.begin("/")


def test_the_description_is_kept_for_an_hour(provider: Provider) -> None:
    for _ in range(2):
        provider.ours.begin("/")
    assert 1 == len(provider.requests)
    provider.now += 3600
    provider.ours.begin("/")
    assert 2 == len(provider.requests)


def test_a_provider_that_is_gone_is_named() -> None:
    provider = Provider()
    provider.listen(free_port())
    with pytest.raises(OpenIdError, match=r"Keycloak can't be reached: 127\.0\.0\.1 refuses connections"):
        provider.ours.begin("/")
