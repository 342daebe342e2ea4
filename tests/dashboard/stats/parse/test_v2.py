import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.comparison import Comparison, Mode
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import AllOf, AnyOf, Condition, HasDone, Not, Op, Reaches
from dashboard.stats.model.metrics import Metric
from dashboard.stats.model.period import Interval
from dashboard.stats.model.query import Order
from dashboard.stats.parse.site_context import SiteContext
from dashboard.stats.parse.v2 import Comparisons, Include, parse
from schema.measures import goals

NOW = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
SIGNUP, BLOG = goals.new(1, event_name="Signup"), goals.new(1, page_path="/blog/**")
FRANCE, GOOGLE = ["is", "visit:country", ["FR"]], ["contains", "visit:source", ["goo"]]
CONTEXT = SiteContext(
    1,
    ZoneInfo("Europe/Paris"),
    lambda: (BLOG, SIGNUP),
    lambda: (
        {1: [FRANCE], 2: [FRANCE, GOOGLE], 3: [["is", "event:goal", ["Signup"]]]}
        | {4: [["is", "event:goal", ["Signup"]], ["is", "event:page", ["/a"]]], 5: [["is", "event:page", ["/a"]]]}
    ),
    lambda: date(2026, 1, 1),
)
IS_FRANCE = Condition(dimensions.COUNTRY, Op.IS, ("FR",))
HAS_GOOGLE = Condition(dimensions.SOURCE, Op.CONTAINS, ("goo",))
ON_A = Condition(dimensions.PAGE, Op.IS, ("/a",))


def parsed(**keys):
    return parse({"site_id": "x", "metrics": ["visitors"], "date_range": "7d"} | keys, CONTEXT, now=NOW)


def test_goals_and_segments_are_loaded_only_if_needed():
    untouched = replace(CONTEXT, goals=lambda: pytest.fail("goals"), segments=lambda: pytest.fail("segments"))

    question = {"metrics": ["visitors"], "date_range": "7d", "dimensions": ["visit:country"], "filters": [FRANCE]}

    assert parse(question, untouched, now=NOW).query.goals == ()


