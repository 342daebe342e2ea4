"""Pages and API endpoints get one typed value, per application."""

from dataclasses import FrozenInstanceError

import pytest
from starlette.requests import Request

from dashboard.services import provide, services, services_of
from schema.stores.control import Control
from schema.stores.database import Database
from tests.dashboard.desk import Desk


def test_a_request_gets_the_services_of_its_application(stranger: Desk) -> None:
    assert services_of(stranger.app) is services(Request({"type": "http", "app": stranger.app}))


def test_applications_have_services_of_their_own(control: Control, database: Database) -> None:
    first = Desk(control, database, base_url="https://first.test")
    second = Desk(control, database, base_url="https://second.test")

    assert ["https://first.test", "https://second.test"] == [services_of(desk.app).base_url for desk in (first, second)]


@pytest.mark.parametrize("name", ["base_url", "database", "unknown"])
def test_a_page_cannot_change_them(stranger: Desk, name: str) -> None:
    with pytest.raises((FrozenInstanceError, TypeError)):
        setattr(services_of(stranger.app), name, "x")


def test_services_that_are_provided_later_replace_all(stranger: Desk, control: Control, database: Database) -> None:
    other = services_of(Desk(control, database, base_url="https://other.test").app)
    provide(stranger.app, other)

    assert other is services_of(stranger.app)
