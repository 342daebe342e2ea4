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
def test_every_dimension_can_be_read_from_its_tables(database, dimension):
    assert database.query(f"select {dimension.visits_column} from visits") == []
    assert dimension.events_column is None or database.query(f"select {dimension.events_column} from events") == []
