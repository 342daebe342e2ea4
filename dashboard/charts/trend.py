"""A small line without scale, for a row of a table or a card.

Classes for the style sheet: `trend` (the whole; give it a size), `trend-line`.
"""

from collections.abc import Sequence


def trend(values: Sequence[float]) -> str:
    """Return an SVG of the numbers from left to right. Show a number beside it: screen readers skip the line."""
    highest = max(values, default=0) or 1
    step = 100 / max(len(values) - 1, 1)
    course = "L".join(f"{index * step:.4g} {20 - 18 * value / highest - 1:.3g}" for index, value in enumerate(values))
    line = f'<path class="trend-line" fill="none" vector-effect="non-scaling-stroke" d="M{course}"/>' if values else ""
    return f'<svg class="trend" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">{line}</svg>'
