import pytest

from dashboard.pages.report import filters
from dashboard.pages.report.filters import ChosenFilter
from dashboard.stats.model import dimensions
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, HasDone, Not, Op, Reaches
from tests.dashboard.pages.report.views import GOALS, a_view

HOSTILE = '",&=%\t<é'


@pytest.mark.parametrize("value", ["Google", "/a/b:c", "A & B", HOSTILE, "a,b"])
def test_a_filter_survives_the_url(value):
    chosen = ChosenFilter("is", "source", (value, "other"))

    assert chosen == filters.read(str(chosen))
    assert (chosen,) == a_view(f"f={chosen}").filters


@pytest.mark.parametrize(
    ("text", "node"),
    [
        pytest.param("is,source,Google", Condition(dimensions.SOURCE, Op.IS, ("Google",)), id="a value"),
        pytest.param("is_not,screen,Mobile", Condition(dimensions.DEVICE, Op.IS_NOT, ("Mobile",)), id="a screen"),
        pytest.param("contains,page,a,b", Condition(dimensions.PAGE, Op.CONTAINS, ("a", "b")), id="several values"),
        pytest.param("is,city,2988507", Condition(dimensions.CITY, Op.IS, ("2988507",)), id="a city by its id"),
        pytest.param(
            "is,city,Lyon%09R%09FR", Condition(dimensions.NAMED_CITY, Op.IS, ("Lyon\tR\tFR",)), id="a city by its names"
        ),
        pytest.param("is,props:plan,pro", Condition(dimensions.prop("plan"), Op.IS, ("pro",)), id="a property"),
        pytest.param("is,goal,Signup", Reaches((GOALS[0],)), id="a goal"),
        pytest.param("is_not,goal,Signup", Not(HasDone(Reaches((GOALS[0],)))), id="no such conversion in the visit"),
        pytest.param("is,segment,7", Condition(dimensions.SOURCE, Op.IS, ("Bing",)), id="the filters of a segment"),
    ],
)
def test_a_filter_becomes_a_condition(text, node):
    assert (node,) == a_view(f"f={text}").nodes


@pytest.mark.parametrize("text", ["", "is", "is,source", "was,source,x", "is,,x", "is,props:,x", "is_not,segment,7"])
def test_an_invalid_filter_is_refused(text):
    with pytest.raises(QueryError):
        filters.read(text)


@pytest.mark.parametrize("key", filters.DIMENSIONS)
def test_every_dimension_of_a_link_is_one_of_the_stats_api(key):
    name, label = filters.DIMENSIONS[key]

    assert label
    assert name == "segment" or dimensions.named(name)


@pytest.mark.parametrize(
    "dimension", [dimensions.NAMED_CITY, dimensions.DEVICE, dimensions.prop("plan"), dimensions.PAGE]
)
def test_a_dimension_has_a_name_in_links(dimension):
    key = filters.key_of(dimension)

    assert key in filters.DIMENSIONS or key == "props:plan"
