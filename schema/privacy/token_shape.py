"""Tell random tokens from words: `8f3a9c2e1b7d4f6a` is one, `iphone15promax256gb` is not.

Words change rarely between small letters, capitals and digits, and most pairs of their letters are common ones. Random
texts change at every second or third character, and every second pair is a rare one. Each neighbour of two characters
is evidence for the one or the other, as in a naive Bayes classifier.
"""

import re

MIN_CHARACTERS = 16
_MIN_DIGITS = 20  # of a token without letters
_MIN_GROUP = 6  # characters between two separators
_MIN_WORD = 4

# Evidence that a text is random, in natural logarithms of the odds.
_CHANGE, _RARE_PAIR, _COMMON_PAIR, _TWO_DIGITS = 0.95, 2.2, -0.9, -0.4
_ENOUGH, _ENOUGH_WITHOUT_DIGITS = 4.0, 7.0
_ENOUGH_A_CHARACTER = 0.5  # of a text with separators, as slugs and part numbers have them
_CHANGES_OF_HEX = 0.15  # a character

# The 280 most common pairs of letters in the Latin languages of Europe, by first letter, without accents. Counted in
# the names of countries, languages and currencies of Unicode's locale data, and in English and French prose.
_FOLLOWERS = (
    "aabcdfghijklmnoprstuvwxyz baeijloruy cacehiklortu dadeiorsuyz eabcdefgijklmnoprstuvwxyz fabefioru gaehilmnoru"
    " haeiou iabcdefgjklmnopqrstuvz jaeiosu kaehiorsuy ladegilostuy mabeimopu nacdegiklnostuvy oabcdfgiklmnoprstuvw"
    " paeiloprstu qu rabcdegikmnorstuvy sacehiklopstuyz tacehiorstuy uabcdegiklmnprstvxz vaeio waehios xcit yaeos zaei"
)
_COMMON_PAIRS = frozenset(row[0] + follower for row in _FOLLOWERS.split() for follower in row[1:])

_HEX = re.compile(r"(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])(?:[0-9a-f]+|[0-9A-F]+)")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SEPARATORS = re.compile(r"[_+~-]+")
_INSTANT = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def is_token(run: str) -> bool:
    """Return whether a run of letters, digits and `_+~-` is random, as a whole."""
    groups = [group for group in _SEPARATORS.split(run) if group]
    text = "".join(groups)
    if len(text) < MIN_CHARACTERS:
        return False
    if len(groups) > 1:  # part numbers and slugs have separators too
        if not _is_mixed(text) or max(map(len, groups)) < _MIN_GROUP or any(map(_is_word, groups)):
            return False
        return _evidence(groups) >= _ENOUGH_A_CHARACTER * len(text)
    if text.isdecimal():
        return len(text) >= _MIN_DIGITS and not _INSTANT.match(text)
    if _HEX.fullmatch(text):
        return len(_PIECES.findall(text)) - 1 >= _CHANGES_OF_HEX * len(text)
    return _evidence(groups) >= (_ENOUGH_WITHOUT_DIGITS if text.isalpha() else _ENOUGH)


def _is_mixed(text: str) -> bool:
    """Return whether a text has small letters, capitals and digits."""
    return text != text.lower() and text != text.upper() and not text.isalpha()


def _is_word(group: str) -> bool:
    return len(group) >= _MIN_WORD and group.isalpha() and _evidence([group]) < 0


def _evidence(groups: list[str]) -> float:
    total = 0.0
    for group in groups:
        pieces = _PIECES.findall(group)
        total += _CHANGE * (len(pieces) - 1) + sum(map(_evidence_within, pieces))
    return total


def _evidence_within(piece: str) -> float:
    """Return the evidence of a number, or of letters that could be a word."""
    if piece.isdecimal():
        return _TWO_DIGITS * (len(piece) - 1)
    letters = piece.lower()
    pairs = [letters[start : start + 2] for start in range(len(letters) - 1)]
    common = sum(pair in _COMMON_PAIRS for pair in pairs)
    doubled = sum(pair[0] == pair[1] and pair not in _COMMON_PAIRS for pair in pairs)
    return _COMMON_PAIR * common + _RARE_PAIR * (len(pairs) - common - doubled)
