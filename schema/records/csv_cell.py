"""Cells of CSV files that no spreadsheet takes for a formula.

A person who opens a table did not write its cells: a visitor may have. Spreadsheets skip spaces, line breaks and
characters that cannot be seen before they look for a formula, and some take full-width signs for the usual ones. An
apostrophe in front makes such a cell text; reading takes it off again, so that every text survives the round trip.
"""

import re

_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"  # ASCII, full width, small
# Apostrophes count as part of the text: reading takes off one, so a cell that begins with some needs one more.
_FORMULA = re.compile(rf"'*(?:[\t\r\n]|[{_UNSEEN}]*[{_SIGNS}])")


def guarded(text: str) -> str:
    """Return a text as a cell that is not a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` made, or that another program wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
