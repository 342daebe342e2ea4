"""Small pictures before the labels of rows: icons of sources, browsers, systems and devices, and flags of countries.

The icons are in dashboard/static/icons.svg, which `scripts/build-pictures` makes from the table below, and the flags in
flags.svg. Both files have an id for each picture. Brands and countries that they do not have show a glyph.
"""

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from dashboard.pages import assets
from dashboard.stats.model import dimensions
from dashboard.stats.model.dimensions import Dimension

SOURCES = (
    *("Google", "Google Gemini", "Gmail", "DuckDuckGo", "Baidu", "Ecosia", "Qwant", "Brave", "Naver"),
    *("Kagi", "Startpage", "Claude", "Perplexity", "DeepSeek", "Facebook", "Messenger", "Instagram", "Threads"),
    *("X (Twitter)", "Reddit", "Pinterest", "Youtube", "Vimeo", "TikTok", "Snapchat", "Bluesky", "Mastodon"),
    *("Telegram", "WhatsApp", "Discord", "LINE", "WeChat", "Vkontakte", "Hacker News", "producthunt", "GitHub"),
    *("GitLab", "Stack Overflow", "Quora", "Medium", "Substack", "Wikipedia", "Twitch", "Mistral", "Flipboard"),
)
BROWSERS = (
    *("Chrome", "Firefox", "Safari", "Opera", "Brave", "Vivaldi", "DuckDuckGo Privacy Browser", "Ecosia"),
    *("Samsung Browser", "Huawei Browser"),
)
SYSTEMS = ("Android", "iOS", "Mac", "Ubuntu", "Fedora")  # the penguin and Debian are large files
# Brands whose slug in simple-icons is not their name in lower case without other characters.
SLUGS: Mapping[str, str] = MappingProxyType(
    {
        "X (Twitter)": "x",
        "Vkontakte": "vk",
        "Hacker News": "ycombinator",
        "Mistral": "mistralai",
        "Chrome": "googlechrome",
        "DuckDuckGo Privacy Browser": "duckduckgo",
        "Samsung Browser": "samsung",
        "Huawei Browser": "huawei",
        "Mac": "apple",
        "iOS": "apple",
    }
)
_GENERIC: Mapping[Dimension, str] = MappingProxyType(
    {dimensions.SOURCE: "web", dimensions.BROWSER: "window", dimensions.OS: "screen", dimensions.DEVICE: "screen"}
)
_NAMED: Mapping[Dimension, tuple[str, ...]] = MappingProxyType(
    {dimensions.SOURCE: SOURCES, dimensions.BROWSER: BROWSERS, dimensions.OS: SYSTEMS}
)
_DEVICES: Mapping[str, str] = MappingProxyType({"Mobile": "phone", "Tablet": "tablet"})
_PLACES = frozenset({dimensions.COUNTRY, dimensions.NAMED_REGION, dimensions.NAMED_CITY})


def slug(brand: str) -> str:
    """Return the slug of a brand in simple-icons."""
    return SLUGS.get(brand) or "".join(letter for letter in brand.lower() if letter.isalnum())


def icon(dimension: Dimension, value: str) -> str:
    """Return the id of an icon in icons.svg, "" where rows have none."""
    if dimension not in _GENERIC:
        return ""
    if value in _NAMED.get(dimension, ()):
        return slug(value)
    if dimension == dimensions.SOURCE and not value:
        return "direct"
    return _DEVICES.get(value, _GENERIC[dimension]) if dimension == dimensions.DEVICE else _GENERIC[dimension]


def flag(dimension: Dimension, value: str) -> str:
    """Return the id of a flag in flags.svg: of a country, or of the country of a region or city; "" elsewhere."""
    if dimension not in _PLACES:
        return ""
    code = value.rpartition("\t")[2].lower()
    return code if code in _flags() else "unknown"


@functools.cache
def _flags() -> frozenset[str]:
    return frozenset(re.findall(r'<view id="(\w\w)"', assets.content("flags.svg").decode()))
