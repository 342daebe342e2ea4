"""The scripts made of script.js: each holds the features it was asked for.

scripts/build-tracker minifies script.js into built/. The blocks that a script's name may ask for are still marked in
built/tag.js: they are kept or cut here, by lines, with no knowledge of JavaScript.
"""

from collections.abc import Iterable, Iterator, Set
from functools import cache
from pathlib import Path

KINDS = ("tag", "site", "module")
_BUILT = {kind: (Path(__file__).parent / "built" / f"{kind}.js").read_text(encoding="utf-8") for kind in KINDS}


@cache  # of 514: with room for fewer, who asks for one after the other would have each made again
def variant(features: frozenset[str]) -> bytes:
    """Return the script that has these features, of those named at the head of script.js."""
    (kind,) = features.intersection(KINDS)
    return "".join(kept_lines(_BUILT[kind].splitlines(), features)).encode()


def kept_lines(lines: Iterable[str], features: Set[str], *, undecided: Set[str] = frozenset()) -> Iterator[str]:
    """Yield the lines that stand outside of blocks, or in blocks of these features, without the marks.

    undecided: features whose blocks are kept with their marks.
    """
    blocks = [(True, False)]  # of each block around the line: whether it is kept, and whether its marks are too
    for line in lines:
        is_kept, _ = blocks[-1]
        match line.split():
            case ["//+", *names]:
                is_marked = undecided >= set(names)
                blocks.append((is_kept and (is_marked or not features.isdisjoint(names)), is_kept and is_marked))
                is_kept = blocks[-1][1]
            case ["//-"]:
                is_kept = blocks.pop()[1]
        if is_kept:
            yield line
