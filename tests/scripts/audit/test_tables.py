import pytest

from schema.privacy.audits import State
from schema.privacy.evidence import Table
from scripts.audit import tables
from tests.factories import an_event, store
from tests.scripts.audit.subjects import a_subject, asking

NOON = "2026-03-10 11:00"


@pytest.mark.parametrize(
    "proof",
    [tables.without_address_columns, tables.without_address_values, tables.clean_texts, tables.only_counts_of_drops],
    ids=lambda proof: proof.__name__,
)
def test_our_tables_are_green(tmp_path, database, proof):
    store(database, [an_event(time=NOON, path="/blog/2026/a-title", referrer="duckduckgo.com/", props={"plan": "b"})])

    assert State.GREEN is proof(a_subject(tmp_path, ask=asking(database))).state


@pytest.mark.parametrize("column", [("client_ip", "String"), ("remote_addr", "text"), ("origin", "Nullable(IPv6)")])
def test_a_column_for_an_address_is_red(tmp_path, column):
    events = Table("events", "", (("path", "String"),))
    logins = Table("logins", "", (("zip", "text"), column))
    subject = a_subject(tmp_path, ask=lambda _question: [events], control_tables=[logins])
    finding = tables.without_address_columns(subject)

    assert (State.RED, f"logins.{column[0]}") == (finding.state, finding.sentence.values["names"])


@pytest.mark.parametrize(
    "changes",
    [{"path": "/from/203.0.113.77"}, {"referrer": "2001:db8::cafe"}, {"props": {"ip": "203.0.113.77"}}],
    ids=["path", "referrer", "property"],
)
def test_a_value_like_an_address_is_for_a_person_to_judge(tmp_path, database, changes):
    store(database, [an_event(time=NOON, **changes)])
    finding = tables.without_address_values(a_subject(tmp_path, ask=asking(database)))

    assert (State.YELLOW, 1) == (finding.state, finding.sentence.values["count"])
    assert "203.0.113" not in str(finding.sentence)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"path": "/reset/ana@example.org"}, "e-mail addresses (1)"),
        ({"path": "/search?q=flu"}, "query strings (1)"),
        ({"props": {"user": "550e8400-e29b-41d4-a716-446655440000"}}, "UUIDs (1)"),
        ({"props": {"iban": "FR7630006000011234567890189"}}, "IBANs (1)"),
        ({"props": {"nir": "2 85 05 78 006 084 41"}}, "social security numbers (1)"),
        ({"props": {"call": "+33 6 12 34 56 78"}}, "phone numbers (1)"),
        ({"name": "Mail ana@example.org"}, "e-mail addresses (1)"),
        ({"referrer": "example.com/u/ana@example.org"}, "e-mail addresses (1)"),
    ],
)
def test_a_personal_text_is_red(tmp_path, database, changes, what):
    store(database, [an_event(time=NOON, **changes)])
    finding = tables.clean_texts(a_subject(tmp_path, ask=asking(database)))

    assert (State.RED, what) == (finding.state, str(finding.sentence.values["what"]))


def test_a_table_of_drops_with_more_than_counts_is_red(tmp_path):
    drops = Table("drops", "", tuple((name, "String") for name in ("site_id", "day", "reason", "count", "path")))
    answers = {"tables": [drops], "drop_reasons": []}
    finding = tables.only_counts_of_drops(a_subject(tmp_path, ask=lambda question: answers[question.name]))

    assert (State.RED, "path") == (finding.state, finding.sentence.values["names"])


def test_a_reason_outside_of_the_list_is_red(tmp_path, database):
    row = {"site_id": [1], "day": [60_000], "hour": [1], "reason": ["visitor 7"], "rule": [0], "count": [1]}
    database.insert("drops", row, token="a drop")

    assert State.RED is tables.only_counts_of_drops(a_subject(tmp_path, ask=asking(database))).state