def test_the_smallest_query():
    query = parsed().query

    assert (1, (Metric.VISITORS,), (), (), (), 10_000, 0) == (
        query.site_id,
        query.metrics,
        query.groups,
        query.filters,
        query.order,
        query.limit,
        query.offset,
    )
    assert query.period.first == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        pytest.param(["visit:source"], (dimensions.SOURCE,), id="a dimension"),
        pytest.param(["visit:screen"], (dimensions.DEVICE,), id="an old name"),
        pytest.param(["event:props:plan", "time:day"], (dimensions.prop("plan"), Interval.DAY), id="a property by day"),
        pytest.param(["time"], (Interval.DAY,), id="time by the length"),
        pytest.param(["time:hour"], (Interval.HOUR,), id="hours"),
    ],
)
def test_dimensions_are_parsed(names, groups):
    assert groups == parsed(dimensions=names).query.groups


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param([FRANCE, GOOGLE], (IS_FRANCE, HAS_GOOGLE), id="two filters"),
        pytest.param([["and", [FRANCE, GOOGLE]]], (IS_FRANCE, HAS_GOOGLE), id="and"),
        pytest.param(
            [["and", [["and", [["is", "event:goal", ["Signup"]]]], FRANCE]], GOOGLE],
            (Reaches((SIGNUP,)), IS_FRANCE, HAS_GOOGLE),
            id="and inside and, of a goal",
        ),
        pytest.param(
            [["not", ["and", [FRANCE, GOOGLE]]]], (Not(AllOf((IS_FRANCE, HAS_GOOGLE))),), id="not one and the other"
        ),
        pytest.param([["or", [FRANCE, ["not", GOOGLE]]]], (AnyOf((IS_FRANCE, Not(HAS_GOOGLE))),), id="or, not"),
        pytest.param([["has_done", ["is", "event:page", ["/a"]]]], (HasDone(ON_A),), id="has done"),
        pytest.param([["has_not_done", ["is", "event:page", ["/a"]]]], (Not(HasDone(ON_A)),), id="has not done"),
        pytest.param(
            [["is_not", "visit:os", ["iOS"], {"case_sensitive": False}]],
            (Condition(dimensions.OS, Op.IS_NOT, ("iOS",), is_case_sensitive=False),),
            id="in any case",
        ),
        pytest.param(
            [["is_not", "event:hostname", ["Müller.example:443", "(not set)"]]],
            (Condition(dimensions.HOSTNAME, Op.IS_NOT, ("müller.example", "xn--mller-kva.example", "(not set)")),),
            id="hosts in other spellings",
        ),
        pytest.param(
            [["contains", "visit:entry_page_hostname", [".xn--mller-kva.", "Shop."]]],
            (Condition(dimensions.ENTRY_HOSTNAME, Op.CONTAINS, (".müller.", "shop.")),),
            id="parts of hosts in other spellings",
        ),
        pytest.param(
            [["matches", "event:hostname", ["^Xn--"]]],
            (Condition(dimensions.HOSTNAME, Op.MATCHES, ("^Xn--",)),),
            id="an expression about hosts stays",
        ),
        pytest.param(
            [["is", "event:page", ["/xn--mller-kva"]]],
            (Condition(dimensions.PAGE, Op.IS, ("/xn--mller-kva",)),),
            id="a page that looks like a host",
        ),
        pytest.param(
            [["matches", "visit:os", ["^i"]]], (Condition(dimensions.OS, Op.MATCHES, ("^i",)),), id="an expression"
        ),
        pytest.param(
            [["is", "visit:city", [2950159, "1"]]], (Condition(dimensions.CITY, Op.IS, ("2950159", "1")),), id="cities"
        ),
        pytest.param([["is", "event:goal", ["Signup"]]], (Reaches((SIGNUP,)),), id="a goal"),
        pytest.param(
            [["is", "event:goal", ["signup"], {"case_sensitive": False}]],
            (Reaches((SIGNUP,)),),
            id="a goal in any case",
        ),
        pytest.param([["contains", "event:goal", ["i"]]], (Reaches((BLOG, SIGNUP)),), id="goals by a part of the name"),
        pytest.param([["contains", "event:goal", ["none"]]], (Reaches(()),), id="no goal by a part of the name"),
        pytest.param(
            [["has_done", ["is", "event:goal", ["Signup"]]]], (HasDone(Reaches((SIGNUP,))),), id="has reached a goal"
        ),
        pytest.param(
            [["has_done", ["and", [["is", "event:page", ["/a"]], ["is", "event:hostname", ["b"]]]]]],
            (HasDone(AllOf((ON_A, Condition(dimensions.HOSTNAME, Op.IS, ("b",))))),),
            id="has done two things at once",
        ),
        pytest.param([["is", "segment", [1]]], (IS_FRANCE,), id="a segment"),
        pytest.param([["is", "segment", [2]]], (IS_FRANCE, HAS_GOOGLE), id="a segment of two filters"),
        pytest.param(
            [["not", ["is", "segment", [2]]]], (Not(AllOf((IS_FRANCE, HAS_GOOGLE))),), id="not a segment of two filters"
        ),
        pytest.param([["is", "segment", [4]]], (Reaches((SIGNUP,)), ON_A), id="a segment about a goal on a page"),
        pytest.param([["has_done", ["is", "segment", [5]]]], (HasDone(ON_A),), id="has done a segment"),
        pytest.param(
            [["is", "segment", [1, 2]]], (AnyOf((IS_FRANCE, AllOf((IS_FRANCE, HAS_GOOGLE)))),), id="one of two segments"
        ),
        pytest.param([["is", "segment", [3]]], (Reaches((SIGNUP,)),), id="a segment about a goal"),
    ],
)
def test_filters_are_parsed(filters, expected):
    assert expected == parsed(filters=filters).query.filters


AND_FRANCE, AND_BOTH = ["and", [FRANCE]], ["and", [FRANCE, GOOGLE]]


