"""Sign in at the identity provider of the company: OpenID Connect, code flow with PKCE, state and nonce.

- Three requests go out, only when somebody signs in this way: the description of the provider (kept for an hour), its
  keys, and the code. Each has a limit on time and size, and none follows a redirect.
- The addresses of a provider may be private: the operator names it, no visitor does.
- Between the two halves, a signed cookie in the browser holds state, nonce and verifier.
"""

import secrets
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from itsdangerous import BadData, URLSafeSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dashboard.outbound import request as outbound
from dashboard.outbound.request import Limits, OutboundError
from schema.people.identities import Identity
from schema.sentence import SentenceError

FLOW_LIFETIME_S = 10 * 60
DESCRIPTION_LIFETIME_S = 3600
LEEWAY_S = 60  # between the clocks
LIMITS = Limits(timeout_s=10, max_bytes=256 * 1024, allows=lambda _address: True)
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_OK = 200


class OpenIdError(SentenceError):
    """A sign-in at the provider failed. The message is for the person signing in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the operator has registered at the provider."""

    issuer: str  # an address
    client_id: str
    client_secret: str = field(default="", repr=False)  # empty: a public client
    label: str = ""  # of the button


@dataclass(frozen=True, slots=True)
class Start:
    """The first half of a sign-in."""

    url: str  # of the provider
    cookie: str


class _Description(msgspec.Struct, frozen=True):
    """What the provider says about itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class _Flow(msgspec.Struct, frozen=True):
    """What the second half must know of the first."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: int  # epoch seconds


class OpenIdProvider:
    """Sends people to the provider, and reads who comes back."""

    def __init__(self, client: Client, *, key: bytes, redirect_url: str, clock: Callable[[], float]) -> None:
        """key: signs the cookies. redirect_url: where the provider sends people back to."""
        self.client = client
        self._cookies = URLSafeSerializer(key, salt=b"sign-in at a provider")
        self._redirect_url = redirect_url
        self._clock = clock
        self._lock = threading.Lock()
        self._description: tuple[float, _Description] | None = None  # until when, epoch seconds

    def begin(self, next_path: str) -> Start:
        """Return where to send the browser, and the cookie it needs on its way back. Raises OpenIdError."""
        until = int(self._clock()) + FLOW_LIFETIME_S
        flow = _Flow(secrets.token_urlsafe(), secrets.token_urlsafe(), secrets.token_urlsafe(48), next_path, until)
        url = prepare_grant_uri(
            self._described().authorization_endpoint,
            self.client.client_id,
            "code",
            redirect_uri=self._redirect_url,
            scope="openid email",
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        cookie = self._cookies.dumps(msgspec.to_builtins(flow))
        return Start(url, cookie if isinstance(cookie, str) else cookie.decode())

    def finish(self, cookie: str, answer: Mapping[str, str]) -> tuple[Identity, str]:
        """Return who signed in, and the path to go to. answer: the parameters of the redirect. Raises OpenIdError."""
        flow = self._flow_of(cookie)
        if flow is None or not secrets.compare_digest(flow.state.encode(), answer.get("state", "").encode()):
            raise OpenIdError("This sign-in was not started in this browser, or took too long. Start it again.")
        if "code" not in answer:
            raise OpenIdError("The sign-in was not completed at %(provider)s.", provider=self.client.label)
        return self._identity(self._id_token(answer["code"], flow), flow), flow.next

    def _flow_of(self, cookie: str) -> _Flow | None:
        try:
            flow = msgspec.convert(self._cookies.loads(cookie), _Flow)
        except (BadData, msgspec.ValidationError):
            return None
        return flow if self._clock() < flow.until else None

    def _id_token(self, code: str, flow: _Flow) -> str:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "client_id": self.client.client_id,
            "code_verifier": flow.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.client.client_secret:
            pair = f"{quote(self.client.client_id, safe='')}:{quote(self.client.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
        body = urlencode(fields).encode()
        tokens: _Tokens = self._answer(
            self._described().token_endpoint, _Tokens, method="POST", body=body, headers=headers
        )
        return tokens.id_token

    def _identity(self, id_token: str, flow: _Flow) -> Identity:
        keys = self._answer(self._described().jwks_uri, dict[str, Any])
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": flow.nonce},
        )
        try:
            claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims
            rules.validate(claims)
            subject, email = claims["sub"], claims.get("email", "")
            if not isinstance(subject, str) or not isinstance(email, str):
                raise TypeError
            # Some providers leave azp out; where it is, it must be this server.
            if claims.get("azp", self.client.client_id) != self.client.client_id:
                raise ValueError
        except (JoseError, ValueError, TypeError, KeyError):
            raise self._unusable() from None
        is_verified = claims.get("email_verified") is True
        return Identity(self.client.issuer, subject, email.strip().lower() if is_verified else "")

    def _described(self) -> _Description:
        """Return the description of the provider, at most an hour old. Raises OpenIdError."""
        with self._lock:
            if self._description and self._clock() < self._description[0]:
                return self._description[1]
            url = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
            description: _Description = self._answer(url, _Description)
            if description.issuer != self.client.issuer:
                raise self._unusable()
            self._description = self._clock() + DESCRIPTION_LIFETIME_S, description
            return description

    def _answer(self, url: str, kind: Any, **options: Any) -> Any:
        """Return the answer of the provider. Raises OpenIdError."""
        try:
            answer = outbound.send(url, limits=LIMITS, **options)
        except OutboundError as error:
            raise OpenIdError(
                "%(provider)s can't be reached: %(reason)s", provider=self.client.label, reason=error.sentence
            ) from None
        try:
            if answer.status != _OK:
                raise msgspec.ValidationError
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.DecodeError:
            raise self._unusable() from None

    def _unusable(self) -> OpenIdError:
        return OpenIdError(
            "The answer of %(provider)s can't be used. Ask the administrator of this server to check its settings.",
            provider=self.client.label,
        )
