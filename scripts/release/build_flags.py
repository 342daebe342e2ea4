"""Collect the flags of the dashboard into dashboard/static/flags.svg. Run by scripts/build-pictures.

Flags with coats of arms are as large as a page, so only flags of few bytes are in it, and a few are simpler than the
flags of their states. The others show the glyph of an unknown country.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "dashboard" / "static" / "flags.svg"
WIDTH, HEIGHT = 640, 480
MAX_BYTES = 800
_LARGER = frozenset({"au", "in"})  # too common to leave out
# Drawn for Sillage: stripes without coats of arms.
SIMPLER: Mapping[str, str] = {
    "ar": '<path fill="#74acdf" d="M0 0h640v480H0z"/><path fill="#fff" d="M0 160h640v160H0z"/>'
    '<circle fill="#f6b40e" cx="320" cy="240" r="50"/>',
    "br": '<path fill="#229e45" d="M0 0h640v480H0z"/><path fill="#f8e509" d="M320 50l270 190-270 190L50 240z"/>'
    '<circle fill="#2b49a3" cx="320" cy="240" r="105"/>',
    "es": '<path fill="#aa151b" d="M0 0h640v480H0z"/><path fill="#f1bf00" d="M0 120h640v240H0z"/>',
    "mx": '<path fill="#fff" d="M0 0h640v480H0z"/><path fill="#006847" d="M0 0h213v480H0z"/>'
    '<path fill="#ce1126" d="M427 0h213v480H427z"/><circle fill="#8c6239" cx="320" cy="240" r="50"/>',
    "pt": '<path fill="red" d="M0 0h640v480H0z"/><path fill="#060" d="M0 0h256v480H0z"/>'
    '<circle fill="#ff0" cx="256" cy="240" r="80"/>',
    "unknown": '<path fill="#7d8995" opacity=".5" d="M0 0h640v480H0z"/>',
}


def main(package: Path) -> None:
    """Write the file. package: the unpacked flag-icons."""
    version = json.loads((package / "package.json").read_text())["version"]
    files = sorted((package / "flags" / "4x3").glob("??.svg"))
    flags = {file.stem: inner(file.read_text()) for file in files if is_small(file)}
    TARGET.write_text(sprite(flags | dict(SIMPLER), version))


def is_small(file: Path) -> bool:
    """True for a flag that is worth its bytes."""
    return file.stat().st_size <= MAX_BYTES or file.stem in _LARGER


def inner(svg: str) -> str:
    """Return the shapes of a flag, without spaces between them."""
    shapes = svg.partition(">")[2].rpartition("</svg>")[0].strip()
    return re.sub(r">\s+<", "><", shapes).replace("xlink:href", "href")


def sprite(flags: Mapping[str, str], version: str) -> str:
    """Return the file of all flags, each cut at its edges. flags: shapes by code."""
    return "\n".join(
        [
            f"<!-- Flags of flag-icons {version} (MIT) and of Sillage; made by scripts/build-pictures. -->",
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT * len(flags)}">',
            *_parts(flags),
            "</svg>",
            "",
        ]
    )


def _parts(flags: Mapping[str, str]) -> Iterator[str]:
    for number, (code, shapes) in enumerate(flags.items()):
        top = HEIGHT * number
        yield (
            f'<view id="{code}" viewBox="0 {top} {WIDTH} {HEIGHT}"/>'
            f'<svg y="{top}" width="{WIDTH}" height="{HEIGHT}">{shapes}</svg>'
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "flag-icons")
