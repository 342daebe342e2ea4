import pytest

from schema.exclusions import audit
from schema.sentence import Sentence


@pytest.fixture
def log(control):
    with control.write() as connection:
        for site_id, change in [(1, "first"), (2, "second"), (None, "third"), (1, "fourth")]:
            audit.note(connection, site_id=site_id, who="ana@example.org", change=Sentence(change), now=7)
    return control


@pytest.mark.parametrize(
    ("count", "site_id", "changes"),
    [
        pytest.param(9, None, ["fourth", "third", "second", "first"], id="all"),
        pytest.param(2, None, ["fourth", "third"], id="the newest"),
        pytest.param(9, 1, ["fourth", "third", "first"], id="of a site and of every site"),
        pytest.param(9, 3, ["third"], id="of a site without changes of its own"),
    ],
)
def test_the_newest_changes_come_first(log, count, site_id, changes):
    assert changes == [entry.change for entry in audit.latest(log, count, site_id=site_id)]


def test_an_entry_names_who_made_the_change_and_when(log):
    assert ("ana@example.org", 7) == (audit.latest(log, 1)[0].who, audit.latest(log, 1)[0].at)


def test_a_name_is_replaced_as_the_author_and_in_sentences_but_not_within_others(log):
    names = ("ana@example.org", "diana@example.org")
    with log.write() as connection:
        for name in names:
            change = Sentence("Invited %(email)s.", {"email": name})
            audit.note(connection, site_id=1, who=name, change=change, now=8)
        audit.rename(connection, "ana@example.org", "nobody")

    assert [
        ("diana@example.org", "Invited diana@example.org."),
        ("nobody", "Invited nobody."),
        ("nobody", "fourth"),
    ] == [(entry.who, entry.change) for entry in audit.latest(log, 3)]


def test_a_change_that_fails_leaves_no_entry(control):
    def fail():
        with control.write() as connection:
            audit.note(connection, site_id=1, who="ana@example.org", change=Sentence("first"), now=7)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised above
        fail()

    assert [] == audit.latest(control, 9)


def test_an_entry_from_before_sentences_were_stored_is_as_it_was_written(control):
    with control.write() as connection:
        connection.execute("insert into audit_log (at, who, change) values (7, 'ana', 'Added 50 % of it.')")

    assert ["Added 50 % of it."] == [entry.change for entry in audit.latest(control, 1)]


def test_a_search_finds_what_matches_newest_first(control):
    for number, who in enumerate(("ana", "ben", "ana"), start=1):
        audit.record(control, site_id=None, who=who, change=Sentence(f"Change {number}"), now=number)
    criteria = audit.Search(site_id=1, who="ana", topic=audit.SETTINGS, since=1, until=9)

    assert ["Change 3", "Change 1"] == [entry.change for entry in audit.search(control, criteria, most=5)]
    assert ["Change 3"] == [entry.change for entry in audit.search(control, criteria, most=1)]
    assert ["Change 1"] == [entry.change for entry in audit.search(control, criteria, most=5, before=3)]
    assert ["ana", "ben"] == audit.authors(control, 1)
