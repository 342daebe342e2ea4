"""What a switch to another profile would remove, by the API."""

from datetime import timedelta

import pytest

from tests.dashboard.desk import NOW
from tests.factories import store, views


@pytest.fixture
def day(program, site, database):
    """Return a day that is over, with a visit of three events."""
    day = NOW.date() - timedelta(days=3)
    store(database, views("/a", "/b", "/c", site_id=site.id, start=f"{day} 12:00"))
    return day


def test_a_switch_can_be_rehearsed(program, site, day) -> None:
    answer = program.ask("GET", "/conversion?site_id=example.org&profile=exempt&declared_events=%5B%22Brochure%22%5D")

    assert (3, str(day), ["Brochure"]) == (
        answer["plan"]["events"],
        answer["plan"]["first_day"],
        answer["plan"]["privacy"]["declared_events"],
    )
    assert answer["description"][0].startswith("This deletes the events of all days that are over: 3 on 1 day")
    assert program.ask("GET", "/retention?site_id=example.org")["oldest_event"] == str(day)


def test_the_way_back_deletes_nothing(program, site, day) -> None:
    answer = program.ask("GET", "/conversion?site_id=example.org&profile=standard")

    assert answer["plan"]["events"] == 0
    assert ["From now on, more is stored of each hit."] == [text[:40] for text in answer["description"]]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param(
            "profile=exempt&declared_events=Signup",
            'declared_events must be a list, such as ["Signup"]',
            id="a text instead of a list",
        ),
        pytest.param("profile=x", "profile must be one of exempt, standard", id="an unknown profile"),
    ],
)
def test_what_can_not_be_rehearsed_is_said(program, site, fields, sentence) -> None:
    assert program.ask("GET", f"/conversion?site_id=example.org&{fields}", status=400) == {"error": sentence}
