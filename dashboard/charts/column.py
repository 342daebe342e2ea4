"""A share as a column that fills its box from below.

Classes for the style sheet: `column-box` (the whole; give it a size), `bar-fill` (the share).
"""


def column(share: float) -> str:
    """Return an SVG of a share between 0 and 1. Show the number beside it: screen readers skip the column."""
    height = round(100 * min(max(share, 0), 1), 2)
    return (
        '<svg class="column-box" viewBox="0 0 1 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar-fill" y="{100 - height:g}" width="1" height="{height:g}"/></svg>'
    )
