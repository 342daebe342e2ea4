"""A share as a bar that fills its box.

Classes for the style sheet: `bar-box` (the whole; give it a size), `bar-fill` (the share).
"""


def bar(share: float) -> str:
    """Return an SVG of a share between 0 and 1. Show the number beside it: screen readers skip the bar."""
    width = round(100 * min(max(share, 0), 1), 2)
    return (
        '<svg class="bar-box" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar-fill" width="{width:g}" height="1"/></svg>'
    )