@pytest.mark.parametrize(
    ("filters", "echo"),
    [
        pytest.param([FRANCE, GOOGLE], [FRANCE, GOOGLE], id="as written"),
        pytest.param([AND_BOTH], [FRANCE, GOOGLE], id="and at the top level"),
        pytest.param([FRANCE, ["and", [AND_BOTH, FRANCE]]], [FRANCE, FRANCE, GOOGLE, FRANCE], id="and inside and"),
        pytest.param([["or", [AND_BOTH, FRANCE]]], [["or", [AND_BOTH, FRANCE]]], id="and inside or stays"),
        pytest.param([["not", AND_BOTH]], [["not", AND_BOTH]], id="and inside not stays"),
        pytest.param([["is", "segment", [1]]], [AND_FRANCE], id="a segment"),
        pytest.param([FRANCE, ["is", "segment", [2]]], [FRANCE, AND_BOTH], id="a segment of two filters"),
        pytest.param([["and", [["is", "segment", [2]], FRANCE]]], [AND_BOTH, FRANCE], id="a segment inside and"),
        pytest.param([["is", "segment", [1, 2]]], [["or", [AND_FRANCE, AND_BOTH]]], id="two segments"),
        pytest.param([["not", ["is", "segment", [1]]]], [["not", AND_FRANCE]], id="not a segment"),
        pytest.param(
            [["has_done", ["is", "segment", [5]]]],
            [["has_done", ["and", [["is", "event:page", ["/a"]]]]]],
            id="a segment that is done",
        ),
    ],
)
def test_filters_are_echoed_with_segments_replaced_and_the_top_level_flat(filters, echo):
    assert echo == parsed(filters=filters).filters_echo


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        pytest.param([], (BLOG, SIGNUP), id="all of them"),
        pytest.param([["is", "event:goal", ["Signup"]]], (SIGNUP,), id="the one filtered by"),
        pytest.param([["is", "event:goal", ["Signup"]], ["contains", "event:goal", ["V"]]], (), id="none"),
    ],
)
def test_grouped_goals_are_limited_by_the_filters(filters, left):
    assert left == parsed(dimensions=["event:goal"], filters=filters).query.goals


def test_the_other_keys_are_parsed():
    result = parsed(
        metrics=["visitors", "pageviews"],
        dimensions=["visit:source", "time"],
        order_by=[["pageviews", "asc"], ["time", "desc"], ["visit:source", "asc"]],
        pagination={"limit": 7, "offset": 14},
        include={"total_rows": True, "imports": False, "comparisons": {"mode": "year_over_year"}},
    )

    assert (7, 14, True) == (result.query.limit, result.query.offset, result.query.counts_rows)
    assert result.query.order == (
        Order(Metric.PAGEVIEWS, is_descending=False),
        Order(Interval.DAY, is_descending=True),
        Order(dimensions.SOURCE, is_descending=False),
    )
    assert Include(total_rows=True, comparisons=Comparisons(Mode.YEAR_OVER_YEAR)) == result.include
    assert result.comparison == Comparison(Mode.YEAR_OVER_YEAR)


