from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.parse.filter_trees import MAX_CLAUSES, MAX_DEPTH, MAX_SEGMENTS, MAX_TEXT_CHARACTERS, parse
from dashboard.stats.parse.site_context import SiteContext
from schema.measures import goals

FRANCE, GOOGLE = ["is", "visit:country", ["FR"]], ["contains", "visit:source", ["goo"]]
IS_FRANCE = Condition(dimensions.COUNTRY, Op.IS, ("FR",))
HAS_GOOGLE = Condition(dimensions.SOURCE, Op.CONTAINS, ("goo",))
ON_A = ["is", "event:page", ["/a"]]
SIGNUP = goals.new(1, event_name="Signup")
CONTEXT = SiteContext(
    1,
    ZoneInfo("UTC"),
    lambda: (SIGNUP,),
    lambda: {1: [FRANCE], 2: [FRANCE, GOOGLE]},
    lambda: date(2026, 1, 1),
)


def nested(depth: int, word: str = "not"):
    tree: list[Any] = list(FRANCE)
    for _ in range(depth):
        tree = [word, [tree] if word == "and" else tree]
    return [tree]


@pytest.mark.parametrize(
    ("json", "filters"),
    [
        pytest.param([], (), id="none"),
        pytest.param([FRANCE, GOOGLE], (IS_FRANCE, HAS_GOOGLE), id="two"),
        pytest.param([["and", [FRANCE, GOOGLE]]], (IS_FRANCE, HAS_GOOGLE), id="and at the top"),
        pytest.param([["not", ["and", [FRANCE, GOOGLE]]]], (Not(AllOf((IS_FRANCE, HAS_GOOGLE))),), id="and"),
        pytest.param([["or", [FRANCE, ["not", GOOGLE]]]], (AnyOf((IS_FRANCE, Not(HAS_GOOGLE))),), id="or, not"),
        pytest.param(
            [["has_not_done", ON_A]], (Not(HasDone(Condition(dimensions.PAGE, Op.IS, ("/a",)))),), id="has not done"
        ),
        pytest.param([["is", "event:goal", ["Signup"]]], (Reaches((SIGNUP,)),), id="a goal"),
        pytest.param([["contains", "event:goal", ["nothing"]]], (Reaches(()),), id="no goal"),
        pytest.param(
            [["is", "event:goal", ["signup"], {"case_sensitive": False}]], (Reaches((SIGNUP,)),), id="a goal, any case"
        ),
        pytest.param([["is", "visit:city", [7]]], (Condition(dimensions.CITY, Op.IS, ("7",)),), id="a city"),
        pytest.param(
            [["is", "visit:source", ["a"], {"case_sensitive": False}]],
            (Condition(dimensions.SOURCE, Op.IS, ("a",), is_case_sensitive=False),),
            id="a modifier",
        ),
    ],
)
def test_json_becomes_a_tree(json, filters):
    assert filters == parse(json, CONTEXT).filters


@pytest.mark.parametrize(
    ("numbers", "echo", "filters"),
    [
        pytest.param([1], [["and", [FRANCE]]], (IS_FRANCE,), id="of one filter"),
        pytest.param([2], [["and", [FRANCE, GOOGLE]]], (IS_FRANCE, HAS_GOOGLE), id="of two filters"),
        pytest.param(
            [1, 2],
            [["or", [["and", [FRANCE]], ["and", [FRANCE, GOOGLE]]]]],
            (AnyOf((IS_FRANCE, AllOf((IS_FRANCE, HAS_GOOGLE)))),),
            id="one of two segments",
        ),
    ],
)
def test_segments_are_written_out(numbers, echo, filters):
    parsed = parse([["is", "segment", numbers]], CONTEXT)

    assert (filters, echo) == (parsed.filters, parsed.echo)


@pytest.mark.parametrize(
    ("json", "path"),
    [
        pytest.param(["is"], "#/filters/0", id="no filter"),
        pytest.param([FRANCE, ["is", "visit:colour", ["red"]]], "#/filters/1", id="an unknown dimension"),
        pytest.param([["equals", "visit:country", ["FR"]]], "#/filters/0", id="an unknown operator"),
        pytest.param([["is", "visit:country", []]], "#/filters/0", id="no value"),
        pytest.param([["is", "visit:country", ["France"]]], "#/filters/0", id="a country by its name"),
        pytest.param([["is", "visit:source", [1]]], "#/filters/0", id="a number"),
        pytest.param([["is", "visit:source", ["x" * (MAX_TEXT_CHARACTERS + 1)]]], "#/filters/0", id="a long text"),
        pytest.param([["matches", "event:page", ["("]]], "#/filters/0", id="no regular expression"),
        pytest.param(
            [["matches", "event:page", ["a"], {"case_sensitive": False}]], "#/filters/0", id="a modifier out of place"
        ),
        pytest.param([["is", "event:goal", ["Buy"]]], "#/filters/0", id="an unknown goal"),
        pytest.param([["is_not", "event:goal", ["Signup"]]], "#/filters/0", id="not a goal"),
        pytest.param([["not", ["is", "event:goal", ["Signup"]]]], "#/filters/0/1", id="a goal below the top"),
        pytest.param([["has_done", ["has_done", ON_A]]], "#/filters/0/1", id="has done within has done"),
        pytest.param(
            [["has_done", ["is", "visit:entry_page", ["/"]]]], "#/filters/0/1", id="has done what only visits have"
        ),
        pytest.param([["has_done", FRANCE]], "#/filters/0/1", id="has done an attribute of the visit"),
        pytest.param(nested(2 * MAX_DEPTH, "and"), "#/filters/0", id="too deep at the top"),
        pytest.param([["matches_wildcard", "event:page", ["*"]]], "#/filters/0", id="an operator of version 1"),
        pytest.param([["is", "segment", [9]]], "#/filters/0", id="an unknown segment"),
        pytest.param([["is", "segment", [True]]], "#/filters/0", id="no number of a segment"),
        pytest.param([["is", "segment", [1] * (MAX_SEGMENTS + 1)]], "#/filters/0", id="too many segments"),
        pytest.param(nested(MAX_DEPTH), "#/filters/0", id="too deep"),
        pytest.param([["is", "event:page", ["/a"] * MAX_CLAUSES]], "#/filters", id="too many values"),
    ],
)
def test_an_error_names_its_position(json, path):
    with pytest.raises(QueryError) as error:
        parse(json, CONTEXT)

    assert str(error.value).startswith(path)


def test_version_1_has_wildcards():
    parsed = parse([["matches_wildcard_not", "event:page", ["/a*"]]], CONTEXT, has_wildcards=True)

    assert parsed.filters == (Condition(dimensions.PAGE, Op.MATCHES_WILDCARD_NOT, ("/a*",)),)


def test_the_greatest_depth_is_accepted():
    assert len(parse(nested(MAX_DEPTH - 1), CONTEXT).filters) == 1
