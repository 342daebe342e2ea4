"""Which box of the report shows a dimension: a shared link can leave boxes out, wherever their numbers appear."""

from collections.abc import Collection

from dashboard.pages.report.filters import DIMENSIONS, PROPS, key_of
from dashboard.pages.report.tables import BROWSER_VERSIONS, OS_VERSIONS, TABLES
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension

GOALS = "goals"
_SOURCES = "sources"
_BOXES = {
    **{
        table.dimension: _SOURCES if box == "campaigns" else box
        for box, tables in TABLES.items()
        for table in tables.values()
    },
    BROWSER_VERSIONS.dimension: "devices",
    OS_VERSIONS.dimension: "devices",
    dimensions.GOAL: GOALS,
}
_BOXES_OF_KEYS = {key_of(dimension): box for dimension, box in _BOXES.items()} | {"hostname": "pages"}


def box_of(dimension: Dimension) -> str:
    """Return the box that shows a dimension."""
    return GOALS if dimension.is_prop else _BOXES[dimension]


def box_of_filter(key: str) -> str:
    """Return the box that shows what a filter selects by; empty for segments. key: as of a filter."""
    return GOALS if key.startswith(PROPS) else _BOXES_OF_KEYS.get(key, "")


def filters_without(left_out: Collection[str]) -> list[str]:
    """Return the keys of the filters that a reader may use if boxes are left out."""
    return [key for key in DIMENSIONS if box_of_filter(key) not in left_out]
