import pytest

from dashboard.pages.report.tables import BY_PATH, TABLES
from dashboard.pages.report.view import TABS


@pytest.mark.parametrize("box", TABLES)
def test_every_tab_of_a_box_has_a_table(box):
    assert set(TABS[box]) - {"campaigns"} == set(TABLES[box])


def test_every_table_has_a_page_of_its_own():
    paths = [table.path for tables in TABLES.values() for name, table in tables.items() if name != "map"]

    assert len(paths) == len(set(paths))
    assert set(paths) < set(BY_PATH)
