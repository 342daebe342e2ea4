"""The dashboard with a real control file and a real ClickHouse, and browsers for it."""

import time
from pathlib import Path

import pytest

from schema.people import users
from schema.people.users import User
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control
from schema.stores.database import Database
from tests.dashboard.desk import EMAIL, Desk


@pytest.fixture
def control(tmp_path: Path) -> Control:
    """Give an empty control file."""
    return Control(tmp_path / "control.db", now=time.time())


@pytest.fixture
def site(control: Control) -> Site:
    """Give a site whose numbers are those of tests.factories."""
    return sites.add(control, "example.org", timezone="Europe/Paris", now=time.time())


@pytest.fixture
def user(control: Control) -> User:
    """Give an owner of the server who has not chosen a password."""
    return users.add(control, EMAIL, now=time.time(), is_owner=True)


@pytest.fixture
def stranger(control: Control, database: Database) -> Desk:
    """Give a browser that is not signed in."""
    return Desk(control, database)


@pytest.fixture
def desk(control: Control, database: Database, user: User) -> Desk:
    """Give a browser that is signed in."""
    desk = Desk(control, database)
    desk.enter(user)
    return desk
