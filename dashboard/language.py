"""The language of a response, French or English, and its texts.

A response has one language, from the account or from Accept-Language. It is a context variable, because every text of
every page needs it. `dashboard/app.py` sets it for each request; threads that serve the request inherit it.
The texts in the code are the English ones. Translations are in dashboard/locale/*.po, read when first needed.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

from schema.sentence import Count, Sentence, SentenceError, Size
from schema.sentence import later as later

DIRECTORY = Path(__file__).with_name("locale")
DEFAULT = "en"
NAMES: Mapping[str, str] = MappingProxyType({"en": "English", "fr": "Français"})
_LOCALES = {"en": Locale("en", "GB"), "fr": Locale("fr")}

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def use(code: str) -> None:
    """Set the language of the current context to one of NAMES; ignore other codes."""
    if code in NAMES:
        _current.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use another language during the block, as for a mail to somebody."""
    before = _current.set(code if code in NAMES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> str:
    """Return the code of the current language, one of NAMES."""
    return _current.get()


def locale() -> Locale:
    """Return the locale for dates, numbers and names in the current language."""
    return _LOCALES[current()]


def preferred(accept_language: str) -> str:
    """Return the language that an Accept-Language header prefers, DEFAULT if it names none of NAMES."""
    weights: dict[str, float] = {}
    for position, item in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = item.partition(";")
        code = tag.strip().lower().partition("-")[0]
        weight = _weight(quality)
        if code in NAMES and weight > 0:
            weights.setdefault(code, weight - position / 1000)  # of equal ones, the first
    return max(weights, key=weights.__getitem__, default=DEFAULT)


def gettext(message: str, /, **values: Any) -> str:
    """Return a text in the current language. values: for placeholders such as %(name)s."""
    text = translations(current()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, number: float, /, **values: Any) -> str:
    """Return the text for a number, whose placeholder is %(number)s unless values has it formatted."""
    return plural(one, many, number) % ({"number": number} | values)


def plural(one: str, many: str, number: float, /) -> str:
    """Return the text for a number with its placeholders, in the current language."""
    # English says 1 point and 1.5 points, French 0 point and 1.5 point.
    count = int(number) if current() != DEFAULT or number == 1 else max(int(number), 2)
    return translations(current()).ngettext(one, many, count)


def of(text: Sentence | str) -> str:
    """Return a sentence in the current language, with its values in the form of the language."""
    if isinstance(text, str):
        return gettext(text)
    values = {name: _value(value) for name, value in text.values.items()}
    return gettext(text.text, **values)


def of_error(error: SentenceError) -> str:
    """Return the message of an error in the current language, with a capital unless it begins with a value."""
    message = of(error.sentence)
    is_word = not gettext(error.sentence.text).startswith("%")
    return message[:1].upper() + message[1:] if is_word else message


def _value(value: object) -> object:
    match value:
        case Sentence():
            return of(value)
        case SentenceError():
            return of(value.sentence)
        case Size():
            return size(value)
        case Count():
            return format_decimal(int(value), locale=locale())
        case date():
            return format_date(value, "d MMMM y", locale=locale())
    return value


def size(number: Size) -> str:
    """Return a number of bytes: 1.4 MB."""
    amount, unit = number.in_unit
    if unit == "byte":
        return ngettext("%(number)d byte", "%(number)d bytes", amount, number=amount)
    return format_unit(amount, unit, "short", "0.0" if isinstance(amount, float) else "0", locale=locale())


@cache
def translations(code: str) -> NullTranslations:
    """Return the translations of a language. English needs none."""
    path = DIRECTORY / f"{code}.po"
    if code == DEFAULT:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(path.read_bytes()), locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _weight(quality: str) -> float:
    name, _, number = quality.partition("=")
    if not quality.strip():
        return 1
    try:
        return float(number) if name.strip() == "q" else 0
    except ValueError:
        return 0
