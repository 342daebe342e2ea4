"""Minify script.js into the files that variant.py serves; run by scripts/build-tracker, which fetches terser."""

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from ingest.tracker import names, variant

ROOT = Path(__file__).parents[2]
SOURCES = (
    "ingest/tracker/script.js",
    "ingest/tracker/names.py",
    "ingest/tracker/variant.py",
    "scripts/build-tracker",
    "scripts/release/build_tracker.py",
    "scripts/release/minify_tracker.cjs",
)
SUMS = "SHA256SUMS"
_FEATURES = {"tag": frozenset({"tag"}), "site": names.SITE, "module": names.MODULE}
_MARK = re.compile(r"^ *//([+-].*)$", re.MULTILINE)
# The minifier leaves `debugger` where it is, moves nothing across it, and keeps the comment at it. What comes before is
# a statement of its own, and needs its semicolon unless it ends a block of JavaScript.
_LAST_BARRIER = re.compile(r";?\s*/\*([+-].*?)\*/\s*;?debugger(?=\})")
_BARRIER = re.compile(r"(;?)\s*/\*([+-].*?)\*/\s*(;?)debugger;")


def main(folder: Path) -> None:
    """Write the minified scripts, and the checksums of them and of what they are made of, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    source = (ROOT / SOURCES[0]).read_text(encoding="utf-8").splitlines()
    built = {f"{kind}.js": _built(source, kind).encode() for kind in variant.KINDS}
    for name, script in built.items():
        (folder / name).write_bytes(script)
    (folder / SUMS).write_text(sums(built))


def sums(built: dict[str, bytes]) -> str:
    """Return a line for each source and for each built file, as sha256sum writes them."""
    files = {name: (ROOT / name).read_bytes() for name in SOURCES} | built
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items())


def _built(source: list[str], kind: str) -> str:
    """Return a script minified. Raises ValueError where the minifier did not keep its marks."""
    undecided = names.OPTIONS if kind == "tag" else frozenset()
    script = "\n".join(variant.kept_lines(source, _FEATURES[kind], undecided=undecided))
    minify = ["node", str(ROOT / "scripts/release/minify_tracker.cjs"), kind]
    barred = _MARK.sub(r"/*\1*/debugger;", script)
    code = subprocess.run(minify, input=barred, capture_output=True, check=True, encoding="utf-8").stdout  # noqa: S603
    minified = _BARRIER.sub(r"\1\3\n//\2\n", _LAST_BARRIER.sub(r"\n//\1\n", f"{code}\n"))
    minified = re.sub(r"\n+", "\n", minified)
    if _MARK.findall(script) != _MARK.findall(minified):
        raise ValueError(f"the minifier moved or lost a mark of {kind}.js")
    return minified


if __name__ == "__main__":
    main(Path(sys.argv[1]))
