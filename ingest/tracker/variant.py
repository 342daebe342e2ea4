"""The scripts made of script.js: each holds the features it was asked for, in few bytes.

Minifying takes the conventions of that source for granted; they stand at its head.
"""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import product
from pathlib import Path
from string import ascii_letters

from rjsmin import jsmin

SOURCE = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")

_STRING = r'"(?:[^"\\]|\\.)*"'
_REGEX = r"(?<=[(=])/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/"
# Names of one letter are those of the wire.
_DECLARED = re.compile(r"\b(?:const|let) (\w\w+(?:,\w\w+)*)|\(([\w,.]*)\)=>")
# A property stands after a dot (though not after three) or before a colon.
_NAME = r"(?<![\w$])(?<!(?<!\.\.)\.)(%s)(?![\w$]|:)"
_SHORTER = [
    (re.compile(pattern), shorter)
    for pattern, shorter in [
        (r"\bconst ", "let "),
        (r"\((\w+)\)=>", r"\1=>"),
        (r",(?=[)}])", ""),
        (r";\}", "}"),
        (r"(?<=\W)\n", ""),
    ]
]


@lru_cache(maxsize=512)
def variant(features: frozenset[str]) -> bytes:
    """Return the script that has these features, of those named at the head of script.js."""
    script = _with_short_names(jsmin("\n".join(_lines(features))))
    for pattern, shorter in _SHORTER:
        script = pattern.sub(shorter, script)
    return script.encode()


def _lines(features: Set[str]) -> Iterator[str]:
    """Give the lines of the source that are outside of blocks, or in blocks of these features alone."""
    kept = [True]
    for line in SOURCE.splitlines():
        match line.split():
            case ["//+", *names]:
                kept.append(kept[-1] and not features.isdisjoint(names))
            case ["//-"]:
                kept.pop()
            case _ if kept[-1]:
                yield line


def _with_short_names(script: str) -> str:
    """Return the script with a letter or two for each name that it declares itself, the commonest first."""
    words = re.findall(r"[\w$]+", script)
    declared = re.findall(r"\w\w+", " ".join(",".join(found) for found in _DECLARED.findall(script)))
    names = sorted(set(declared), key=lambda name: (-words.count(name), name))
    letters = [*ascii_letters, *map("".join, product(ascii_letters, repeat=2))]
    short = dict(zip(names, (word for word in letters if word not in words), strict=False))
    parts = re.compile(f"{_STRING}|{_REGEX}|{_NAME % '|'.join(names)}")
    return parts.sub(lambda part: short[part[1]] if part[1] else part[0], script)
