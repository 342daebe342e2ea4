"""Replace what identifies a person in paths, properties and names: `/u/anna@example.org` becomes `/u/:email`.

- A wrong redaction merges two pages in every report, so each kind has a shape that ordinary paths do not have: IBANs
  and French social security numbers have check digits, phone numbers a country's form, tokens letters without words.
- Texts are compared in their plain form: percent-decoded (repeatedly), in NFKC, without invisible characters. A text in
  which nothing is found is returned exactly as it was.
- The time of each pattern is linear in the length of a text, because visitors write these texts.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from html import unescape
from typing import NamedTuple
from unicodedata import category, decimal, normalize
from urllib.parse import unquote

from schema.privacy.token_shape import is_token


class Kind(StrEnum):
    """What was replaced. The placeholder is the value behind a colon."""

    EMAIL = "email"
    PHONE = "phone"
    TOKEN = "token"  # noqa: S105 - a name
    UUID = "uuid"
    IBAN = "iban"
    SSN = "ssn"  # French, the numéro d'inscription au répertoire (NIR)


class Cleaned(NamedTuple):
    text: str
    kinds: tuple[Kind, ...]  # in the order of Kind, each once


MAX_DECODINGS = 3  # times that a text is percent-decoded

# Most texts have nothing to replace, and comparing them with every pattern takes a hundred times as long as counting.
_MIN_DIGITS = 9  # of a phone number, an IBAN or a social security number
_SSN_DIGITS = 15
_UUID_CHARACTERS, _UUID_SEPARATORS = 36, 4
_ENCODING = "%&([{"  # the plain form may be another one
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
_CLOSE_DIGITS = re.compile(rf"\d(?:\D{{0,3}}\d){{{_MIN_DIGITS - 1}}}")
_LONG = re.compile(r"[A-Za-z0-9]{16}")
_FULL_STOP = {0x3002: "."}  # of Chinese and Japanese; host names accept it
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_AT_WORD = re.compile(r" ?[(\[{] ?(?:at|arobase?) ?[)\]}] ?", re.IGNORECASE)
_DOT_WORD = re.compile(r" ?[(\[{] ?(?:dot|point) ?[)\]}] ?", re.IGNORECASE)

# --- E-mail addresses ---
# Not versions (pkg@1.2.3.js), sizes of pictures (logo@2x.png) and other files.
_FILE = (
    r"(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|tiff?|heic|s?css|less|[cm]?jsx?|tsx?|json|map|x?html?|php\d?|aspx?|jsp|xml"
    r"|pdf|woff2?|ttf|eot|mp[34]|webm|ogg|wav|txt|csv|docx?|xlsx?|pptx?|zip|tgz|gz|tar|whl|deb|rpm|exe|dmg|apk|ics|rss)"
)
_EMAIL = re.compile(
    r"(?<![\w.+~'-])[\w.+~'-]+@(?!v?\d+\.\d)(?!\dx\.)(?:[\w-]+\.)+"
    rf"(?!{_FILE}(?![^\W_]))(?:xn--[a-z0-9-]+|[^\W\d_]{{2,24}})(?![^\W_])",
    re.IGNORECASE,
)

# --- UUIDs ---
_UUID = re.compile(
    r"(?<![^\W_])[0-9a-f]{8}([-_])[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}(?![^\W_])", re.IGNORECASE
)

# --- IBANs: country, check digits, and a length that the country decides ---
_IBAN_START = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?=[ ._-]?[A-Z0-9])", re.IGNORECASE)
_IBAN_SEPARATORS = " ._-"
_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
    " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28"
    " LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25"
    " QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
_IBAN_LENGTHS = {row[:2]: int(row[2:]) for row in _IBANS.split()}

# --- French social security numbers: sex, year, month, department, commune, order, key ---
_SSN = re.compile(
    r"(?<![^\W_])([1-478])[ ._-]?(\d\d)[ ._-]?(0[1-9]|1[0-2]|[2-9]\d)[ ._-]?(\d\d|2[AB])[ ._-]?(\d{3})[ ._-]?(\d{3})"
    r"(?:[ ._-]{0,3}| / )(\d\d)(?![^\W_])",
    re.IGNORECASE,
)
_CORSICA = {"2A": "19", "2B": "18"}

# --- Phone numbers ---
# Ten digits with a zero first are a French number, unless the word before them says that they number something else.
_FRENCH = re.compile(r"(?<![^\W_])(?<!\d[.,])0[1-9]\d{8}(?![^\W_])")
_NUMBERED = re.compile(
    r"(?<![^\W\d_])(?:isbn|ean|gtin|upc|sku|asin|r[eé]f|r[eé]f[eé]rence|art|articles?|prod|products?|produits?|items?|dp|p"
    r"|books?|livres?|ids?|no|nr|num|numero|orders?|commandes?)[-_/=: .]{0,2}$",
    re.IGNORECASE,
)
_MOBILE = ("06", "07")
_PHONES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # +33 6 12 34 56 78, +1 (202) 555-0123
        r"(?<![^\W_])\+[1-9](?:[ .()-]{0,3}\d){8,14}(?![^\W_])",
        # 0033612345678, 0033 6 12 34 56 78, 0049 30 123456
        r"(?<![^\W_])00 ?33[ .-]?(?:\(0\))?[ .-]?[1-9](?:[ .-]?\d\d){4}(?![^\W_])",
        r"(?<![^\W_])00[1-9]\d{0,2} (?:\(0\) ?)?\d(?:[ .-]?\d){6,11}(?![^\W_])",
        # 06 12 34 56 78, 06.12.34.56.78
        r"(?<![^\W_])(?<!\d[ .-])0[1-9]([ .])\d\d(?:\1\d\d){3}(?!\1\d\d(?!\d))(?![^\W_])",
        # 06-12-34-56-78 or 06_12_34_56_78 that is not the end or the beginning of a longer slug
        r"(?<![\w.-])0[1-9]([-_])\d\d(?:\1\d\d){3}(?![\w-])",
        # 020 7946 0958, 0170 1234567, 079 123 45 67, 0151-12345678
        r"(?<![^\W_])(?<!\d[ .-])0[1-9]\d{1,3} \d{3,4} \d{3,4}(?![^\W_])(?! \d)",
        r"(?<![^\W_])(?<!\d[ .-])0[1-9]\d{1,3} \d{6,8}(?![^\W_])(?! \d)",
        r"(?<![^\W_])(?<!\d[ .-])0[1-9]\d \d{3} \d\d \d\d(?![^\W_])(?! \d)",
        r"(?<![\w.-])01[5-7]\d-\d{7,8}(?![\w-])",
        # (202) 555-0123, 202-555-0123
        r"\([2-9]\d\d\) ?[2-9]\d\d[ .-]\d{4}(?![^\W_])",
        r"(?<![\w.-])[2-9]\d\d-[2-9]\d\d-\d{4}(?![\w-])",
    )
)
# Any form, behind a word that announces a number. Days and instants are left alone.
_ANNOUNCED = re.compile(
    r"(?<![^\W\d_])((?:t[eé]l|t[eé]l[eé]phone|phone|phone[-_ ]?number|msisdn|whatsapp|wa\.me|sms|fax|gsm|callto)"
    r"[:=/_. -]{1,2})"
    r"(?!(?:19|20)\d\d[ .-]?(?:0[1-9]|1[0-2])[ .-]?(?:0[1-9]|[12]\d|3[01]))\+?\(?\d(?:[ .()-]{0,2}\d){8,14}(?![^\W_])",
    re.IGNORECASE,
)

# --- Tokens ---
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}")
_RUN = re.compile(r"[A-Za-z0-9_+~-]{20,}")
_CHUNK = re.compile(r"[A-Za-z0-9]{16,}")


def clean(text: str) -> Cleaned:
    """Return a text without what identifies a person, and the kinds that were replaced."""
    if _is_plain_number(text):
        return Cleaned(text, ())
    plain = text if text.isascii() and not any(map(text.__contains__, _ENCODING)) else _plain(text)
    has_digits = _has_digits(plain)
    gates = ("@" in plain, _has_separators(plain), has_digits, has_digits, has_digits, _has_long_run(plain))
    if True not in gates:
        return Cleaned(text, ())
    kinds = []
    for is_possible, (kind, redacted) in zip(gates, _REDACTIONS, strict=True):
        if is_possible and (shorter := redacted(plain)) != plain:
            plain = shorter
            kinds.append(kind)
    return Cleaned(plain, tuple(kind for kind in Kind if kind in kinds)) if kinds else Cleaned(text, ())


def _is_plain_number(text: str) -> bool:
    """Return whether a text has only digits and is too short for a social security number, and no phone number."""
    return len(text) < _SSN_DIGITS and text.isdigit() and text.isascii() and not text.startswith("0")


def _has_digits(text: str) -> bool:
    """Return whether a text has enough digits, close to each other."""
    is_possible = len(text) - len(text.translate(_WITHOUT_DIGITS)) >= _MIN_DIGITS
    return is_possible and _CLOSE_DIGITS.search(text) is not None


def _has_separators(text: str) -> bool:
    """Return whether a text is long enough for a UUID, with its separators."""
    return len(text) >= _UUID_CHARACTERS and max(text.count("-"), text.count("_")) >= _UUID_SEPARATORS


def _has_long_run(text: str) -> bool:
    """Return whether a text has a run that a token could be. One with separators has capitals, see token_shape.py."""
    return _LONG.search(text) is not None or (not text.islower() and _RUN.search(text) is not None)


def _plain(text: str) -> str:
    """Return a text as a person reads it."""
    for _ in range(MAX_DECODINGS):
        if "%" not in text or (decoded := unquote(text, errors="replace")) == text:
            break
        text = decoded
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = normalize("NFKC", text).translate(_DASHES | _FULL_STOP)
        text = "".join(map(_ascii_digit, text)) if text.isascii() else _without_tricks(text)
    return _DOT_WORD.sub(".", _AT_WORD.sub("@", text)) if _AT_WORD.search(text) else text


def _without_tricks(text: str) -> str:
    """Return a text without invisible characters, and with digits of every script as ASCII."""
    return "".join(_ascii_digit(character) for character in text if category(character) != "Cf")


def _ascii_digit(character: str) -> str:
    value = decimal(character, None)
    return character if value is None else str(value)


def _without_emails(text: str) -> str:
    return _EMAIL.sub(":email", text)


def _without_uuids(text: str) -> str:
    return _UUID.sub(":uuid", text)


def _without_ssns(text: str) -> str:
    return _SSN.sub(lambda match: ":ssn" if _has_key(match) else match[0], text)


def _has_key(match: re.Match[str]) -> bool:
    *fields, key = match.groups()
    fields[3] = _CORSICA.get(fields[3].upper(), fields[3])
    return 97 - int("".join(fields)) % 97 == int(key)


def _without_ibans(text: str) -> str:
    end, pieces = 0, []
    for match in _IBAN_START.finditer(text):
        if match.start() >= end and (iban_end := _end_of_iban(text, match.start())):
            pieces += [text[end : match.start()], ":iban"]
            end = iban_end
    return "".join([*pieces, text[end:]])


def _end_of_iban(text: str, start: int) -> int:
    """Return the position after the IBAN that begins at a position, 0 if none does."""
    length = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    characters: list[str] = []
    position = start
    while position < len(text) and len(characters) < length:
        character = text[position]
        if character.isascii() and character.isalnum():
            characters.append(character)
        elif character not in _IBAN_SEPARATORS or text[position - 1] in _IBAN_SEPARATORS:
            return 0
        position += 1
    if len(characters) < length or not length or (position < len(text) and text[position].isalnum()):
        return 0
    moved = characters[4:] + characters[:4]
    return position if int("".join(str(int(character, 36)) for character in moved)) % 97 == 1 else 0


def _without_phones(text: str) -> str:
    text = _ANNOUNCED.sub(r"\1:phone", text)
    for pattern in _PHONES:
        text = pattern.sub(":phone", text)
    return _FRENCH.sub(lambda match: match[0] if _is_numbered(match) else ":phone", text)


def _is_numbered(match: re.Match[str]) -> bool:
    return not match[0].startswith(_MOBILE) and _NUMBERED.search(match.string[: match.start()]) is not None


def _without_tokens(text: str) -> str:
    text = _JWT.sub(":token", text)
    for pattern in (_RUN, _CHUNK):
        text = pattern.sub(_placeholder, text)
    return text


def _placeholder(match: re.Match[str]) -> str:
    return ":token" if is_token(match[0]) else match[0]


# Checked numbers come before phone numbers, which could be a part of them, and tokens last.
_REDACTIONS: tuple[tuple[Kind, Callable[[str], str]], ...] = (
    (Kind.EMAIL, _without_emails),
    (Kind.UUID, _without_uuids),
    (Kind.IBAN, _without_ibans),
    (Kind.SSN, _without_ssns),
    (Kind.PHONE, _without_phones),
    (Kind.TOKEN, _without_tokens),
)
