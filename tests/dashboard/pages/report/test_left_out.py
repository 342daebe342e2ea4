import pytest

from dashboard.pages.report import left_out
from dashboard.pages.report.export import FILES
from dashboard.pages.report.filters import DIMENSIONS
from dashboard.pages.report.tables import BY_PATH
from dashboard.stats.model import dimensions
from schema.sites.shared_links import BOXES


def test_every_table_and_file_belongs_to_a_box():
    of_tables = {left_out.box_of(table.dimension) for table in BY_PATH.values()}
    of_files = {left_out.box_of(dimension) for file in FILES.values() for dimension in file.dimensions}

    assert of_tables == of_files == set(BOXES) - {"goals"}


def test_every_filter_belongs_to_a_box_and_only_segments_do_not():
    assert {"segment"} == {key for key in DIMENSIONS if left_out.box_of_filter(key) not in BOXES}


@pytest.mark.parametrize(
    ("key", "box"), [("hostname", "pages"), ("utm_term", "sources"), ("goal", "goals"), ("props:plan", "goals")]
)
def test_a_filter_belongs_to_the_box_that_shows_its_values(key, box):
    assert box == left_out.box_of_filter(key)
    assert ("props" in key) == (key not in left_out.filters_without(set()))
    assert key not in left_out.filters_without({box})


def test_goals_and_properties_belong_to_the_box_of_goals():
    assert "goals" == left_out.box_of(dimensions.GOAL) == left_out.box_of(dimensions.prop("plan"))
