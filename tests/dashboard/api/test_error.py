import json

import pytest

from dashboard.api import error


@pytest.mark.parametrize(
    ("path", "is_program"),
    [("/api/v2/query", True), ("/api/", True), ("/api", False), ("/example.org/api/", False), ("/", False)],
)
def test_programs_ask_below_the_path_of_the_api(path, is_program):
    assert is_program == error.is_for_program({"path": path})


@pytest.mark.parametrize("status", [400, 404, 413, 500, 503])
def test_an_error_is_a_status_and_a_sentence(status):
    answer = error.answer(status)

    assert status == answer.status_code
    assert ["error"] == list(json.loads(bytes(answer.body)))
    assert json.loads(bytes(answer.body))["error"]


def test_a_sentence_and_headers_can_be_given():
    answer = error.answer(429, "Wait.", headers={"Retry-After": "7"})

    assert {"error": "Wait."} == json.loads(bytes(answer.body))
    assert "7" == answer.headers["retry-after"]
