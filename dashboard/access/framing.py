"""The Content-Security-Policy of pages, and who may show them in a frame."""

import re
from base64 import b64encode
from hashlib import sha256

NOBODY = "'none'"
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}|(?:rgb|hsl)a?\([0-9., %]{1,40}\)")


def content_policy(*, ancestors: str = NOBODY, style: str = "") -> str:
    """Return the policy. ancestors: value of frame-ancestors. style: the only style element that the page has."""
    own_style = f" 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" if style else ""
    return (
        f"default-src 'none'; style-src 'self'{own_style}; script-src 'self'; img-src 'self' data:;"
        f" font-src 'self'; form-action 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


def is_colour(text: str) -> bool:
    """Return whether a text is a CSS colour, such as `#fff`, `transparent` or `rgb(255, 255, 255)`."""
    return _COLOUR.fullmatch(text) is not None


def background_style(colour: str) -> str:
    """Return the content of the style element for a background; empty if the text is not a colour."""
    return f"body {{ background: {colour} }}" if is_colour(colour) else ""
