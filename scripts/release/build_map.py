"""Draw the countries of the world map into dashboard/charts/world.json. Run by scripts/build-pictures.

Shapes are those of Natural Earth at 1:110 million, in the projection Natural Earth, in whole units of a map WIDTH wide.
Countries too small for it, such as Singapore, are points, at their place in the map at 1:50 million.
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from babel.core import get_global

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "dashboard" / "charts" / "world.json"
WIDTH = 600
_NORTH, _SOUTH = 84.0, -58.0  # degrees; only Antarctica is below
_SMALLEST = 1.0  # square units; smaller islands of a country are left out
_NOT_COUNTRIES = frozenset({"AQ"})
# Natural Earth gives these no number.
_BY_NAME = {"Kosovo": "XK"}

Ring: TypeAlias = list[tuple[int, int]]
Border: TypeAlias = list[tuple[float, float]]  # longitudes and latitudes


def main(package: Path) -> None:
    """Write the file. package: the unpacked world-atlas."""
    version = json.loads((package / "package.json").read_text())["version"]
    rough = _countries(json.loads((package / "countries-110m.json").read_text()))
    fine = _countries(json.loads((package / "countries-50m.json").read_text()))
    shapes = {code: path for code, rings in sorted(rough.items()) if (path := drawn(rings))}
    points = {code: _middle(rings) for code, rings in sorted(fine.items()) if code not in shapes}
    world = {
        "source": f"Natural Earth (public domain), from world-atlas {version}; made by scripts/build-pictures",
        "width": WIDTH,
        "height": projected(0, _SOUTH)[1],
        "shapes": shapes,
        "points": points,
    }
    TARGET.write_text(json.dumps(world, separators=(",", ":")) + "\n")


def projected(longitude: float, latitude: float) -> tuple[int, int]:
    """Return the place of a point on the map, from the top left."""
    x, y = natural_earth(longitude, latitude)
    top = natural_earth(0, _NORTH)[1]
    scale = WIDTH / 2 / natural_earth(180, 0)[0]
    return round(WIDTH / 2 + x * scale), round((top - y) * scale)


def natural_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the projection of a point, from the middle of the map: a polynomial of Bojan Savric and others, 2011."""
    angle = math.radians(latitude)
    square = angle * angle
    width = 0.8707 - 0.131979 * square - 0.013791 * square**2 + 0.003971 * square**5 - 0.001529 * square**6
    height = 1.007226 + 0.015085 * square - 0.044475 * square**3 + 0.028874 * square**4 - 0.005916 * square**5
    return math.radians(longitude) * width, angle * height


def drawn(rings: Iterable[Ring]) -> str:
    """Return the path of a country, each ring from its first point by whole steps. The small ones are left out."""
    return "".join(_path(ring) for ring in rings if abs(_area(ring)) >= _SMALLEST)


def decoded(topology: dict[str, Any]) -> list[Border]:
    """Return the arcs of a topology in degrees. They are stored as steps of a grid."""
    (x_scale, y_scale), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for x_step, y_step, *_ in steps:
            x, y = x + x_step, y + y_step
            arc.append((x * x_scale + left, y * y_scale + bottom))
        arcs.append(arc)
    return arcs


def _countries(topology: dict[str, Any]) -> dict[str, list[Ring]]:
    arcs = decoded(topology)
    countries: dict[str, list[Ring]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = _code(shape)
        if code and code not in _NOT_COUNTRIES:
            borders = [piece for numbers in _rings(shape) for piece in pieces(_border(arcs, numbers))]
            rings = [_ring(border) for border in borders]
            countries.setdefault(code, []).extend(sorted(rings, key=lambda ring: -abs(_area(ring))))
    return countries


def _code(shape: dict[str, Any]) -> str:
    """Return the ISO 3166-1 code of a country with two letters, "" if it has none."""
    numbers: Mapping[str, list[str]] = get_global("territory_aliases")
    codes = numbers.get(str(shape.get("id", "")), [])
    return codes[0] if codes else _BY_NAME.get(shape["properties"]["name"], "")


def _rings(shape: dict[str, Any]) -> Iterator[Sequence[int]]:
    if shape["type"] == "Polygon":
        yield from shape["arcs"]
    else:
        for polygon in shape["arcs"]:
            yield from polygon


def pieces(border: Border) -> Iterator[Border]:
    """Yield a border that crosses the 180th meridian in two pieces, one on each side; others as they are."""
    turns = 0
    unrolled = [border[0]]
    for (last, _), (longitude, latitude) in pairwise(border):
        turns += (longitude - last < -180) - (longitude - last > 180)
        unrolled.append((longitude + 360 * turns, latitude))
    for shift in (0, -360, 360):
        piece = [(min(max(longitude + shift, -180.0), 180.0), latitude) for longitude, latitude in unrolled]
        if len({longitude for longitude, _ in piece}) > 1:
            yield piece


def _border(arcs: Sequence[Border], numbers: Sequence[int]) -> Border:
    """Return a ring of arcs in degrees. A negative number is an arc backwards."""
    return [point for number in numbers for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]


def _ring(border: Border) -> Ring:
    """Return a ring on the map, without repeated points."""
    ring: Ring = []
    for longitude, latitude in border:
        point = projected(longitude, latitude)
        if not ring or ring[-1] != point:
            ring.append(point)
    return ring


def _area(ring: Ring) -> float:
    following = [*ring[1:], *ring[:1]]
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(ring, following, strict=True)) / 2


def _path(ring: Ring) -> str:
    steps = [(x - last_x, y - last_y) for (last_x, last_y), (x, y) in pairwise(ring)]
    return f"M{ring[0][0]} {ring[0][1]}l" + _steps(steps) + "z"


def _steps(steps: Iterable[tuple[int, int]]) -> str:
    """Return steps as numbers, with a space only where no minus sign separates them."""
    text = ""
    for number in (part for step in steps for part in step):
        text += f"{number}" if number < 0 or not text else f" {number}"
    return text


def _middle(rings: list[Ring]) -> tuple[int, int]:
    """Return the middle of the largest ring."""
    x, y = zip(*rings[0], strict=True)
    return round(sum(x) / len(x)), round(sum(y) / len(y))


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "world-atlas")
