import pytest

from dashboard.stats.model import dimensions
from dashboard.stats.model.filters import (
    AllOf,
    AnyOf,
    Condition,
    HasDone,
    Not,
    Op,
    Reaches,
    is_event_only,
    is_on,
    is_visit_only,
    leaves,
    of_entry,
    of_exit,
)

REACHES = Reaches(())


def on(dimension):
    return Condition(dimension, Op.IS, ("a",))


ON_PAGE, ON_SOURCE, ON_ENTRY = on(dimensions.PAGE), on(dimensions.SOURCE), on(dimensions.ENTRY_PAGE)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([ON_PAGE, REACHES], [ON_PAGE, REACHES], id="conditions"),
        pytest.param([AllOf((ON_PAGE, AnyOf((ON_SOURCE, Not(REACHES)))))], [ON_PAGE, ON_SOURCE, REACHES], id="a tree"),
        pytest.param([HasDone(ON_PAGE), ON_SOURCE], [ON_SOURCE], id="what a visit has done besides"),
    ],
)
def test_leaves_are_the_conditions_on_the_row_itself(filters, expected):
    assert expected == list(leaves(filters))


@pytest.mark.parametrize(
    ("leaf", "event_only", "visit_only"),
    [
        pytest.param(ON_PAGE, True, False, id="a page"),
        pytest.param(REACHES, True, False, id="a goal"),
        pytest.param(ON_ENTRY, False, True, id="an entry page"),
        pytest.param(ON_SOURCE, False, False, id="a source"),
    ],
)
def test_a_condition_may_have_a_column_in_one_table_alone(leaf, event_only, visit_only):
    assert (event_only, visit_only) == (is_event_only(leaf), is_visit_only(leaf))


@pytest.mark.parametrize(
    ("filter_", "is_on_page"),
    [
        pytest.param(ON_PAGE, True, id="a condition"),
        pytest.param(Not(AnyOf((ON_PAGE, ON_PAGE))), True, id="a tree of conditions"),
        pytest.param(AllOf((ON_PAGE, ON_SOURCE)), False, id="another dimension besides"),
        pytest.param(REACHES, False, id="a goal"),
        pytest.param(HasDone(ON_PAGE), False, id="what a visit has done"),
    ],
)
def test_a_filter_is_on_a_dimension_if_it_is_on_nothing_else(filter_, is_on_page):
    assert is_on_page == is_on(dimensions.PAGE, filter_)


@pytest.mark.parametrize(
    ("move", "page", "hostname"),
    [
        pytest.param(of_entry, dimensions.ENTRY_PAGE, dimensions.ENTRY_HOSTNAME, id="entry"),
        pytest.param(of_exit, dimensions.EXIT_PAGE, dimensions.EXIT_HOSTNAME, id="exit"),
    ],
)
def test_a_filter_on_pages_moves_to_the_ends_of_visits(move, page, hostname):
    tree = AllOf((ON_PAGE, Not(on(dimensions.HOSTNAME)), ON_SOURCE, HasDone(ON_PAGE)))

    assert AllOf((on(page), Not(on(hostname)), ON_SOURCE, HasDone(ON_PAGE))) == move(tree)
