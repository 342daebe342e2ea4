"""Collect the icons of the dashboard into dashboard/static/icons.svg. Run by scripts/build-pictures.

One file, so a browser loads it once: a view with an id for each icon, below one another.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboard.pages.report import icons

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "dashboard" / "static" / "icons.svg"
SIZE = 24
GREY = "#7d8995"  # of glyphs, and of brands whose colour would vanish on a light or a dark page
_LIGHTEST, _DARKEST = 0.6, 0.04  # relative luminance of the colours that show on both
# Drawn for Sillage.
GLYPHS: Mapping[str, str] = {
    "web": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2c1.2 0 2.7 2.4 3 7H9c.3-4.6 1.8-7 3-7zM8.7 4.700C7.7 6.3"
    " 7.1 8.5 7 11H4.100a8 8 0 0 1 4.6-6.300zM4.1 13H7c.1 2.5.7 4.7 1.7 6.300A8 8 0 0 1 4.1 13zM9 13h6c-.3"
    " 4.6-1.8 7-3 7s-2.7-2.4-3-7zm8 0h2.900a8 8 0 0 1-4.6 6.300c1-1.6 1.6-3.8 1.7-6.300zm2.9-2H17c-.1-2.5-.7"
    "-4.7-1.7-6.300a8 8 0 0 1 4.6 6.300z",
    "direct": "M13 4l8 8-8 8-1.5-1.5 5.5-5.500H3v-2h14l-5.5-5.500z",
    "window": "M4 3h16a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 6v10h16V9z",
    "screen": "M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-6v2h3v2H7v-2h3v-2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm0 2v9h16V6z",
    "phone": "M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 3v13h8V5z",
    "tablet": "M5 2h14a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 3v13h14V5z",
}


def main(package: Path) -> None:
    """Write the file. package: the unpacked simple-icons."""
    version = json.loads((package / "package.json").read_text())["version"]
    brands = json.loads((package / "data" / "simple-icons.json").read_text())
    colours = {brand.get("slug") or icons.slug(brand["title"]): f"#{brand['hex'].lower()}" for brand in brands}
    drawn = {slug: (_path(package, slug), visible(colours.get(slug, GREY))) for slug in slugs()}
    TARGET.write_text(sprite(drawn | {name: (path, GREY) for name, path in GLYPHS.items()}, version))


def slugs() -> list[str]:
    """Return the slugs of all brands that the dashboard shows, each once."""
    return sorted({icons.slug(brand) for brand in (*icons.SOURCES, *icons.BROWSERS, *icons.SYSTEMS)})


def sprite(drawn: Mapping[str, tuple[str, str]], version: str) -> str:
    """Return the file of all icons. drawn: path and colour by id."""
    return "\n".join(
        [
            f"<!-- Icons of simple-icons {version} (CC0-1.0) and of Sillage; made by scripts/build-pictures. -->",
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE * len(drawn)}">',
            *_parts(drawn),
            "</svg>",
            "",
        ]
    )


def visible(colour: str) -> str:
    """Return a colour that shows on light and on dark pages: itself, or grey."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return colour if _DARKEST <= 0.2126 * red + 0.7152 * green + 0.0722 * blue <= _LIGHTEST else GREY


def _parts(drawn: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for number, (name, (path, colour)) in enumerate(drawn.items()):
        top = SIZE * number
        yield (
            f'<view id="{name}" viewBox="0 {top} {SIZE} {SIZE}"/>'
            f'<path transform="translate(0 {top})" fill="{colour}" d="{path}"/>'
        )


def _path(package: Path, slug: str) -> str:
    """Return the path of an icon. Raises ValueError if it is not one path."""
    paths = re.findall(r'\bd="([^"]+)"', (package / "icons" / f"{slug}.svg").read_text())
    if len(paths) != 1:
        raise ValueError(f"{slug} is not one path")
    return re.sub(r"\.(\d\d)(\d)\d*", _rounded, paths[0])


def _rounded(decimals: re.Match[str]) -> str:
    """Return two decimals, enough at 16 pixels. Three where rounding would carry into the whole part."""
    if decimals[2] < "5":
        return f".{decimals[1]}"
    return f".{int(decimals[1]) + 1:02}" if decimals[1] != "99" else f".{decimals[1]}{decimals[2]}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "simple-icons")
