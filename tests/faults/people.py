"""What people see of a server that has a fault: the report, and what `sillage doctor` says."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.server import Server

PASSWORD = "correct horse battery"


def report(server: Server, client: httpx2.Client) -> str:
    answer = client.get(f"{server.url}/example.org")
    assert answer.status_code == 200
    return answer.text


@contextmanager
def signed_in(server: Server) -> Iterator[httpx2.Client]:
    form = {"email": "ana@example.org", "password": PASSWORD, "repeated": PASSWORD}
    with httpx2.Client(follow_redirects=True) as client:
        assert client.post(server.sign_in_link, data=form).status_code == 200
        yield client


def doctor(server: Server) -> tuple[int, str]:
    process = server.started("doctor", "--url", "http://127.0.0.1:1")
    text, errors = process.communicate()
    assert errors == ""
    return process.returncode, text
