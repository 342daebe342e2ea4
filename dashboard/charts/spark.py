"""Some numbers in a row as small bars, beside the text that they illustrate.

Classes for the style sheet: `spark` (the whole; give it a size), `spark-bar` (a number, with a tooltip).
"""

from collections.abc import Sequence
from html import escape


def spark(values: Sequence[tuple[float, str]], *, title: str) -> str:
    """Return an SVG of numbers from zero up, each with the words of its tooltip. title: for those who don't see it."""
    most = max((value for value, _ in values), default=0) or 1
    bars = (
        f'<g class="spark-bar"><title>{escape(words)}</title>'
        f'<rect x="{place}" width="1" height="1" fill="none" pointer-events="all"/>'
        f'<rect x="{place}.1" y="{1 - value / most:.3g}" width="0.8" height="{value / most:.3g}"/></g>'
        for place, (value, words) in enumerate(values)
    )
    return (
        f'<svg class="spark" role="img" viewBox="0 0 {len(values) or 1} 1" preserveAspectRatio="none">'
        f"<title>{escape(title)}</title>{''.join(bars)}</svg>"
    )
