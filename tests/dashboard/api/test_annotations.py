import pytest

from schema.measures import annotations

LIST = "/annotations?site_id=example.org"


def put(program, **fields):
    return program.ask("PUT", "/annotations", json={"site_id": "example.org", **fields})


def test_an_annotation_is_put_once_listed_and_removed(program, site):
    shown = put(program, date="2026-03-09", note="Launch")

    assert {"domain": "example.org", "id": 1, "date": "2026-03-09", "note": "Launch"} == shown
    assert shown == put(program, date="2026-03-09", note=" Launch ")
    assert [{"id": 1, "date": "2026-03-09", "note": "Launch"}] == program.ask("GET", LIST)["annotations"]
    assert {"deleted": True} == program.ask("DELETE", "/annotations/1?site_id=example.org")
    assert [] == program.ask("GET", LIST)["annotations"]


def test_personal_annotations_are_not_part_of_the_api(program, site, user):
    note = annotations.new(site.id, day="2026-03-09", note="Launch", user_id=user.id)
    annotations.put(program.control, note)

    assert [] == program.ask("GET", LIST)["annotations"]
    assert program.refused("DELETE", "/annotations/1?site_id=example.org", status=404)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"note": "Launch"}, "is not a date", id="without a day"),
        pytest.param({"date": "9 March", "note": "Launch"}, "'9 March' is not a date", id="words for a day"),
        pytest.param({"date": "2026-03-09"}, "1 to 200 characters", id="without a text"),
        pytest.param({"date": "2026-03-09", "note": "a" * 201}, "1 to 200 characters", id="a long text"),
        pytest.param({"date": "2026-03-09", "note": 7}, "note must be a text", id="a number"),
    ],
)
def test_any_other_annotation_is_refused(program, site, fields, sentence):
    assert sentence in program.refused("PUT", "/annotations", json={"site_id": "example.org", **fields})
