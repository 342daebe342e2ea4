"""A line through time, as SVG.

The chart scales to any width: positions are percentages, an inner viewBox stretches the shapes, and text and dots keep
their size from the style sheet. It has no colours and no style attributes. The style sheet uses these classes:

- `chart`: the whole; has a height attribute that CSS may override
- `chart-grid`: lines of the scale, with `chart-base` for the one at zero
- `chart-line`, `chart-area`: the numbers, with `chart-unfinished` for the part to a bucket that is still growing
- `chart-previous`: the numbers of the previous period
- `chart-point`: everything in one bucket, with a tooltip; fills the full height for easy hovering
- `chart-mark`: inside it, a vertical line with a dot on top (`chart-flag`), where something happened
- `chart-dot`: inside it, the dot on the line, invisible until CSS shows it (`.chart-point:hover .chart-dot`)
- `chart-label`: text, with `chart-tick` on the scale and `chart-label-extra` to hide on narrow screens; give ticks an
  outline in the colour of the page (`paint-order: stroke`), because the line may cross them
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from dashboard.charts.ticks import ticks

Positions = Sequence[tuple[float, float]]  # percent from the left, percent from the top

HEIGHT = 260
_MOST_LABELS = 12
_EDGE_PERCENT = 5  # labels nearer to an edge grow away from it


@dataclass(frozen=True, slots=True)
class Point:
    value: float
    label: str  # under the axis, short: 3 Mar
    text: str  # in the tooltip: Tuesday, 3 March: 1,234 visitors
    mark: str = ""  # a sentence on what happened, also for the tooltip; empty if nothing did


def plain(number: float) -> str:
    """Return a number with separators and without trailing zeros."""
    return f"{number:,.2f}".removesuffix("0").removesuffix("0").removesuffix(".")


def line(
    points: Sequence[Point],
    *,
    title: str,
    description: str,
    previous: Sequence[float] = (),
    is_unfinished: bool = False,
    number: Callable[[float], str] = plain,
    tick_base: int = 10,
) -> str:
    """Return a chart of the points, each in the middle of its share of the width.

    title, description: for screen readers. previous: aligned with points by position and cut to their number.
    is_unfinished: dashes the line to the last point, which is still growing. number: formats the scale.
    tick_base: 60 if values are seconds.
    """
    previous = previous[: len(points)]
    values = [point.value for point in points]
    scale = ticks(
        max([*values, *previous], default=0),
        base=tick_base,
        whole=all(float(value).is_integer() for value in [*values, *previous]),
    )
    positions = _positions(values, scale, len(points))
    plot = [
        *_grid(scale),
        *_shapes(positions, _positions(previous, scale, len(points)), is_unfinished=is_unfinished),
        *_tick_labels(scale, number),
        *_points(points, positions),
    ]
    return (
        f'<svg class="chart" role="img" width="100%" height="{HEIGHT}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f'<svg y="6%" width="100%" height="82%" overflow="visible">{"".join(plot)}</svg>'
        f"{''.join(_labels(points))}</svg>"
    )


def _positions(values: Sequence[float], scale: Sequence[float], count: int) -> Positions:
    return [(100 * (index + 0.5) / count, 100 - 100 * value / scale[-1]) for index, value in enumerate(values)]


def _grid(scale: Sequence[float]) -> list[str]:
    lines = []
    for tick in scale:
        name = "chart-grid" if tick else "chart-grid chart-base"
        height = _short(100 - 100 * tick / scale[-1])
        lines.append(f'<line class="{name}" x2="100%" y1="{height}%" y2="{height}%"/>')
    return lines


def _tick_labels(scale: Sequence[float], number: Callable[[float], str]) -> list[str]:
    """Return the numbers of the scale, above its lines inside the plot: a margin would need an unknown width."""
    return [
        f'<text class="chart-label chart-tick" y="{_short(100 - 100 * tick / scale[-1])}%" dy="-4">'
        f"{escape(number(tick))}</text>"
        for tick in scale
        if tick
    ]


def _shapes(positions: Positions, previous: Positions, *, is_unfinished: bool) -> list[str]:
    """Return the area and the lines in a box of 100 by 100 that is stretched over the plot."""
    positions, previous = _at_least_two(positions), _at_least_two(previous)
    solid = positions[:-1] if is_unfinished else positions
    shapes = [
        _area(positions),
        _stroke("chart-previous", previous, dashes="3 4"),
        _stroke("chart-line", solid),
        _stroke("chart-line chart-unfinished", positions[-2:] if is_unfinished else [], dashes="5 4"),
    ]
    box = '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">'
    return [box, *shapes, "</svg>"]


def _at_least_two(positions: Positions) -> Positions:
    """Return the positions, or a level line for a single one."""
    return [(0, positions[0][1]), (100, positions[0][1])] if len(positions) == 1 else positions


def _area(positions: Positions) -> str:
    if not positions:
        return ""
    left, right = _short(positions[0][0]), _short(positions[-1][0])
    return f'<path class="chart-area" d="M{left} 100L{_course(positions)}L{right} 100Z"/>'


def _stroke(name: str, positions: Positions, *, dashes: str = "") -> str:
    if len(positions) < 2:
        return ""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path class="{name}" fill="none" vector-effect="non-scaling-stroke"{dashed} d="M{_course(positions)}"/>'


def _course(positions: Positions) -> str:
    return "L".join(f"{_short(left)} {_short(top)}" for left, top in positions)


def _points(points: Sequence[Point], positions: Positions) -> list[str]:
    width = 100 / len(points) if points else 0
    return [
        f'<g class="chart-point"><title>{escape(f"{point.text}. {point.mark}" if point.mark else point.text)}</title>'
        f"{_mark(left) if point.mark else ''}"
        f'<rect x="{_short(left - width / 2)}%" width="{_short(width)}%" height="100%" fill="none"'
        f' pointer-events="all"/>'
        f'<circle class="chart-dot" cx="{_short(left)}%" cy="{_short(top)}%" r="4" opacity="0"/></g>'
        for point, (left, top) in zip(points, positions, strict=True)
    ]


def _mark(left: float) -> str:
    x = f"{_short(left)}%"
    return (
        f'<line class="chart-mark" x1="{x}" x2="{x}" y2="100%" stroke-dasharray="2 3"/>'
        f'<circle class="chart-flag" cx="{x}" r="3"/>'
    )


def _labels(points: Sequence[Point]) -> list[str]:
    """Return at most twelve labels, evenly spaced. Narrow screens hide every other one."""
    every = -(-len(points) // _MOST_LABELS) or 1
    return [
        _label(points[index].label, 100 * (index + 0.5) / len(points), is_extra=number % 2 == 1)
        for number, index in enumerate(range(0, len(points), every))
    ]


def _label(text: str, left: float, *, is_extra: bool) -> str:
    name = "chart-label chart-label-extra" if is_extra else "chart-label"
    return f'<text class="{name}" x="{_short(left)}%" y="98%" text-anchor="{_anchor(left)}">{escape(text)}</text>'


def _anchor(left: float) -> str:
    if left < _EDGE_PERCENT:
        return "start"
    return "end" if left > 100 - _EDGE_PERCENT else "middle"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
