"""The privacy settings of a site in the Sites API."""

import pytest

from schema.exclusions import audit

PATH = "/example.org"


def test_a_site_is_added_with_a_profile(program) -> None:
    added = program.ask(
        "POST", "", json={"domain": "a.example", "profile": "exempt", "privacy": {"declared_events": ["Brochure"]}}
    )

    assert ("exempt", ["Brochure"], 13) == (
        added["privacy"]["profile"],
        added["privacy"]["declared_events"],
        added["retention_months"],
    )
    assert added["privacy"]["exempt_since"]


def test_choices_are_changed_and_logged(program, site) -> None:
    before = program.ask("GET", PATH)
    changed = program.ask("PUT", PATH, json={"privacy": {"honors_dnt": True, "contact": "dpo@example.org"}})

    assert before["privacy"] | {"honors_dnt": True, "contact": "dpo@example.org"} == changed["privacy"]
    assert ["Changed privacy settings: honors_dnt, contact."] == [
        entry.change for entry in audit.latest(program.control, 9, topic=audit.PRIVACY)
    ]


def test_what_was_received_can_be_sent_back(program, site) -> None:
    received = program.ask("GET", PATH)

    assert received == program.ask("PUT", PATH, json=received)


@pytest.mark.parametrize(
    ("privacy", "sentence"),
    [
        pytest.param({"profile": "exempt"}, "is changed by `sillage privacy switch`", id="another profile"),
        pytest.param({"honors_dnt": "perhaps"}, "Expected `bool`", id="another type"),
        pytest.param({"honours": True}, "unknown field `honours`", id="an unknown name"),
        pytest.param({"declared_events": ["pageview"]}, "'pageview' can't be declared", id="an event that is built in"),
        pytest.param("dnt", 'privacy must be an object, such as {"honors_dnt": true}', id="no object"),
    ],
)
def test_what_can_not_be_set_is_refused(program, site, privacy, sentence) -> None:
    before = program.ask("GET", PATH)
    refusal = program.refused("PUT", PATH, json={"privacy": privacy})

    assert sentence in refusal
    assert before == program.ask("GET", PATH)
