"""The world with its countries in five shades, as SVG.

Shapes are in world.json, which `scripts/build-pictures` makes. Classes for the style sheet:

- `map`: the whole; has a viewBox, give it a width
- `map-land`: all land without numbers
- `map-country`: a country with a number, a link; with `map-1` (few) to `map-5` (the most). Small countries are circles
"""

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import msgspec

SHADES = 5
_RADIUS = 4


@dataclass(frozen=True, slots=True)
class Country:
    value: float
    text: str  # in the tooltip and for screen readers: France, 12 visitors
    url: str


class World(msgspec.Struct, frozen=True):
    """The shapes of world.json, in units of a map that is `width` by `height`."""

    width: int
    height: int
    shapes: dict[str, str]  # paths by ISO 3166-1 code
    points: dict[str, tuple[int, int]]  # of countries that are too small for a shape


def world_map(countries: Mapping[str, Country], *, title: str) -> str:
    """Return the map. countries: by code; those that the map does not have are left out. title: for screen readers."""
    world = shapes()
    land = "".join(path for code, path in world.shapes.items() if code not in countries)
    return (
        f'<svg class="map" viewBox="0 0 {world.width} {world.height}" role="group" aria-label="{escape(title)}">'
        f'<path class="map-land" d="{land}"/>{"".join(_links(world, countries))}</svg>'
    )


def shade(value: float, highest: float) -> int:
    """Return the shade of a number, from 1 to SHADES, by its logarithm: often one country is far ahead."""
    if value >= highest:
        return SHADES
    return 1 + int((SHADES - 1) * math.log(max(value, 1)) / math.log(highest))


@functools.cache
def shapes() -> World:
    """Return the shapes of all countries."""
    return msgspec.json.decode(Path(__file__).with_name("world.json").read_bytes(), type=World)


def _links(world: World, countries: Mapping[str, Country]) -> Iterator[str]:
    highest = max((country.value for country in countries.values()), default=0)
    for code, country in countries.items():
        if drawn := _shape(world, code):
            text = escape(country.text)
            yield (
                f'<a class="map-country map-{shade(country.value, highest)}" href="{escape(country.url)}"'
                f' aria-label="{text}"><title>{text}</title>{drawn}</a>'
            )


def _shape(world: World, code: str) -> str:
    if code in world.shapes:
        return f'<path d="{world.shapes[code]}"/>'
    if code in world.points:
        x, y = world.points[code]
        return f'<circle cx="{x}" cy="{y}" r="{_RADIUS}"/>'
    return ""