DEEP: list[object] = [*FRANCE]
for _ in range(10):
    DEEP = ["not", DEEP]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        pytest.param({"foo": 1}, "#/foo: Unknown key", id="another key"),
        pytest.param({"metrics": []}, "#/metrics: Name at least one", id="no metric"),
        pytest.param({"metrics": "visitors"}, "#/metrics: Name at least one", id="metrics that are no list"),
        pytest.param({"metrics": ["visitors", "x"]}, '#/metrics/1: Invalid metric "x"', id="a metric there is not"),
        pytest.param({"metrics": [["visitors"]]}, "#/metrics/0: Invalid metric", id="a metric that is no text"),
        pytest.param({"metrics": ["exit_rate"]}, "Invalid metric", id="a metric internal to Plausible"),
        pytest.param({"metrics": ["visits", "visits"]}, "#/metrics: Name each metric only once", id="a metric twice"),
        pytest.param({"date_range": None}, "#/date_range: The date range is missing", id="no date range"),
        pytest.param({"date_range": "x"}, "#/date_range: Invalid date range 'x'", id="a bad date range"),
        pytest.param({"dimensions": "visit:os"}, "#/dimensions: Write a list", id="dimensions that are no list"),
        pytest.param({"dimensions": ["x"]}, '#/dimensions/0: Invalid dimension "x"', id="a dimension there is not"),
        pytest.param({"dimensions": ["time:minute"]}, "Invalid dimension", id="minutes"),
        pytest.param({"dimensions": ["event:props:"]}, "Invalid dimension", id="a property without a name"),
        pytest.param({"dimensions": ["event:props:" + "a" * 1_000_000]}, "Invalid dimension", id="a huge name"),
        pytest.param({"dimensions": [1]}, "Invalid dimension", id="a number for a dimension"),
        pytest.param({"dimensions": ["time", "time:hour"]}, "one time interval", id="two intervals"),
        pytest.param({"filters": "x"}, "#/filters: Invalid filters", id="filters that are no list"),
        pytest.param({"filters": {}}, "#/filters: Invalid filters", id="filters that are an object"),
        pytest.param({"filters": ["x"]}, "#/filters/0: Invalid filter", id="a filter that is a word"),
        pytest.param({"filters": [FRANCE, ["is", "visit:os"]]}, "#/filters/1: Invalid filter", id="without values"),
        pytest.param(
            {"filters": [["is", "visit:os", []]]}, "the list of values is empty", id="an empty list of values"
        ),
        pytest.param({"filters": [["is", "x", ["a"]]]}, "no dimension 'x'", id="on what there is not"),
        pytest.param({"filters": [["is", "time:day", ["a"]]]}, "no dimension 'time:day'", id="on time"),
        pytest.param({"filters": [["in", "visit:os", ["a"]]]}, "Invalid filter", id="an operator there is not"),
        pytest.param({"filters": [["matches_wildcard", "visit:os", ["a"]]]}, "Invalid filter", id="a wildcard"),
        pytest.param({"filters": [["is", "visit:os", [1]]]}, "values must be texts", id="a number for a text"),
        pytest.param({"filters": [["is", "visit:city", [True]]]}, "values must be texts", id="truth for a number"),
        pytest.param({"filters": [["is", "visit:os", ["a" * 10_001]]]}, "10,000 characters", id="a long text"),
        pytest.param(
            {"filters": [["is", "visit:country", ["France"]]]}, "two-letter code, such as FR", id="a country's name"
        ),
        pytest.param(
            {"filters": [["matches", "visit:os", ["("]]]}, "not a valid RE2 regular expression", id="a bad expression"
        ),
        pytest.param(
            {"filters": [["matches", "visit:os", ["a"], {"case_sensitive": False}]]}, "modifier", id="no slot"
        ),
        pytest.param({"filters": [["is", "visit:os", ["a"], {"x": False}]]}, "modifier", id="another modifier"),
        pytest.param({"filters": [["is", "visit:os", ["a"], {"case_sensitive": 1}]]}, "modifier", id="no truth"),
        pytest.param({"filters": [["and", []]]}, "Invalid filter", id="and of nothing"),
        pytest.param({"filters": [DEEP]}, "10 levels deep", id="too deep"),
        pytest.param({"filters": [FRANCE] * 501}, "1000 filters and values", id="too many"),
        pytest.param({"filters": [["is", "event:goal", ["None"]]]}, "no goal named 'None'", id="a goal there is not"),
        pytest.param({"filters": [["is_not", "event:goal", ["Signup"]]]}, "with is and contains", id="is not a goal"),
        pytest.param({"filters": [["or", [["is", "event:goal", ["Signup"]]]]]}, "top level", id="a goal below"),
        pytest.param({"filters": [["not", ["is", "event:hostname", ["a"]]]]}, "top level", id="a hostname below"),
        pytest.param(
            {"filters": [["has_done", ["is", "visit:exit_page", ["/"]]]]},
            "not a dimension of events",
            id="done an exit",
        ),
        pytest.param({"filters": [["has_done", FRANCE]]}, "not a dimension of events", id="done a country"),
        pytest.param({"filters": [["has_not_done", GOOGLE]]}, "not a dimension of events", id="not done a source"),
        pytest.param(
            {"filters": [["has_done", ["or", [["is", "event:page", ["/a"]], ["not", FRANCE]]]]]},
            "not a dimension of events",
            id="done a page or not a country",
        ),
        pytest.param(
            {"filters": [["has_done", ["is", "segment", [2]]]]}, "not a dimension of events", id="done a segment"
        ),
        pytest.param(
            {"filters": [["has_done", ["has_done", ["is", "event:page", ["/a"]]]]]},
            "inside has_done",
            id="done within done",
        ),
        pytest.param({"filters": [["is", "segment", [3, 4]]]}, "top level", id="a goal in one of two segments"),
        pytest.param(
            {"filters": [["matches_wildcard_not", "visit:os", ["a*"]]]}, "Invalid filter", id="not a wildcard"
        ),
        pytest.param({"filters": [["is", "segment", [7]]]}, "no segment 7", id="a segment there is not"),
        pytest.param({"filters": [["is", "segment", ["1"]]]}, "no segment 1", id="a segment that is a text"),
        pytest.param({"filters": [["is", "segment", [True]]]}, "no segment True", id="a segment that is a truth"),
        pytest.param({"filters": [["is", "segment", [1] * 11]]}, "10 segments", id="too many segments"),
        pytest.param({"filters": [["is_not", "segment", [1]]]}, "no dimension 'segment'", id="not a segment"),
        pytest.param(
            {"order_by": [["visits", "asc"]]}, '"visits" is not a metric or dimension', id="order by another metric"
        ),
        pytest.param({"order_by": [["visitors", "up"]]}, "#/order_by/0: Invalid order", id="a way there is not"),
        pytest.param({"order_by": "visitors"}, "#/order_by: Write a list", id="an order that is no list"),
        pytest.param({"pagination": {"limit": 0}}, "#/pagination/limit", id="no row"),
        pytest.param({"pagination": {"limit": 10_001}}, "#/pagination/limit", id="too many rows"),
        pytest.param({"pagination": {"limit": True}}, "#/pagination/limit", id="a truth for a number"),
        pytest.param({"pagination": {"offset": -1}}, "#/pagination/offset", id="a negative offset"),
        pytest.param({"pagination": {"offset": 2**40}}, "#/pagination/offset", id="a huge offset"),
        pytest.param({"pagination": {"page": 1}}, "#/pagination: Write it as", id="a page"),
        pytest.param({"include": {"x": True}}, "#/include/x", id="nothing to include"),
        pytest.param(
            {"include": {"imports": 1}}, "#/include/imports: Must be true or false", id="a number for a truth"
        ),
        pytest.param({"include": {"comparisons": {"mode": "x"}}}, "#/include/comparisons", id="a mode there is not"),
        pytest.param({"include": {"comparisons": {"mode": "custom"}}}, "date_range: A pair", id="custom without dates"),
        pytest.param(
            {"include": {"comparisons": {"mode": "custom", "date_range": ["2026-02-01"]}}},
            "date_range: A pair",
            id="custom with one date",
        ),
        pytest.param(
            {"include": {"comparisons": {"mode": "custom", "date_range": ["2026-02-01", "x"]}}},
            "#/include/comparisons/date_range: Invalid date range",
            id="custom with what is not a date",
        ),
        pytest.param(
            {"include": {"comparisons": {"mode": "previous_period", "date_range": ["2026-02-01", "2026-02-02"]}}},
            "date_range: A pair",
            id="dates of another mode",
        ),
        pytest.param(
            {"include": {"comparisons": {"mode": "previous_period", "match_day_of_week": 1}}},
            "match_day_of_week: Must be true or false",
            id="a number for a weekday",
        ),
        pytest.param(
            {"include": {"comparisons": {}}}, "#/include/comparisons: Write it", id="a comparison without a mode"
        ),
        pytest.param({"include": []}, "#/include: Write an object", id="a list of what to include"),
        pytest.param(
            {"include": {"x` - at `$.metrics[7]`": 1}}, "#/include/x` - at `$.metrics[7]`: Unk", id="a path as a key"
        ),
        pytest.param(
            {"metrics": ["x` - at `$.y`"]}, '#/metrics/0: Invalid metric "x` - at `$.y`"', id="a path as a metric"
        ),
        pytest.param({"metrics": ["%s"]}, '#/metrics/0: Invalid metric "%s"', id="a placeholder as a metric"),
        pytest.param({"site_id": ""}, "#/site_id: The domain of the site is missing", id="no site"),
        pytest.param({"date_range": ["2026-03-01"]}, "Invalid date range \"['2026-03-01']\"", id="one date"),
        pytest.param({"order_by": [["visitors"]]}, "#/order_by/0: Invalid order", id="an order without a way"),
        pytest.param({"pagination": []}, "#/pagination: Write it as", id="a list for a page"),
        pytest.param(
            {"include": {"time_labels": True}, "dimensions": ["visit:os"]},
            "#/include/time_labels",
            id="labels of no time",
        ),
        pytest.param(
            {"metrics": ["scroll_depth"], "filters": [["not", ["is", "event:page", ["/a"]]]]},
            "at the top level",
            id="the depth of what is not a page",
        ),
        pytest.param({"metrics": ["conversion_rate"]}, "needs a filter on event:goal", id="a rate without a goal"),
        pytest.param(
            {
                "metrics": ["conversion_rate"],
                "filters": [["is", "event:goal", ["Signup"]], ["not", ["is", "event:props:a", ["b"]]]],
            },
            "properties can only be filtered at the top level",
            id="a rate with a property below",
        ),
    ],
)
def test_an_invalid_query_is_rejected_with_the_path_of_the_error(keys, line):
    with pytest.raises(QueryError) as caught:
        parsed(**keys)

    assert line in str(caught.value)
    assert len(str(caught.value)) < 500


def test_all_errors_are_reported_at_once():
    with pytest.raises(QueryError) as caught:
        parsed(metrics=["x"], date_range="y", foo=1)

    assert len(str(caught.value).splitlines()) == 3


def test_trap_the_memory_of_the_type_is_freed_once():
    script = "import msgspec; from dashboard.stats.parse.v2 import Body; msgspec.json.schema_components((Body,))"
    ended = subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONMALLOC": "debug"}, check=False)

    assert ended.returncode == 0
