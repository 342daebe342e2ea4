"""Passkeys of an authenticator in the test: accepted for this server, this user and this question alone."""

import json
import secrets
from hashlib import sha256

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from dashboard.access import passkeys
from dashboard.access.known_browsers import KnownBrowsers
from dashboard.access.passkeys import Origin, Question
from dashboard.access.second_factor import SecondFactors
from dashboard.access.throttle import Throttle
from schema.people import passkeys as stored
from schema.people import users
from schema.people.passkeys import PasskeyError
from schema.people.users import User
from schema.stores.control import Control

NOW = 1_773_144_000.0
HERE = Origin("https://stats.example.org", "stats.example.org")
PRESENT, VERIFIED, NEW = 1, 4, 64


class Phone:
    """An authenticator with one key, and the server."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.now = NOW
        self.user = users.add(control, "ada@example.org", now=NOW)
        browsers = KnownBrowsers(b"key", self.clock)
        self.factors = SecondFactors(
            control, b"k" * 32, throttle=Throttle(self.clock), browsers=browsers, clock=self.clock
        )
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def clock(self) -> float:
        return self.now

    def client_data(self, question: Question, kind: str, origin: str) -> bytes:
        challenge = json.loads(question.options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def authenticator_data(self, host: str, flags: int, rest: bytes = b"") -> bytes:
        self.count += 1
        return sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4) + rest

    def made(self, question: Question, *, at: Origin = HERE, flags: int = PRESENT | VERIFIED) -> str:
        """Return what the browser answers to the question for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        rest = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        data = self.authenticator_data(at.host, flags | NEW, rest)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self.client_data(question, "webauthn.create", at.origin)
        return self.credential(attestationObject=attestation, clientDataJSON=client_data)

    def answer(self, question: Question, *, at: Origin = HERE, flags: int = PRESENT | VERIFIED) -> str:
        """Return what the browser answers to the question for a sign-in."""
        client_data = self.client_data(question, "webauthn.get", at.origin)
        data = self.authenticator_data(at.host, flags)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self.credential(authenticatorData=data, clientDataJSON=client_data, signature=signature)

    def credential(self, **response: bytes) -> str:
        name = bytes_to_base64url(self.id)
        coded = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": coded})

    def ask_new(self) -> Question:
        return passkeys.ask_new(self.control, self.factors, HERE, self.user)

    def register(self, question: Question, credential: str, user: User | None = None, name: str = "Phone") -> None:
        owner = user or self.user
        passkeys.register(
            self.control, self.factors, HERE, owner, ticket=question.ticket, credential=credential, name=name
        )

    def sign_in(self, question: Question, credential: str) -> User:
        return passkeys.sign_in(self.control, self.factors, HERE, ticket=question.ticket, credential=credential)


@pytest.fixture
def phone(control: Control) -> Phone:
    return Phone(control)


@pytest.fixture
def registered(phone: Phone) -> Phone:
    question = phone.ask_new()
    phone.register(question, phone.made(question))
    return phone


def test_a_known_passkey_signs_its_user_in(registered: Phone) -> None:
    question = passkeys.ask(registered.factors, HERE)

    assert registered.user == registered.sign_in(question, registered.answer(question))
    [passkey] = stored.of_user(registered.control, registered.user)
    assert ("Phone", 2, "2026-03-10") == (passkey.name, passkey.sign_count, passkey.used_on)


def test_a_known_passkey_is_not_made_again(registered: Phone) -> None:
    question = registered.ask_new()

    assert bytes_to_base64url(registered.id) in question.options
    with pytest.raises(PasskeyError, match="already known"):
        registered.register(question, registered.made(question))


@pytest.mark.parametrize(
    ("at", "flags"),
    [
        pytest.param(Origin("https://evil.example", "stats.example.org"), PRESENT | VERIFIED, id="another origin"),
        pytest.param(Origin(HERE.origin, "evil.example"), PRESENT | VERIFIED, id="another host"),
        pytest.param(HERE, PRESENT, id="nobody was verified"),
    ],
)
def test_what_another_page_or_nobody_made_is_rejected(phone: Phone, at: Origin, flags: int) -> None:
    question = phone.ask_new()
    with pytest.raises(PasskeyError, match="did not make a passkey"):
        phone.register(question, phone.made(question, at=at, flags=flags))

    question = phone.ask_new()
    phone.register(question, phone.made(question))
    question = passkeys.ask(phone.factors, HERE)
    with pytest.raises(PasskeyError, match="does not sign in here"):
        phone.sign_in(question, phone.answer(question, at=at, flags=flags))


def test_an_answer_to_another_question_is_rejected(registered: Phone) -> None:
    first, second = passkeys.ask(registered.factors, HERE), passkeys.ask(registered.factors, HERE)
    with pytest.raises(PasskeyError, match="does not sign in here"):
        registered.sign_in(second, registered.answer(first))


def test_an_answer_is_accepted_once(registered: Phone) -> None:
    question = passkeys.ask(registered.factors, HERE)
    answer = registered.answer(question)
    registered.sign_in(question, answer)
    with pytest.raises(PasskeyError, match="does not sign in here"):
        registered.sign_in(question, answer)


def test_a_signature_of_another_key_is_rejected(registered: Phone) -> None:
    question = passkeys.ask(registered.factors, HERE)
    registered.key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(PasskeyError, match="does not sign in here"):
        registered.sign_in(question, registered.answer(question))


def test_a_question_is_for_one_user_one_purpose_and_an_hour(phone: Phone) -> None:
    question, bob = phone.ask_new(), users.add(phone.control, "bob@example.org", now=NOW)
    made = phone.made(question)
    with pytest.raises(PasskeyError, match="open for too long"):
        phone.register(question, made, bob)
    with pytest.raises(PasskeyError, match="open for too long"):
        phone.register(passkeys.ask(phone.factors, HERE), made)
    phone.now += 3600
    with pytest.raises(PasskeyError, match="open for too long"):
        phone.register(question, made)


@pytest.mark.parametrize(
    "credential",
    ["", "x", "[]", "{}", '{"rawId": 7}', '{"rawId": "é"}', '{"rawId": "AAAA"}', '"' * 30_000, "[" * 19_000],
)
def test_anything_else_is_rejected_with_a_sentence(registered: Phone, credential: str) -> None:
    with pytest.raises(PasskeyError, match="did not make a passkey"):
        registered.register(registered.ask_new(), credential)
    with pytest.raises(PasskeyError, match="does not sign in here"):
        registered.sign_in(passkeys.ask(registered.factors, HERE), credential)


def test_a_removed_passkey_does_not_sign_in(registered: Phone) -> None:
    stored.remove(registered.control, stored.of_user(registered.control, registered.user)[0])
    question = passkeys.ask(registered.factors, HERE)
    with pytest.raises(PasskeyError, match="does not sign in here"):
        registered.sign_in(question, registered.answer(question))
