import re

import pytest

from schema.people.roles import Right, Role, grantable, may
from tests.architecture import ROOT

OPERATIONS = ROOT / ".github" / "docs" / "OPERATIONS.md"
VIEWER, EDITOR, ADMIN, OWNER = Role

ALLOWED: dict[Right, set[Role | None]] = {
    Right.SIGNED_IN: {None, VIEWER, EDITOR, ADMIN, OWNER},
    Right.VIEW: {VIEWER, EDITOR, ADMIN, OWNER},
    Right.EDIT: {EDITOR, ADMIN, OWNER},
    Right.ADMINISTER: {ADMIN, OWNER},
    Right.OWN: {OWNER},
    Right.SERVER: set(),
}


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("right", Right)
def test_a_role_has_its_rights_and_no_other(right: Right, role: Role | None) -> None:
    assert (role in ALLOWED[right]) == may(right, role=role, is_server_owner=False)


@pytest.mark.parametrize("right", Right)
def test_an_owner_of_the_server_may_do_everything(right: Right) -> None:
    assert may(right, role=None, is_server_owner=True)


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        pytest.param(None, (), id="nobody"),
        pytest.param(VIEWER, (), id="a viewer"),
        pytest.param(EDITOR, (), id="an editor"),
        pytest.param(ADMIN, (VIEWER, EDITOR, ADMIN), id="an administrator makes no owners"),
        pytest.param(OWNER, tuple(Role), id="an owner"),
    ],
)
def test_nobody_gives_more_rights_than_they_have(role: Role | None, roles: tuple[Role, ...]) -> None:
    assert roles == grantable(role=role, is_server_owner=False)
    assert tuple(Role) == grantable(role=role, is_server_owner=True)


def test_the_table_of_rights_is_documented() -> None:
    rows = re.findall(
        r"^\| (\w+): .* \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$",
        OPERATIONS.read_text(),
        re.MULTILINE,
    )
    people = [(role, False) for role in Role] + [(None, True)]
    expected = [
        (
            right.value,
            *("yes" if may(right, role=role, is_server_owner=is_owner) else "no" for role, is_owner in people),
        )
        for right in Right
        if right is not Right.SIGNED_IN
    ]

    assert expected == rows
