"""P14: papers are made from the settings in force: changing one changes the text, in French and English."""

import re
from pathlib import Path

from tests.server import Server

SITE = "example.org"
# A command, what the text then contains if it is the same in both languages, and how many papers name it.
CHANGES = (
    (("set", "--gpc"), "Global Privacy Control", 1),
    (("set", "--controller", "Ana SARL, Lyon"), "Ana SARL, Lyon", 2),
    (("set", "--contact", "dpo@example.org"), "dpo@example.org", 2),
    (("set", "--reviewed"), "", 1),
    (("set", "--link-queries"), "", 1),
)
_HASH = re.compile(r"`?[0-9a-f]{16}`?")


def papers(server: Server, language: str) -> str:
    return server.command("privacy", "papers", "--site", SITE, "--lang", language)


def test_a_setting_changes_every_paper_that_names_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.command("sites", "add", SITE, "--timezone", "Europe/Paris")
    before = {language: papers(server, language) for language in ("fr", "en")}
    for (command, *options), word, lines in CHANGES:
        server.command("privacy", command, "--site", SITE, *options)
        for language, earlier in before.items():
            text = papers(server, language)
            assert {*_HASH.findall(text)} != {*_HASH.findall(earlier)}, "the hash is of the configuration"
            changed = {*_HASH.sub("", text).splitlines()} - {*_HASH.sub("", earlier).splitlines()}
            assert changed, f"{options} changes the text, not only the hash: {language}"
            naming = [line for line in changed if word in line.replace("\\", "")]
            assert len(naming) >= lines, (options, language)
            before[language] = text
