import json

import pytest

from scripts.console.tables import Row, show, table

ROWS: list[Row] = [
    {"domain": "example.org", "is_open": True, "hits_a_minute": 5, "note": None},
    {"domain": "é.example", "is_open": False, "hits_a_minute": 1200, "note": ""},
]


def test_a_table_is_as_wide_as_its_columns():
    assert (
        "DOMAIN       IS OPEN  HITS A MINUTE  NOTE\nexample.org  yes      5              -\né.example    no       1200"
    ) == table(ROWS)


def test_programs_get_json(capsys):
    show(ROWS, as_json=True, empty="none")

    assert ROWS == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("as_json", "out", "err"),
    [pytest.param(False, "", "There is none.\n", id="people"), pytest.param(True, "[]\n", "", id="programs")],
)
def test_an_empty_list_is_a_sentence_for_people_and_an_empty_list_for_programs(capsys, as_json, out, err):
    show([], as_json=as_json, empty="There is none.")

    assert (out, err) == capsys.readouterr()
