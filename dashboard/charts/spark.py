"""A sparkline: a series of numbers as small bars beside a text.

Classes for the style sheet: `spark` (the whole; give it a size), `spark-bar` (a number, with a tooltip).
"""

from collections.abc import Sequence
from html import escape


def spark(values: Sequence[tuple[float, str]], *, title: str) -> str:
    """Return an SVG of numbers from zero up, each with its tooltip. title: for screen readers."""
    highest = max((value for value, _ in values), default=0) or 1
    bars = (
        f'<g class="spark-bar"><title>{escape(tooltip)}</title>'
        f'<rect x="{index}" width="1" height="1" fill="none" pointer-events="all"/>'
        f'<rect x="{index}.1" y="{1 - value / highest:.3g}" width="0.8" height="{value / highest:.3g}"/></g>'
        for index, (value, tooltip) in enumerate(values)
    )
    return (
        f'<svg class="spark" role="img" viewBox="0 0 {len(values) or 1} 1" preserveAspectRatio="none">'
        f"<title>{escape(title)}</title>{''.join(bars)}</svg>"
    )
