"""Passkeys (WebAuthn): registered on the account page, and a way in that needs neither password nor code.

The browser checks who is there by fingerprint, face or PIN, so a passkey is two factors. The challenge is sealed into
the page for an hour, for one purpose and, at a registration, for one user.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from dashboard.access.second_factor import SecondFactors
from schema.people import passkeys, users
from schema.people.passkeys import PasskeyError
from schema.people.users import User
from schema.stores.control import Control

NAME = "Sillage"
MAX_CREDENTIAL_CHARACTERS = 20_000
_CHALLENGE_BYTES = 32
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Origin:
    """Where browsers find this server."""

    origin: str  # such as https://stats.example.org
    host: str  # without a port: passkeys belong to it


@dataclass(frozen=True, slots=True)
class Question:
    """What the script of a page passes to the browser."""

    options: str  # JSON
    ticket: str  # the challenge, sealed


def ask_new(control: Control, factors: SecondFactors, origin: Origin, user: User) -> Question:
    """Return the question that makes a passkey for a user."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_registration_options(
        rp_id=origin.host,
        rp_name=NAME,
        user_name=user.email,
        user_id=str(user.id).encode(),
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys.of_user(control, user)
        ],
    )
    ticket = factors.ticket(bytes_to_base64url(challenge), owner=_new_for(user))
    return Question(webauthn.options_to_json(options), ticket)


def register(
    control: Control, factors: SecondFactors, origin: Origin, user: User, *, ticket: str, credential: str, name: str
) -> None:
    """Store the passkey that a browser made. Raises PasskeyError."""
    challenge = factors.of_ticket(ticket, owner=_new_for(user))
    if not challenge:
        raise PasskeyError("This page was open for too long. Try again.")
    try:
        made = webauthn.verify_registration_response(
            credential=_parsed(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=origin.host,
            expected_origin=origin.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, RecursionError):
        raise PasskeyError("The browser did not make a passkey that can be used here. Try again.") from None
    passkeys.add(
        control,
        user,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        now=factors.now(),
    )


def ask(factors: SecondFactors, origin: Origin) -> Question:
    """Return the question that signs somebody in who has a passkey."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = webauthn.generate_authentication_options(
        rp_id=origin.host, challenge=challenge, user_verification=_REQUIRED
    )
    ticket = factors.ticket(bytes_to_base64url(challenge), owner="sign-in")
    return Question(webauthn.options_to_json(options), ticket)


def sign_in(control: Control, factors: SecondFactors, origin: Origin, *, ticket: str, credential: str) -> User:
    """Return the user whose passkey answered. Raises PasskeyError."""
    refusal = PasskeyError("This passkey does not sign in here. Try again, or use your password.")
    challenge = factors.of_ticket(ticket, owner="sign-in")
    try:
        parsed = _parsed(credential)
        passkey = passkeys.by_credential(control, base64url_to_bytes(parsed["rawId"]))
        if passkey is None or not challenge:
            raise refusal
        answer = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=origin.host,
            expected_origin=origin.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except PasskeyError:
        raise
    except (WebAuthnException, ValueError, TypeError, KeyError, RecursionError):
        raise refusal from None
    user = users.by_id(control, passkey.user_id)
    if user is None or not passkeys.use(control, passkey, sign_count=answer.new_sign_count, now=factors.now()):
        raise refusal
    return user


def _parsed(credential: str) -> dict[str, Any]:
    if len(credential) > MAX_CREDENTIAL_CHARACTERS:
        raise ValueError("too long")
    parsed = json.loads(credential)
    if not isinstance(parsed, dict):
        raise TypeError
    return parsed


def _new_for(user: User) -> str:
    return f"new passkey of {user.id}"
