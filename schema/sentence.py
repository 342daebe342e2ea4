"""Sentences for people: an English text with named placeholders, and their values.

Commands and the API show them in English, as `str`. The dashboard translates the text, then fills in the values.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


class Count(int):
    """A number that is written with separators: 100,000."""

    def __str__(self) -> str:
        return f"{self:,}"


class Size(int):
    """A number of bytes that is written in a unit that suits it: 1.4 MB."""

    @property
    def in_unit(self) -> tuple[float, str]:
        """Return the number and the name of its unit. Small numbers have one decimal."""
        amount = float(self)
        for unit in ("byte", "kilobyte", "megabyte"):
            if amount < 1000:
                return (amount if amount < 10 and unit != "byte" else round(amount), unit)
            amount /= 1000
        return amount, "gigabyte"

    def __str__(self) -> str:
        amount, unit = self.in_unit
        decimals = 1 if isinstance(amount, float) else 0
        return f"{amount:.{decimals}f} {_UNITS[unit]}"


_UNITS = {"byte": "bytes", "kilobyte": "kB", "megabyte": "MB", "gigabyte": "GB"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its values. Values may be sentences, errors, dates and counts."""

    text: str  # in English, with placeholders such as %(name)s if there are values
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


def counted(number: int, one: str, many: str) -> Sentence:
    """Return a number with its noun. one: for 1. many: for others, with %(number)s."""
    return Sentence(one) if number == 1 else Sentence(many, {"number": Count(number)})


def written(sentence: Sentence) -> str:
    """Return a sentence as JSON. Values that are neither sentences, numbers, days nor texts become texts."""
    return json.dumps(_table(sentence))


def restored(text: str) -> Sentence:
    """Return the sentence that `written` has written."""
    return _sentence(json.loads(text))


def _table(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "values": {name: _written(value) for name, value in sentence.values.items()}}


def _written(value: object) -> object:
    match value:
        case Sentence():
            return _table(value)
        case Count():
            return {"count": int(value)}
        case date() if not isinstance(value, datetime):
            return {"day": value.isoformat()}
        case int():
            return value
    return str(value)


def _sentence(table: Mapping[str, Any]) -> Sentence:
    text, values = table["text"], table["values"]
    return Sentence(text, {name: _restored(value) for name, value in values.items()})


def _restored(value: Any) -> object:
    match value:
        case {"text": _}:
            return _sentence(value)
        case {"count": int(count)}:
            return Count(count)
        case {"day": str(day)}:
            return date.fromisoformat(day)
    return value


class SentenceError(ValueError):
    """An error whose message is a sentence for the user."""

    def __init__(self, text: str, /, **values: object) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


def later(text: str) -> str:
    """Mark a text of a table for translation. It is translated where it is shown."""
    return text
