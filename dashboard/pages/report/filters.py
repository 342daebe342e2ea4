"""Filters in the URL of a report: `f=is,source,Google,Bing` once per filter, all of which must match.

The format is Plausible's (dimension names without prefix; values percent-encoded once, commas between them), so its
links work here. A city or region is a GeoNames id or ISO code, as there, or the names of a row of this report,
separated by tabs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import later
from dashboard.pages import whole_number
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension
from dashboard.stats.model.error import QueryError
from dashboard.stats.model.filters import Condition, Filter, Op
from dashboard.stats.parse import filter_trees
from dashboard.stats.parse.site_context import SiteContext
from schema.sentence import Sentence

OPS: Mapping[str, str] = MappingProxyType(
    {
        "is": later("is"),
        "is_not": later("is not"),
        "contains": later("contains"),
        "contains_not": later("does not contain"),
    }
)
# Name in the URL -> dimension of the Stats API, and its label. The order is that of the form.
DIMENSIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "goal": ("event:goal", later("Goal")),
        "page": ("event:page", later("Page")),
        "entry_page": ("visit:entry_page", later("Entry page")),
        "exit_page": ("visit:exit_page", later("Exit page")),
        "hostname": ("event:hostname", later("Hostname")),
        "source": ("visit:source", later("Source")),
        "channel": ("visit:channel", later("Channel")),
        "referrer": ("visit:referrer", later("Referrer")),
        "utm_source": ("visit:utm_source", later("UTM source")),
        "utm_medium": ("visit:utm_medium", later("UTM medium")),
        "utm_campaign": ("visit:utm_campaign", later("UTM campaign")),
        "utm_content": ("visit:utm_content", later("UTM content")),
        "utm_term": ("visit:utm_term", later("UTM term")),
        "country": ("visit:country", later("Country")),
        "region": ("visit:region", later("Region")),
        "city": ("visit:city", later("City")),
        "screen": ("visit:device", later("Device")),
        "browser": ("visit:browser", later("Browser")),
        "browser_version": ("visit:browser_version", later("Browser version")),
        "os": ("visit:os", later("System")),
        "os_version": ("visit:os_version", later("System version")),
        "segment": ("segment", later("Segment")),
    }
)
PROPS = "props:"
_NAMED = {"region": dimensions.NAMED_REGION, "city": dimensions.NAMED_CITY}
_NO_CONTAINS = frozenset({"screen", "country", "region", "city", "segment"})
MAX_FILTERS = 20


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """A filter as the URL has it."""

    op: str  # of OPS
    key: str  # of DIMENSIONS, or props:<name>
    values: tuple[str, ...]

    def __str__(self) -> str:
        """Return the value of the parameter `f`, encoded for a URL."""
        return ",".join([self.op, *(quote(text, safe=":/") for text in (self.key, *self.values))])

    @property
    def dimension_label(self) -> str:
        """Return the name of the dimension for people."""
        return self.key.removeprefix(PROPS) if self.key.startswith(PROPS) else _(DIMENSIONS[self.key][1])


def read(text: str) -> ChosenFilter:
    """Return the filter of a parameter `f` whose value is still encoded. Raises QueryError."""
    op, *others = [unquote(part) for part in text.split(",")]
    if op not in OPS or len(others) < 2 or not others[0]:
        raise QueryError(_("The filter “%(text)s” is not valid. A filter is written as f=is,source,Google.", text=text))
    key, *values = others
    check(op, key)
    return ChosenFilter(op, key, tuple(values))


def check(op: str, key: str) -> None:
    """Raise QueryError if the report cannot filter a dimension this way."""
    if key not in DIMENSIONS and not (key.startswith(PROPS) and len(key) > len(PROPS)):
        raise QueryError(_("There is no dimension “%(key)s” to filter by.", key=key))
    if (key in _NO_CONTAINS and "contains" in op) or (key == "segment" and op != "is"):
        label = _(DIMENSIONS[key][1])
        raise QueryError(_("The filter “%(label)s” works with “is” and “is not” only.", label=label))


def problem_of(error: QueryError) -> str:
    """Return why a filter is not valid, without its position in the list of a query."""
    match error.sentence.values.get("reason"):
        case Sentence() as reason:
            return _("Invalid filter: %(reason)s", reason=language.of(reason))
    return language.of_error(error)


def parsed(chosen: Iterable[ChosenFilter], context: SiteContext) -> tuple[Filter, ...]:
    """Return the filters of a query. Raises QueryError, for example for an unknown goal."""
    nodes: list[Filter] = []
    for one in chosen:
        node = _of_names(one)
        nodes += [node] if node else filter_trees.parse([as_json(one)], context).filters
    return tuple(nodes)


def _of_names(chosen: ChosenFilter) -> Filter | None:
    """Return the filter on the names of a city or region, or None if its values are codes."""
    dimension = _NAMED.get(chosen.key)
    if dimension is None or not any("\t" in value for value in chosen.values):
        return None
    return Condition(dimension, Op(chosen.op), chosen.values)


def as_flat_json(chosen: Iterable[ChosenFilter], context: SiteContext) -> list[Any]:
    """Return filters as the Stats API writes them, with those of a segment in its place: it may change, or go."""
    written = filter_trees.parse([as_json(one) for one in chosen], context).echo
    return [part for member in written for part in (member[1] if member[0] == "and" else [member])]


def as_json(chosen: ChosenFilter) -> list[Any]:
    """Return a filter as the Stats API writes it, for queries and segments."""
    name = DIMENSIONS[chosen.key][0] if chosen.key in DIMENSIONS else f"event:{chosen.key}"
    values: Sequence[Any] = chosen.values
    if chosen.key in _NAMED and any("\t" in value for value in values):
        # A segment has no room for both names: the first is that of the city or region.
        name = f"visit:{chosen.key}_name"
        values = [value.partition("\t")[0] for value in values]
    if chosen.key == "segment":
        ids = map(whole_number.read, values)
        return ["is", "segment", [text if number is None else number for text, number in zip(values, ids, strict=True)]]
    if chosen.key == "goal" and chosen.op.endswith("not"):
        positive = "contains" if chosen.op == "contains_not" else "is"
        return ["has_not_done", [positive, name, list(values)]]
    return [chosen.op, name, list(values)]


def key_of(dimension: Dimension) -> str:
    """Return the name in a URL of a dimension of a report."""
    if dimension.is_prop:
        return dimension.name.removeprefix("event:")
    named = next((key for key, other in _NAMED.items() if other == dimension), "")
    return named or next(key for key, (name, _label) in DIMENSIONS.items() if name == dimension.name)
