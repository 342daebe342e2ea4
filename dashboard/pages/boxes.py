"""The boxes below the chart: where visitors came from, what they read, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale
from markupsafe import Markup

from dashboard.charts.bar import bar
from dashboard.pages import figures
from dashboard.stats.dimensions import Dimension
from dashboard.stats.run import Row

ROWS = 9
# A1 is no country: an edge server says that the visitor comes through a VPN that hides where from.
_COUNTRIES: Mapping[str, str] = {**Locale("en").territories, "A1": "Anonymous VPN"}


@dataclass(frozen=True, slots=True)
class Heading:
    title: str
    column: str
    size: str  # half or third of the page


HEADINGS = {
    Dimension.SOURCE: Heading("Sources", "Source", "half"),
    Dimension.COUNTRY: Heading("Countries", "Country", "half"),
    Dimension.PAGE: Heading("Top pages", "Page", "half"),
    Dimension.ENTRY_PAGE: Heading("Entry pages", "Entry page", "half"),
    Dimension.NAMED_REGION: Heading("Regions", "Region", "half"),
    Dimension.NAMED_CITY: Heading("Cities", "City", "half"),
    Dimension.BROWSER: Heading("Browsers", "Browser", "third"),
    Dimension.OS: Heading("Operating systems", "System", "third"),
    Dimension.DEVICE: Heading("Devices", "Device", "third"),
}
# Known only where the operator has a table of places.
_OPTIONAL = frozenset({Dimension.NAMED_REGION, Dimension.NAMED_CITY})


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    visitors: str
    exact: str
    percent: str
    bar: Markup  # against the greatest line


@dataclass(frozen=True, slots=True)
class Box:
    id: str
    heading: Heading
    lines: list[Line]


def boxes(answers: Mapping[str, tuple[Row, ...]], visitors: float) -> list[Box]:
    """Return the boxes of a report. answers: dimension -> its rows. visitors: of the whole period."""
    shown = [
        dimension
        for dimension in HEADINGS
        if dimension not in _OPTIONAL or any(row.value for row in answers[dimension])
    ]
    return [box(dimension, answers[dimension], visitors) for dimension in shown]


def box(dimension: Dimension, rows: tuple[Row, ...], visitors: float) -> Box:
    """Return the box of a dimension. rows: by visitors, greatest first. visitors: of the whole period."""
    greatest = rows[0].metrics[0] if rows else 0
    lines = [_line(label_of(dimension, row.value), row.metrics[0], visitors, greatest) for row in rows]
    return Box(dimension.value.replace("_", "-"), HEADINGS[dimension], lines)


def label_of(dimension: Dimension, value: str) -> str:
    """Return a value as people read it; what is empty has a name too."""
    if not value:
        return dimension.empty_label
    match dimension:
        case Dimension.COUNTRY:
            return _COUNTRIES.get(value, value)
        case Dimension.NAMED_REGION:
            region, country = value.split("\t")
            return f"{region}, {_COUNTRIES.get(country, country)}"
        case Dimension.NAMED_CITY:
            city, region, country = value.split("\t")
            return f"{city}, {region if region not in ('', city) else _COUNTRIES.get(country, country)}"
        case _:
            return value


def _line(label: str, count: float, total: float, greatest: float) -> Line:
    return Line(
        label=label,
        visitors=figures.short(count),
        exact=figures.exact(count),
        percent=figures.percent(count / total if total else 0),
        bar=Markup(bar(count / greatest if greatest else 0)),  # noqa: S704 - made of a number
    )
