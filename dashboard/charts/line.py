"""A line through time, as SVG: the scale, and the plot beside it.

The chart scales to any width: positions are percentages, an inner viewBox stretches the shapes, and text and dots keep
their size from the style sheet. It has no colours and no style attributes. The style sheet uses these classes:

- `chart-frame`: the whole; lay its two parts out side by side
- `chart-scale`, `chart`: the numbers of the scale, and the plot; have a height attribute that CSS may override. A plot
  with more buckets than people can point at is a `chart-dense`: draw its lines thinner
- `chart-grid`: lines of the scale, with `chart-base` for the one at zero
- `chart-line`, `chart-area`: the numbers, with `chart-unfinished` for the part to a bucket that is still growing
- `chart-previous`: the numbers of the previous period
- `chart-point`: everything in one bucket, with a tooltip; fills the full height for easy hovering; a link if the point
  has a URL. A script may show its `data-` attributes on a card: when, number, before, change, mark
- `chart-mark`: inside it, a vertical line where something happened; `chart-flag` and `chart-flag-number`: a circle with
  its number on the axis
- `chart-dot`: inside it, the dot on the line, invisible until CSS shows it (`.chart-point:hover .chart-dot`)
- `chart-label`: text, with `chart-tick` on the scale and `chart-label-extra` to hide on narrow screens
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape

from dashboard.charts.ticks import ticks

Positions = Sequence[tuple[float, float]]  # percent from the left, percent from the top

HEIGHT = 260
GUTTER = 44  # pixels, for the numbers of the scale
_MOST_LABELS = 12
_MOST_POINTS = 300  # to point at: about four pixels each
_EDGE_PERCENT = 5  # labels nearer to the right edge grow away from it; on the left is the scale


@dataclass(frozen=True, slots=True)
class Card:
    """What a card at a point shows besides its mark. Every part but the first two may be empty."""

    when: str  # Thu 19 Nov
    number: str  # 271 visitors
    before: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    value: float | None  # None: nothing is drawn
    label: str  # under the axis, short: 3 Mar
    text: str  # in the tooltip: Tuesday, 3 March: 1,234 visitors
    mark: str = ""  # a sentence on what happened, also for the tooltip; empty if nothing did
    url: str = ""  # of the bucket; empty: no link
    card: Card | None = None


def plain(number: float) -> str:
    """Return a number with separators and without trailing zeros."""
    return f"{number:,.2f}".removesuffix("0").removesuffix("0").removesuffix(".")


def line(
    points: Sequence[Point],
    *,
    title: str,
    description: str,
    previous: Sequence[float | None] = (),
    is_unfinished: bool = False,
    number: Callable[[float], str] = plain,
    tick_base: int = 10,
    label_steps: Sequence[int] = (),
) -> str:
    """Return a chart of the points, each in the middle of its share of the width.

    Of more points than people can point at, neighbours share one element, which shows the highest of them, or a mark.

    title, description: for screen readers. previous: aligned with points by position and cut to their number.
    is_unfinished: dashes the line to the last point, which is still growing. number: formats the scale.
    tick_base: 60 if values are seconds. label_steps: numbers of points from one label to the next, rising; empty: any.
    """
    previous = previous[: len(points)]
    numbers = [value for value in (*(point.value for point in points), *previous) if value is not None]
    scale = ticks(max(numbers, default=0), base=tick_base, whole=all(float(value).is_integer() for value in numbers))
    positions = _positions([point.value for point in points], scale)
    plot = [
        *_grid(scale),
        *_shapes(_drawn(positions), _drawn(_positions(previous, scale, len(points))), is_unfinished=is_unfinished),
        *_points(points, positions),
    ]
    role = "group" if any(map(_has_focus, points)) else "img"
    name = "chart chart-dense" if len(points) > _MOST_POINTS else "chart"
    return (
        '<div class="chart-frame">'
        f'<svg class="chart-scale" aria-hidden="true" width="{GUTTER}" height="{HEIGHT}">'
        f'<svg y="6%" height="82%" overflow="visible">{"".join(_tick_labels(scale, number))}</svg></svg>'
        f'<svg class="{name}" role="{role}" width="100%" height="{HEIGHT}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f'<svg y="6%" width="100%" height="82%" overflow="visible">{"".join(plot)}</svg>'
        f"{''.join(_labels(points, label_steps))}</svg></div>"
    )


def _positions(
    values: Sequence[float | None], scale: Sequence[float], count: int = 0
) -> list[tuple[float, float] | None]:
    count = count or len(values)
    return [
        None if value is None else (100 * (index + 0.5) / count, 100 - 100 * value / scale[-1])
        for index, value in enumerate(values)
    ]


def _drawn(positions: Sequence[tuple[float, float] | None]) -> Positions:
    return [position for position in positions if position]


def _grid(scale: Sequence[float]) -> list[str]:
    lines = []
    for tick in scale:
        name = "chart-grid" if tick else "chart-grid chart-base"
        height = _short(100 - 100 * tick / scale[-1])
        lines.append(f'<line class="{name}" x2="100%" y1="{height}%" y2="{height}%"/>')
    return lines


def _tick_labels(scale: Sequence[float], number: Callable[[float], str]) -> list[str]:
    return [
        f'<text class="chart-label chart-tick" x="{GUTTER - 8}" y="{_short(100 - 100 * tick / scale[-1])}%" dy="4"'
        f' text-anchor="end">{escape(number(tick))}</text>'
        for tick in scale
    ]


def _shapes(positions: Positions, previous: Positions, *, is_unfinished: bool) -> list[str]:
    """Return the area and the lines in a box of 100 by 100 that is stretched over the plot."""
    positions, previous = _at_least_two(positions), _at_least_two(previous)
    solid = positions[:-1] if is_unfinished else positions
    shapes = [
        _area(positions),
        _stroke("chart-previous", previous),
        _stroke("chart-line", solid),
        _stroke("chart-line chart-unfinished", positions[-2:] if is_unfinished else [], dashes="2 4"),
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
    return "L".join(f"{_short(left)} {_short(top)}" for left, top in _corners(positions))


def _corners(positions: Positions) -> Positions:
    """Return the positions; where there are many, without those inside a level line."""
    if len(positions) <= _MOST_POINTS:
        return positions
    return [
        position
        for index, position in enumerate(positions)
        if not 0 < index < len(positions) - 1 or not positions[index - 1][1] == position[1] == positions[index + 1][1]
    ]


def _points(points: Sequence[Point], positions: Sequence[tuple[float, float] | None]) -> list[str]:
    size = -(-len(points) // _MOST_POINTS) or 1
    width = 100 / len(points) if points else 0
    placed = [(point, position) for point, position in zip(points, positions, strict=True) if position]
    shown = [pair for start in range(0, len(placed), size) for pair in _shown(placed[start : start + size])]
    marked = [point for point in points if point.mark]
    return [
        _point(
            point,
            position,
            (position[0] // (width * size) * width * size, width * size),
            is_last=number == len(shown),
            mark_number=_place(point, marked),
        )
        for number, (point, position) in enumerate(shown, 1)
    ]


def _shown(
    neighbours: Sequence[tuple[Point, tuple[float, float]]],
) -> Sequence[tuple[Point, tuple[float, float]]]:
    """Return the points with a mark, or the highest one."""
    marked = [(point, position) for point, position in neighbours if point.mark]
    return marked or [max(neighbours, key=lambda pair: pair[0].value or 0)]


def _place(point: Point, marked: Sequence[Point]) -> int:
    """Return the number of a mark from the left, or 0 without one."""
    return next((number for number, other in enumerate(marked, 1) if other is point), 0)


def _point(
    point: Point,
    position: tuple[float, float],
    span: tuple[float, float],
    *,
    is_last: bool,
    mark_number: int,
) -> str:
    """Return what is in a bucket. span: left edge and width of the area to point at, in percent."""
    left, top = position
    edge, width = span
    text = f"{point.text}. {point.mark}" if point.mark else point.text
    # One stop of the Tab key for all points: arrow keys lead from one to the next.
    focus = f' tabindex="{0 if is_last else -1}" aria-label="{escape(text)}"' if _has_focus(point) else ""
    element, link = ("a", f' href="{escape(point.url)}"') if point.url else ("g", ' role="img"' if focus else "")
    return (
        f'<{element} class="chart-point"{link}{focus}{_card(point)}><title>{escape(text)}</title>'
        f"{_mark(left, mark_number) if mark_number else ''}"
        f'<rect x="{_short(edge)}%" width="{_short(width)}%" height="100%" fill="none"'
        f' pointer-events="all"/>'
        f'<circle class="chart-dot" cx="{_short(left)}%" cy="{_short(top)}%" r="4" opacity="0"/></{element}>'
    )


def _has_focus(point: Point) -> bool:
    return bool(point.url or point.card)


def _card(point: Point) -> str:
    if point.card is None:
        return ""
    parts = {**asdict(point.card), "mark": point.mark}
    return "".join(f' data-{name}="{escape(text)}"' for name, text in parts.items() if text)


def _mark(left: float, number: int) -> str:
    x = f"{_short(left)}%"
    return (
        f'<line class="chart-mark" x1="{x}" x2="{x}" y2="100%" stroke-dasharray="2 3"/>'
        f'<circle class="chart-flag" cx="{x}" cy="100%" r="8"/>'
        f'<text class="chart-flag-number" x="{x}" y="100%" dy="4" text-anchor="middle" aria-hidden="true">'
        f"{number}</text>"
    )


def _labels(points: Sequence[Point], steps: Sequence[int]) -> list[str]:
    """Return at most twelve labels, evenly spaced. Narrow screens hide every other one."""
    least = -(-len(points) // _MOST_LABELS) or 1
    every = next((step for step in steps if step >= least), least)
    return [
        _label(points[index].label, 100 * (index + 0.5) / len(points), is_extra=number % 2 == 1)
        for number, index in enumerate(range(0, len(points), every))
    ]


def _label(text: str, left: float, *, is_extra: bool) -> str:
    name = "chart-label chart-label-extra" if is_extra else "chart-label"
    anchor = _anchor(left)
    # At the very edge: nearer to its own point, it would run into the label before.
    edge = _short(left) if anchor == "middle" else "100"
    return f'<text class="{name}" x="{edge}%" y="98%" text-anchor="{anchor}">{escape(text)}</text>'


def _anchor(left: float) -> str:
    return "end" if left > 100 - _EDGE_PERCENT else "middle"


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
