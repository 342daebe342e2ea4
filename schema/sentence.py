"""Sentences for people: an English text with named placeholders, and their values.

Commands and the API show them in English, as `str`. The dashboard translates the text, then fills in the values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Count(int):
    """A number that is written with separators: 100,000."""

    def __str__(self) -> str:
        return f"{self:,}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its values. Values may be sentences, errors, dates and counts."""

    text: str  # in English, with placeholders such as %(name)s if there are values
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class SentenceError(ValueError):
    """An error whose message is a sentence for the user."""

    def __init__(self, text: str, /, **values: object) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


def later(text: str) -> str:
    """Mark a text of a table for translation. It is translated where it is shown."""
    return text
