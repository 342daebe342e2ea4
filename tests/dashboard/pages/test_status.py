from dataclasses import replace

from dashboard.services import Outgoing, ServerState
from schema.people import users
from schema.privacy.audits import Finding, State
from schema.sentence import Sentence, Size
from schema.stores.table_sizes import TableSize
from tests.dashboard.desk import NOW, Desk

GOOD = Finding("mail", State.GREEN, Sentence("Mail is sent through %(host)s.", {"host": "smtp.example.org"}))
BAD = Finding(
    "disk",
    State.RED,
    Sentence(
        "Only %(free)s of %(total)s are free on the disk of the data directory.",
        {"free": Size(1_400_000), "total": Size(4_000_000_000)},
    ),
)
LIMIT = Sentence("%(seconds)d seconds for a message", {"seconds": 60})
STATE = ServerState(
    version="1.2.3",
    started_at=NOW.timestamp(),
    findings=[GOOD, BAD],
    tables=[TableSize("events", 12_345, 1_400_000, 7)],
    outgoing=[
        Outgoing(Sentence("Mail"), "smtp.example.org", Sentence("%(seconds)d seconds for a message", {"seconds": 60}))
    ],
)


def test_the_page_shows_failed_checks_first(desk: Desk):
    desk.provide(server_state=lambda: STATE)
    text = desk.page("/status").text

    assert text.index("Disk") < text.index("smtp.example.org")
    assert "Failed: 1" in text
    assert "Only 1.4 MB of 4.0 GB are free" in text
    assert "1.2.3" in text


def test_tables_and_connections_are_listed(desk: Desk):
    desk.provide(server_state=lambda: STATE)
    text = desk.page("/status").text

    assert all(words in text for words in ("events", "12,345", "60 seconds for a message"))


def test_sizes_are_in_the_language_of_the_page(desk: Desk):
    desk.provide(server_state=lambda: STATE)
    desk.client.headers["accept-language"] = "fr"

    text = desk.page("/status").text
    assert "Il ne reste que 1,4 Mo sur 4,0 Go" in text, text
    assert "Réussi : 1" in text


def test_commands_look_like_commands(desk: Desk):
    to_run = Finding("backup", State.YELLOW, Sentence("Run `sillage backup` once."))
    desk.provide(server_state=lambda: replace(STATE, findings=[to_run]))

    assert "Run <code>sillage backup</code> once." in desk.get("/status").text


def test_only_owners_of_the_server_see_it(desk: Desk, control):
    person = users.add(control, "kim@example.org", now=NOW.timestamp())
    desk.enter(person)

    assert 403 == desk.get("/status").status_code
