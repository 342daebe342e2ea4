from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from starlette.exceptions import HTTPException

from dashboard.api.inputs import Input, about, read


class Colour(StrEnum):
    RED = "red"


class Thing(Input, frozen=True, kw_only=True):
    """Has a field of every kind."""

    required: Annotated[Colour, about("A colour", refusal="must be red")]
    needed: Annotated[str, about("A text that must be sent")]
    text: Annotated[str, about("A text", maxLength=3)] = ""
    changed: Annotated[str, about("A new text")] | None = None
    whole: int = 5
    flag: bool = False
    texts: dict[str, str] = msgspec.field(default_factory=dict)
    listed: Annotated[list[Any], about("A list", refusal="must be a list of things")] = msgspec.field(
        default_factory=list
    )


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        pytest.param("text", None, "", id="no text"),
        pytest.param("needed", None, "", id="no required text, which the call refuses itself"),
        pytest.param("needed", "a", "a", id="a required text"),
        pytest.param("text", "a", "a", id="a text"),
        pytest.param("text", "long", "long", id="a long text, which the call refuses itself"),
        pytest.param("changed", None, None, id="no new text"),
        pytest.param("changed", "", "", id="a new text that is empty"),
        pytest.param("whole", None, 5, id="no number"),
        pytest.param("whole", "", 5, id="an empty number"),
        pytest.param("whole", "7", 7, id="a number as text"),
        pytest.param("whole", 7, 7, id="a number"),
        pytest.param("whole", 10**30, 10**30, id="a large number"),
        pytest.param("flag", True, True, id="true"),
        pytest.param("flag", "0", False, id="false as text"),
        pytest.param("flag", "true", True, id="true as text"),
        pytest.param("texts", {"a": "b"}, {"a": "b"}, id="texts by name"),
        pytest.param("texts", [""], {}, id="an empty form field"),
        pytest.param("texts", '{"a": "b"}', {"a": "b"}, id="texts by name, as JSON in a form"),
        pytest.param("listed", [1, "a"], [1, "a"], id="a list"),
        pytest.param("listed", '[["a"]]', [["a"]], id="a list as JSON in a form"),
        pytest.param("required", "red", Colour.RED, id="a choice"),
    ],
)
def test_a_field_is_read_as_its_kind(name, sent, value):
    assert value == getattr(read({"required": "red"} | {name: sent}, Thing), name)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"text": 7}, "text must be a text", id="a number for a text"),
        pytest.param({"needed": 7}, "needed must be a text", id="a number for a required text"),
        pytest.param({"changed": []}, "changed must be a text", id="a list for a new text"),
        pytest.param({"whole": 1.5}, "whole must be a whole number", id="a fraction"),
        pytest.param({"whole": 1.0}, "whole must be a whole number", id="a fraction of nothing"),
        pytest.param({"whole": True}, "whole must be a whole number", id="a flag for a number"),
        pytest.param({"whole": "much"}, "whole must be a whole number", id="a word for a number"),
        pytest.param({"flag": "yes"}, "flag must be true or false", id="a word for a flag"),
        pytest.param({"flag": 1}, "flag must be true or false", id="a number for a flag"),
        pytest.param({"flag": None}, "flag must be true or false", id="null for a flag"),
        pytest.param({"texts": {"a": 1}}, "texts must be an object of texts", id="numbers by name"),
        pytest.param({"texts": ["a"]}, "texts must be an object of texts", id="a list for texts by name"),
        pytest.param({"listed": "["}, "listed must be a list of things", id="half a list"),
        pytest.param({"listed": "[" * 100_000}, "listed must be a list of things", id="a deep list"),
        pytest.param({"listed": {"a": 1}}, "listed must be a list of things", id="an object for a list"),
        pytest.param({"required": "blue"}, "required must be red", id="another choice"),
        pytest.param({"required": 7}, "required must be red", id="a number for a choice"),
        pytest.param({"required": ""}, "required must be red", id="an empty choice"),
        pytest.param({"required": None}, "required must be red", id="no choice"),
    ],
)
def test_a_field_of_another_kind_is_rejected(fields, sentence):
    with pytest.raises(HTTPException) as error:
        read({"required": "red"} | fields, Thing)

    assert 400 == error.value.status_code
    assert error.value.detail.startswith(sentence)


def test_fields_that_were_not_sent_have_their_defaults():
    assert read({"required": "red"}, Thing) == Thing(required=Colour.RED, needed="")


def test_unknown_fields_are_ignored():
    assert read({"required": "red", "team_id": 7}, Thing) == Thing(required=Colour.RED, needed="")
