"""The catalogs have exactly the texts of the dashboard, each translated with the same placeholders."""

import re
from collections.abc import Iterator, Sequence

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from dashboard import app, language
from schema.sentence import SentenceError
from scripts.release import messages

assert app  # imports every page, and so every error
# Only the API and commands raise these.
ENGLISH_ONLY = {"ExportRefusedError", "GuestError", "ScriptSettingsError", "SharedLinkError"}
CODES = [code for code in language.NAMES if code != language.DEFAULT]


def catalog(code: str) -> Catalog:
    with (language.DIRECTORY / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def texts(text: str | Sequence[str] | None) -> Iterator[str]:
    yield from [text] if isinstance(text, str) else text or [""]


def placeholders(message: Message) -> list[list[str]]:
    parts = [*texts(message.id), *texts(message.string)]
    return [sorted(re.findall(r"%\(\w+\)[sd]|%%|<[^>]+>", part.replace(")r", ")s"))) for part in parts]


@pytest.mark.parametrize("code", CODES)
def test_a_catalog_has_the_texts_of_the_dashboard(code):
    in_code = {message.id for message in messages.extracted() if message.id}
    in_catalog = {message.id for message in catalog(code) if message.id}

    assert set() == in_code - in_catalog, "run `python -m scripts.release.messages` and translate what is new"
    assert set() == in_catalog - in_code, "run `python -m scripts.release.messages` to drop what is gone"


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(code):
    assert [] == [message.id for message in catalog(code) if message.id and not all(texts(message.string))]


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_placeholders_of_its_text(code):
    for message in catalog(code):
        if message.id:
            first, *others = placeholders(message)
            assert all(first == other for other in others), message.id


def test_the_texts_of_python_and_of_templates_are_read():
    ids = {message.id for message in messages.extracted()}

    assert {"Visitors", "Skip to content", "(none)"} <= ids


def subclasses(kind: type[SentenceError]) -> Iterator[type[SentenceError]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_the_messages_of_all_errors_that_pages_show_are_read():
    names = {kind.__name__ for kind in subclasses(SentenceError) if kind.__module__.startswith(("schema", "dashboard"))}

    assert set() == names - set(messages.KEYWORDS) - ENGLISH_ONLY
