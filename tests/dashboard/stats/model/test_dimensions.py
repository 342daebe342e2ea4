import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import BY_NAME, NAMED_CITY, NAMED_REGION, named, prop
from dashboard.stats.sql.fragment import fill
from tests.factories import store, views


@pytest.mark.parametrize(
    ("name", "label"),
    [
        pytest.param("visit:source", "Direct / None", id="source"),
        pytest.param("visit:referrer", "Direct / None", id="referrer"),
        pytest.param("visit:channel", "Direct", id="channel"),
        pytest.param("visit:utm_term", "(not set)", id="campaign"),
        pytest.param("visit:browser", "(not set)", id="browser"),
        pytest.param("event:props:plan", "(none)", id="property"),
        pytest.param("visit:country", "", id="a country stays empty"),
    ],
)
def test_an_empty_value_has_a_label(name, label):
    dimension = named(name)

    assert dimension is not None
    assert label == dimension.empty_label


@pytest.mark.parametrize(
    "dimension",
    [
        pytest.param(dimension, id=dimension.name)
        for dimension in (*BY_NAME.values(), NAMED_REGION, NAMED_CITY, prop("it's \\ {x} \0"))
        if dimension != dimensions.GOAL
    ],
)
def test_every_dimension_is_a_text_in_its_tables(database, dimension):
    store(database, views("/"))
    for table, column in (("events", dimension.events), ("visits", dimension.visits)):
        if column is not None:
            statement = fill(f"select toTypeName(any({{}})) from {table}", column)

            assert database.query(statement.sql, statement.params)[0][0] in ("String", "LowCardinality(String)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("visit:screen", "visit:device", id="another name of one"),
        pytest.param("event:props:plan", "event:props:plan", id="a property"),
        pytest.param("event:props:a:b", "event:props:a:b", id="a property with a colon"),
        pytest.param("visit:city_name", "visit:city_name", id="one of the list"),
    ],
)
def test_dimensions_are_found_by_name(name, expected):
    dimension = named(name)

    assert dimension is not None
    assert expected == dimension.name


@pytest.mark.parametrize("name", ["", "source", "event:props:", "visit:named_city", "time:day", "visit:SOURCE"])
def test_unknown_names_have_no_dimension(name):
    assert named(name) is None
