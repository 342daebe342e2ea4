"""CSV cells that spreadsheets do not run as formulas.

Visitors can choose the content of cells. Spreadsheets skip white space and invisible characters before a formula, and
some accept full-width signs. A leading apostrophe turns such a cell into text. Reading removes it, so every text
survives the round trip.
"""

import re

_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # ASCII, full width, small
# Leading apostrophes are part of the text: reading removes one, so such a cell needs another one.
_FORMULA = re.compile(rf"'*(?:[\t\r\n]|[{_UNSEEN}]*[{_SIGNS}])")


def guarded(text: str) -> str:
    """Return a cell that is not a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell from `guarded` or from another program."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
