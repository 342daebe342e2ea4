import pytest

LIST = "/guests?site_id=example.org"
BOB = {"site_id": "example.org", "email": "bob@example.org"}


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_a_guest_is_invited_with_a_role(program, site, role):
    guest = program.ask("PUT", "/guests", json=BOB | {"role": role})

    assert {"email": "bob@example.org", "role": role, "status": "invited"} == guest
    assert [guest] == program.ask("GET", LIST)["guests"]


def test_a_guest_keeps_the_first_role(program, site):
    for role in ("viewer", "editor"):
        program.ask("PUT", "/guests", json=BOB | {"role": role})

    assert ["viewer"] == [guest["role"] for guest in program.ask("GET", LIST)["guests"]]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(BOB | {"role": "owner"}, id="an unknown role"),
        pytest.param(BOB, id="no role"),
        pytest.param({"site_id": "example.org", "email": "bob", "role": "viewer"}, id="no address"),
    ],
)
def test_an_invitation_needs_an_address_and_a_role(program, site, fields):
    assert program.refused("PUT", "/guests", json=fields)


def test_a_guest_is_removed_once(program, site):
    program.ask("PUT", "/guests", json=BOB | {"role": "viewer"})
    path = "/guests/bob@example.org?site_id=example.org"

    assert program.ask("DELETE", path) == {"deleted": True}
    assert program.refused("DELETE", path, status=404)
