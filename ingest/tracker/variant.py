"""Variants of the tracker script, each with only its own features.

scripts/build-tracker minifies script.js into built/. Blocks for optional features stay marked in built/tag.js. This
module keeps or removes them line by line, without parsing JavaScript.
"""

from collections.abc import Iterable, Iterator, Set
from functools import cache
from pathlib import Path

KINDS = ("tag", "site", "module")
_BUILT = {kind: (Path(__file__).parent / "built" / f"{kind}.js").read_text(encoding="utf-8") for kind in KINDS}


@cache  # 1,026 variants; with a smaller cache, requests for all of them in turn would rebuild each one
def variant(features: frozenset[str]) -> bytes:
    """Return the script with these features, which the head of script.js lists."""
    (kind,) = features.intersection(KINDS)
    return "".join(kept_lines(_BUILT[kind].splitlines(), features)).encode()


def kept_lines(lines: Iterable[str], features: Set[str], *, undecided: Set[str] = frozenset()) -> Iterator[str]:
    """Yield the lines outside of blocks and in blocks of these features, without the marks.

    undecided: features whose blocks keep their marks.
    """
    blocks = [(True, False)]  # for each enclosing block: whether its lines are kept, and whether its marks are
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
