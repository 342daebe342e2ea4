"""The scripts made of script.js: each holds the features it was asked for, in few bytes.

Minifying takes the conventions of that source for granted; they stand at its head.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, partial
from itertools import product
from pathlib import Path
from string import ascii_letters

from rjsmin import jsmin

SOURCE = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")

_STRING = r'"(?:[^"\\]|\\.)*"'
_REGEX = r"(?<=[(=|])/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/"
# Names of one letter are those of the wire.
_DECLARED = re.compile(r"\b(?:const|let) (\w\w+(?:,\w\w+)*)|\(([\w,.]+)(?:=[^=;]*)?\)=>")
# A property stands after a dot (though not after three) or before a colon; a letter behind \ is part of a pattern.
_NAME = r"(?<![\w$\\])(?<!(?<!\.\.)\.)(%s)(?![\w$]|:)"
_WORD = re.compile(_NAME % r"[A-Za-z]+")
# Found by trying very many: gzip makes less of the plain script with these letters than with others.
_TRIED_NAMES = (
    "early script given send event done track more page address since height deepest reported "
    "engaged measure attend view now notice signal here push each"
)
_TRIED = dict(zip(_TRIED_NAMES.split(), "dkicdnaeetrulposytdhneen", strict=True))
_KEPT = {"error"}  # a property too, written once for both
_OUTER = re.compile(r" {0,2}(?:const|let) ")
_TOKEN = re.compile(rf"{_STRING}|{_REGEX}|\blet |[\w$]+|.", re.DOTALL)
_SHORTER = [
    (re.compile(pattern), shorter)
    for pattern, shorter in [
        (r"\bconst ", "let "),
        (r"\btrue\b", "!0"),
        (r"000\b", "e3"),
        (r",(?=[)}])", ""),
        (r"\((\w+)\)=>", r"\1=>"),
        (r";\}", "}"),
        (r"(?<=\W)\n", ""),
    ]
]


@cache  # of 514: with room for fewer, who asks for one after the other would have each made again
def variant(features: frozenset[str]) -> bytes:
    """Return the script that has these features, of those named at the head of script.js."""
    script = _with_short_names([jsmin(part) for part in _parts(_lines(features))])
    for pattern, shorter in _SHORTER:
        script = pattern.sub(shorter, script)
    return _with_joint_declarations(script.strip()).encode()


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


def _parts(lines: Iterable[str]) -> list[str]:
    """Return the script in parts: each declaration that all of the script can see begins one, and each empty line."""
    parts = [""]
    for line in lines:
        if not line or _OUTER.match(line):
            parts.append("")
        parts[-1] += f"{line}\n"
    return parts


def _with_short_names(parts: list[str]) -> str:
    """Return the script with a letter or two for each name that it declares itself.

    What one part alone can see has the same few letters in each, for what is repeated takes little room.
    """
    outer = _declared(" ".join(found[0] for part in parts if (found := _DECLARED.match(part))))
    script = "\n".join(parts)
    frequent = sorted(ascii_letters, key=lambda letter: (-script.count(letter), letter))
    letters = [*frequent, *map("".join, product(frequent, repeat=2))]
    known = _letters(outer, letters, script)
    renamed = []
    for part in parts:
        inner = _declared(part) - outer
        here = "\n".join([part, *(known[name] for name in outer if re.search(rf"\b{name}\b", part))])
        short = known | _letters(inner, letters, here)
        tokens = re.compile(f"{_STRING}|{_REGEX}|{_NAME % '|'.join(short)}")
        renamed.append(tokens.sub(partial(_renamed, short), part))
    return "\n".join(renamed)


def _renamed(short: Mapping[str, str], token: re.Match[str]) -> str:
    return short[token[1]] if token[1] else token[0]


def _declared(script: str) -> set[str]:
    return set(re.findall(r"\w\w+", " ".join(",".join(found) for found in _DECLARED.findall(script)))) - _KEPT


def _letters(names: Set[str], letters: Sequence[str], script: str) -> dict[str, str]:
    """Return a word for each name that the script does not have: the one tried, or the shortest for the commonest."""
    words = Counter(_WORD.findall(script))
    taken = set(words)
    found = {}
    for name in sorted(names, key=lambda name: (name not in _TRIED, -words[name], name)):
        found[name] = next(word for word in (_TRIED.get(name), *letters) if word and word not in taken)
        taken.add(found[name])
    return found


def _with_joint_declarations(script: str) -> str:
    """Return the script with one `let` for declarations that follow one another."""
    found: list[str] = []
    is_let = [False]  # whether a declaration is open, in each of the blocks around
    for token in _TOKEN.findall(script):
        match token:
            case "{" | "(" | "[":
                is_let.append(False)
            case "}" | ")" | "]":
                is_let.pop()
            case "let ":
                if is_let[-1] and found[-1] == ";":
                    found[-1:] = [","]
                    continue
                is_let[-1] = True
            case _ if found and found[-1] == ";":
                is_let[-1] = False
        found.append(token)
    return "".join(found)
