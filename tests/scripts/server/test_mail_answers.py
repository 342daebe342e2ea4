import json
from http import HTTPStatus

import pytest

from dashboard.services import services_of
from schema.sites import sites
from scripts.server import mail_answers
from tests.dashboard.desk import Desk


@pytest.fixture
def desk(control, database):
    """Give a dashboard with a site without events, on the 10th of March 2026."""
    sites.add(control, "example.org", timezone="Europe/Paris", now=0)
    return Desk(control, database)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        pytest.param("weekly/en/example.org", "Last week, example.org had no visitors.", id="weekly"),
        pytest.param("monthly/fr/example.org", "En février 2026, example.org n’a eu aucun visiteur.", id="monthly"),
    ],
)
def test_the_mail_is_answered_as_it_would_be_sent(desk, name, subject):
    status, content = mail_answers.of_server(services_of(desk.app))(name)
    letter = json.loads(content)

    assert (HTTPStatus.OK, subject) == (status, letter["subject"])
    assert letter["text"].startswith(subject)
    assert subject in letter["html"]


@pytest.mark.parametrize(
    "name", ["", "weekly", "daily/en/example.org", "weekly/tlh/example.org", "weekly/en/x.example"]
)
def test_what_does_not_exist_is_refused(desk, name):
    status, content = mail_answers.of_server(services_of(desk.app))(name)

    assert HTTPStatus.NOT_FOUND == status
    assert "does not know this site or report" in json.loads(content)["error"]
