"""A badge with a number, for pages of other sites: text on two grounds, readable on light and dark pages."""

from html import escape

HEIGHT, _PADDING = 20, 8
_WIDE, _NARROW = 7.2, 4.0  # pixels of a character; text of another width is stretched to fit
_THIN = frozenset("fijlrtI.,:;'’ ()|")


def badge(label: str, value: str) -> str:
    """Return the SVG of a label with a value."""
    left, right = _width(label), _width(value)
    name = escape(f"{label}: {value}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img"'
        f' aria-label="{name}"><title>{name}</title>'
        f'<rect width="{left + right}" height="{HEIGHT}" rx="4" fill="#33424f"/>'
        f'<path d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-{right - 4}z" fill="#0a6675"/>'
        '<g fill="#ffffff" font-family="Verdana,Geneva,sans-serif" font-size="11">'
        f"{_text(label, 0, left)}{_text(value, left, right)}</g></svg>"
    )


def _text(text: str, x: int, width: int) -> str:
    length = width - 2 * _PADDING
    return f'<text x="{x + _PADDING}" y="14" textLength="{length}">{escape(text)}</text>'


def _width(text: str) -> int:
    return round(sum(_NARROW if character in _THIN else _WIDE for character in text)) + 2 * _PADDING
