"""The boxes below the chart: sources, locations, pages and devices."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.bar import bar
from dashboard.pages import figures
from dashboard.stats.answer import countries
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.result import Row

ROWS = 9


@dataclass(frozen=True, slots=True)
class Heading:
    title: str
    column: str
    size: str  # half or third, of the page width


HEADINGS = {
    dimensions.SOURCE: Heading("Sources", "Source", "half"),
    dimensions.COUNTRY: Heading("Countries", "Country", "half"),
    dimensions.PAGE: Heading("Top pages", "Page", "half"),
    dimensions.ENTRY_PAGE: Heading("Entry pages", "Entry page", "half"),
    dimensions.NAMED_REGION: Heading("Regions", "Region", "half"),
    dimensions.NAMED_CITY: Heading("Cities", "City", "half"),
    dimensions.BROWSER: Heading("Browsers", "Browser", "third"),
    dimensions.OS: Heading("Operating systems", "System", "third"),
    dimensions.DEVICE: Heading("Devices", "Device", "third"),
}
# Filled only if the server has a location database.
_OPTIONAL = frozenset({dimensions.NAMED_REGION, dimensions.NAMED_CITY})


@dataclass(frozen=True, slots=True)
class BoxLine:
    label: str
    visitors: str
    exact: str
    percent: str
    bar: Markup  # relative to the largest line


@dataclass(frozen=True, slots=True)
class Box:
    id: str
    heading: Heading
    lines: list[BoxLine]


def boxes(answers: Mapping[object, tuple[Row, ...]], visitors: float) -> list[Box]:
    """Return the boxes of a report. answers: dimension -> its rows. visitors: of the whole period."""
    shown = [
        dimension
        for dimension in HEADINGS
        if dimension not in _OPTIONAL or any(row.groups[0] for row in answers[dimension])
    ]
    return [box(dimension, answers[dimension], visitors) for dimension in shown]


def box(dimension: Dimension, rows: tuple[Row, ...], visitors: float) -> Box:
    """Return the box of a dimension. rows: most visitors first. visitors: of the whole period."""
    largest = rows[0].numbers[0] if rows else 0
    lines = [_line(label_of(dimension, row.groups[0]), row.numbers[0], visitors, largest) for row in rows]
    return Box(dimension.name.partition(":")[2].replace("_", "-"), HEADINGS[dimension], lines)


def label_of(dimension: Dimension, value: str) -> str:
    """Return the label of a value. An empty value has a label too."""
    if not value:
        return dimension.empty_label or "(not set)"
    match dimension:
        case dimensions.COUNTRY:
            return countries.NAMES.get(value, value)
        case dimensions.NAMED_REGION:
            region, country = value.split("\t")
            return f"{region}, {countries.NAMES.get(country, country)}"
        case dimensions.NAMED_CITY:
            city, region, country = value.split("\t")
            return f"{city}, {region if region not in ('', city) else countries.NAMES.get(country, country)}"
        case _:
            return value


def _line(label: str, count: float, total: float, largest: float) -> BoxLine:
    return BoxLine(
        label=label,
        visitors=figures.short(count),
        exact=figures.exact(count),
        percent=figures.percent(count / total if total else 0),
        bar=Markup(bar(count / largest if largest else 0)),  # noqa: S704 - contains only a number
    )
