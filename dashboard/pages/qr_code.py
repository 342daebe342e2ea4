"""QR codes for phones."""

import io

import segno
from markupsafe import Markup

from dashboard.language import gettext as _


def svg(text: str) -> Markup:
    """Return a QR code as SVG, in a viewBox so that pages can scale it.

    Black on white in dark mode too: many cameras cannot read inverted codes.
    """
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        image,
        kind="svg",
        xmldecl=False,
        omitsize=True,
        border=4,
        dark="#000",
        light="#fff",
        title=_("QR code"),
        nl=False,
    )
    return Markup(image.getvalue().decode())  # noqa: S704 - contains only squares
