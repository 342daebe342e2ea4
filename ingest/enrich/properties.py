"""Clean the custom properties of an event, and its name.

- A link loses its query, its fragment and its user, unless the site keeps them: the links of outbound clicks, downloads
  and tagged elements, and any other property that has one.
- What identifies a person is replaced in names and values.
- Texts are cached, because they repeat.
"""

import re
from functools import lru_cache

from schema.privacy.redaction import Cleaned, Kind, clean

_LINK = re.compile(r"((?:\b[a-z][a-z0-9+.-]{0,20}:)?//[^\s?#]+)[?#]\S*", re.IGNORECASE)
_WHOLE_LINK = re.compile(
    r"(/[^\s?#]*|(?:mailto|tel|sms|callto|whatsapp):[^\s?#]*|[\w-]+(?:\.[\w-]+)+(?::\d+)?/[^\s?#]*)[?#]\S*",
    re.IGNORECASE,
)
_QUERY = re.compile(r"[?&#]\S*=\S*")
_USER = re.compile(r"//[^\s/?#@]*@")


def cleaned(props: dict[str, str], *, keeps_queries: bool) -> tuple[dict[str, str], tuple[Kind, ...]]:
    """Return clean properties, and what was replaced. A property that is nothing but a query is left out."""
    for name, value in props.items():
        if not _is_clean(name, value):
            break
    else:  # nearly always, and faster than building the same again
        return props, ()
    clean_value = _with_query if keeps_queries else _without_query
    clean_props: dict[str, str] = {}
    kinds: tuple[Kind, ...] = ()
    for name, value in props.items():
        name, name_kinds = cleaned_text(name)  # noqa: PLW2901
        value, value_kinds = clean_value(value)  # noqa: PLW2901
        if name_kinds or value_kinds:
            kinds += name_kinds + value_kinds
        if value:
            clean_props[name] = value
    return clean_props, kinds


@lru_cache(maxsize=4096)
def _is_clean(name: str, value: str) -> bool:
    """Return whether a property is stored as it is, whatever the site keeps."""
    return cleaned_text(name).text == name and _without_query(value).text == value == _with_query(value).text


@lru_cache(maxsize=4096)
def cleaned_text(text: str) -> Cleaned:
    """Return a clean name of an event or property, and what was replaced."""
    return clean(text)


@lru_cache(maxsize=4096)
def _with_query(text: str) -> Cleaned:
    return clean(_USER.sub("//", text) if "//" in text else text)


@lru_cache(maxsize=4096)
def _without_query(text: str) -> Cleaned:
    if "?" not in text and "#" not in text:
        return _with_query(text)
    if _QUERY.fullmatch(text):
        return Cleaned("", ())
    whole = _WHOLE_LINK.fullmatch(text)
    return _with_query(whole[1] if whole else _LINK.sub(r"\1", text))
