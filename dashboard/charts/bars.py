"""Bars through time, as SVG: the scale, and the plot beside it.

The classes are those of charts/line.py, and `chart-bar` for a bar. A bar and its tooltip are a `chart-point`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard.charts.line import GUTTER, HEIGHT, plain
from dashboard.charts.ticks import ticks

_GAP = 0.2  # of the width of a bar


@dataclass(frozen=True, slots=True)
class Bar:
    value: float
    label: str  # under the axis; empty: none
    text: str  # in the tooltip


def bars(values: Sequence[Bar], *, title: str, description: str) -> str:
    """Return a chart of the bars, each in its share of the width. title, description: for screen readers."""
    scale = ticks(max((bar.value for bar in values), default=0))
    width = 100 / (len(values) or 1)
    plot = [*_grid(scale), *(_bar(bar, number * width, width, scale[-1]) for number, bar in enumerate(values))]
    labelled = [(bar, (number + 0.5) * width) for number, bar in enumerate(values) if bar.label]
    return (
        '<div class="chart-frame">'
        f'<svg class="chart-scale" aria-hidden="true" width="{GUTTER}" height="{HEIGHT}">'
        f'<svg y="6%" height="82%" overflow="visible">{"".join(map(_tick, _heights(scale), scale))}</svg></svg>'
        f'<svg class="chart" role="img" width="100%" height="{HEIGHT}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f'<svg y="6%" width="100%" height="82%" overflow="visible">{"".join(plot)}</svg>'
        f"{''.join(_labels(labelled))}</svg></div>"
    )


def _heights(scale: Sequence[float]) -> list[float]:
    """Return the positions of the lines of a scale, in percent from the top."""
    return [100 - 100 * number / scale[-1] for number in scale]


def _tick(top: float, number: float) -> str:
    return (
        f'<text class="chart-label chart-tick" x="{GUTTER - 8}" y="{top:.4g}%" dy="4" text-anchor="end">'
        f"{escape(plain(number))}</text>"
    )


def _grid(scale: Sequence[float]) -> list[str]:
    return [
        f'<line class="chart-grid{"" if number else " chart-base"}" x2="100%" y1="{top:.4g}%" y2="{top:.4g}%"/>'
        for top, number in zip(_heights(scale), scale, strict=True)
    ]


def _bar(bar: Bar, left: float, width: float, highest: float) -> str:
    height = 100 * bar.value / highest
    inner = f'x="{left + width * _GAP / 2:.4g}%" width="{width * (1 - _GAP):.4g}%"'
    return (
        f'<g class="chart-point"><title>{escape(bar.text)}</title>'
        f'<rect x="{left:.4g}%" width="{width:.4g}%" height="100%" fill="none" pointer-events="all"/>'
        f'<rect class="chart-bar" {inner} y="{100 - height:.4g}%" height="{height:.4g}%"/></g>'
    )


def _labels(labelled: Sequence[tuple[Bar, float]]) -> list[str]:
    """Return the labels in the middle of their bars. Narrow screens hide every other one."""
    return [
        f'<text class="chart-label{" chart-label-extra" if number % 2 else ""}" x="{middle:.4g}%" y="98%"'
        f' text-anchor="middle">{escape(bar.label)}</text>'
        for number, (bar, middle) in enumerate(labelled)
    ]
