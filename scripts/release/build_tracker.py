"""Minify script.js into the files that variant.py serves. Run by scripts/build-tracker, which installs terser."""

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
# The minifier keeps `debugger` in place with its comment and moves nothing across it. The code before it is a statement
# of its own, which needs its semicolon unless it ends a block.
_LAST_BARRIER = re.compile(r";?\s*/\*([+-].*?)\*/\s*;?debugger(?=\})")
_BARRIER = re.compile(r"(;?)\s*/\*([+-].*?)\*/\s*(;?)debugger;")


def main(folder: Path) -> None:
    """Write the minified scripts into a folder, with the checksums of scripts and sources."""
    folder.mkdir(parents=True, exist_ok=True)
    source = (ROOT / SOURCES[0]).read_text(encoding="utf-8").splitlines()
    built = {f"{kind}.js": _built(source, kind).encode() for kind in variant.KINDS}
    for name, script in built.items():
        (folder / name).write_bytes(script)
    (folder / SUMS).write_text(sums(built))


def sums(built: dict[str, bytes]) -> str:
    """Return the checksums of the sources and the built files, in the format of sha256sum."""
    files = {name: (ROOT / name).read_bytes() for name in SOURCES} | built
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items())


def _built(source: list[str], kind: str) -> str:
    """Return a minified script. Raises ValueError if the minifier moved or lost a mark."""
    undecided = names.OPTIONS if kind == "tag" else frozenset()
    script = "\n".join(variant.kept_lines(source, _FEATURES[kind], undecided=undecided))
    minify = ["node", str(ROOT / "scripts/release/minify_tracker.cjs"), kind]
    barred = _MARK.sub(r"/*\1*/debugger;", script)
    code = subprocess.run(minify, input=barred, capture_output=True, check=True, encoding="utf-8").stdout  # noqa: S603
    minified = _BARRIER.sub(r"\1\3\n//\2\n", _LAST_BARRIER.sub(r"\n//\1\n", f"{code}\n"))
    minified = re.sub(r"\n+", "\n", minified)
    if _MARK.findall(script) != _MARK.findall(minified):
        raise ValueError(f"The minifier moved or lost a mark of {kind}.js.")
    return minified


if __name__ == "__main__":
    main(Path(sys.argv[1]))
