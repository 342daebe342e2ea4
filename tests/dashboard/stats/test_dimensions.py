import pytest

from dashboard.stats.dimensions import Dimension


@pytest.mark.parametrize(
    ("dimension", "label"),
    [
        pytest.param(Dimension.SOURCE, "Direct / None", id="source"),
        pytest.param(Dimension.REFERRER, "Direct / None", id="referrer"),
        pytest.param(Dimension.CHANNEL, "Direct", id="channel"),
        pytest.param(Dimension.BROWSER, "(not set)", id="any other"),
    ],
)
def test_an_empty_value_has_a_name(dimension, label):
    assert label == dimension.empty_label


@pytest.mark.parametrize("dimension", [pytest.param(dimension, id=dimension.value) for dimension in Dimension])
def test_every_dimension_has_its_columns(database, dimension):
    columns = {
        table: {name for (name,) in database.query(f"select name from system.columns where table = '{table}'")}
        for table in ("events", "visits")
    }

    assert dimension.visits_column in columns["visits"]
    assert dimension.events_column in columns["events"] | {None}
