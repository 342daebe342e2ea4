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
    if not props:
        return props, ()
    clean_props: dict[str, str] = {}
    kinds: tuple[Kind, ...] = ()
    for name, value in props.items():
        clean_name, clean_value = cleaned_text(name), _value(value, keeps_queries=keeps_queries)
        kinds += clean_name.kinds + clean_value.kinds
        if clean_value.text:
            clean_props[clean_name.text] = clean_value.text
    return clean_props, kinds


@lru_cache(maxsize=4096)
def cleaned_text(text: str) -> Cleaned:
    """Return a clean name of an event or property, and what was replaced."""
    return clean(text)


@lru_cache(maxsize=4096)
def _value(text: str, *, keeps_queries: bool) -> Cleaned:
    if "//" in text:
        text = _USER.sub("//", text)
    if not keeps_queries and ("?" in text or "#" in text):
        text = _without_query(text)
    return clean(text)


def _without_query(text: str) -> str:
    if _QUERY.fullmatch(text):
        return ""
    whole = _WHOLE_LINK.fullmatch(text)
    return whole[1] if whole else _LINK.sub(r"\1", text)
