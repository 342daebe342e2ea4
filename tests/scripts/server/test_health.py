from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from scripts.server import health


def a_client(*, refusal: str = "", token_file: Path | None = None, address: str = "127.0.0.1") -> TestClient:
    routes = health.routes(refusal=lambda: refusal, metrics=lambda: "sillage_accepting 1\n", token_file=token_file)
    return TestClient(Starlette(routes=routes), client=(address, 50_000))


def test_a_server_that_refuses_hits_lives_but_is_not_ready():
    client = a_client(refusal="the spool can't be written")

    assert 200 == client.get("/health/live").status_code
    assert (503, "10") == ((answer := client.get("/health/ready")).status_code, answer.headers["retry-after"])
    assert {"status": "not accepting events", "reason": "the spool can't be written"} == answer.json()


def test_a_server_that_accepts_hits_is_ready():
    assert (200, {"status": "ok"}) == ((answer := a_client().get("/health/ready")).status_code, answer.json())


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        pytest.param("127.0.0.1", {}, 200, id="a program on this machine"),
        pytest.param("::1", {}, 200, id="the same over IPv6"),
        pytest.param("198.51.100.7", {}, 403, id="another machine"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "198.51.100.7"}, 403, id="a proxy on this machine"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403, id="a stranger who claims to be local"),
        pytest.param("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 403, id="the same in the other header"),
    ],
)
def test_without_a_token_only_programs_on_this_machine_get_metrics(address, headers, status):
    assert status == a_client(address=address).get("/metrics", headers=headers).status_code


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param("Bearer secret", 200, id="the token"),
        pytest.param("Bearer other", 401, id="another"),
        pytest.param("Bearer é", 401, id="not ASCII"),
        pytest.param("", 401, id="none"),
    ],
)
def test_with_a_token_file_only_its_token_gets_metrics(tmp_path, authorization, status):
    file = tmp_path / "token"
    file.write_text("secret\n")
    client = a_client(token_file=file, address="198.51.100.7")

    assert status == client.get("/metrics", headers={"authorization": authorization.encode()}).status_code


@pytest.mark.parametrize("content", [pytest.param(None, id="missing"), pytest.param("\n", id="empty")])
def test_an_unusable_token_file_closes_metrics_with_a_sentence(tmp_path, content):
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    answer = a_client(token_file=file).get("/metrics", headers={"authorization": "Bearer "})

    assert 503 == answer.status_code
    assert "metrics_token_file" in answer.text
