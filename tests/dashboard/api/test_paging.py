import pytest

MEMBERS = [f"p{number}" for number in range(5)]


@pytest.fixture(autouse=True)
def members(program, site):
    """Invite five guests, last first; any list of the API has the same parts."""
    for name in reversed(MEMBERS):
        fields = {"site_id": "example.org", "email": f"{name}@example.org", "role": "viewer"}
        program.ask("PUT", "/guests", json=fields)


def part(program, **parameters):
    """Return names and marks of a part."""
    answer = program.ask("GET", "/guests", params={"site_id": "example.org"} | parameters)
    return [guest["email"].partition("@")[0] for guest in answer["guests"]], answer["meta"]


def test_a_list_comes_in_order_and_whole(program):
    names, meta = part(program)

    assert MEMBERS == names
    assert {"after": None, "before": None, "limit": 100} == meta


def test_marks_lead_through_the_list_and_back(program):
    first, meta = part(program, limit=2)
    second, meta = part(program, limit=2, after=meta["after"])
    third, end = part(program, limit=2, after=meta["after"])
    back, _ = part(program, limit=2, before=end["before"])

    assert [MEMBERS[:2], MEMBERS[2:4], MEMBERS[4:]] == [first, second, third]
    assert second == back
    assert end["after"] is None


def test_a_mark_stays_good_when_its_member_is_gone(program):
    _, meta = part(program, limit=2)
    program.ask("DELETE", "/guests/p1@example.org?site_id=example.org")

    assert ["p2", "p3"] == part(program, limit=2, after=meta["after"])[0]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5"])
def test_a_limit_is_a_number_above_zero(program, limit):
    assert program.refused("GET", f"/guests?site_id=example.org&limit={limit}")


def test_a_limit_that_is_too_great_is_lowered(program):
    assert 1000 == part(program, limit=5000)[1]["limit"]


@pytest.mark.parametrize("mark", ["x", "Nw", "é"], ids=["no base64", "a number", "no ascii"])
def test_any_other_mark_is_rejected(program, mark):
    assert program.refused("GET", "/guests", params={"site_id": "example.org", "after": mark})
