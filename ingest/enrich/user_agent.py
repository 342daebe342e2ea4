"""What a user agent says: browser, operating system, and the class of the device.

- A parse costs 15 to 40 microseconds, the first one 0.1 s more (`warm`); the package user-agents by itself would take
  the slow path of ua-parser, at up to a millisecond.
- Browsers have frozen parts of what they say: Windows 11 says 10, every recent Mac 10.15, Chrome's Android 10, and an
  iPad may say it is a Mac.
- Names come from a closed list (data/user_agents.tsv): a visitor must not be able to write into our tables.
"""

from functools import cache, lru_cache
from importlib.resources import files

import msgspec
from ua_parser import Parser, load_lazy_builtins
from ua_parser.regex import Resolver
from user_agents import parsers

from ingest.text import printable

MAX_USER_AGENT_CHARACTERS = 512
MAX_VERSION_CHARACTERS = 20

_TELEVISIONS_AND_CONSOLES = (
    "Android TV",
    "Apple TV",
    "AppleTV",
    "BRAVIA",
    "CrKey",
    "GoogleTV",
    "HbbTV",
    "NetCast",
    "Nintendo",
    "PLAYSTATION 3",
    "PlayStation 4",
    "PlayStation 5",
    "Roku",
    "SMART-TV",
    "Smart TV",
    "SmartTV",
    "TV Safari",
    "Web0S",
    "Xbox",
    "; AFT",  # Fire TV
)
_CARS = ("QtCarBrowser", "Tesla/")


class Device(msgspec.Struct, frozen=True, gc=False):
    """Empty: not known."""

    browser: str = ""
    browser_version: str = ""  # major.minor
    os: str = ""
    os_version: str = ""  # major.minor
    device: str = ""  # Desktop, Mobile, Tablet


UNKNOWN = Device()


def read(user_agent: str) -> Device:
    """Return what is known of the device behind a user agent."""
    return _read(user_agent[:MAX_USER_AGENT_CHARACTERS])


def warm() -> None:
    """Compile the patterns, so that the first hit does not wait for it."""
    read("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=20_000)
def _read(text: str) -> Device:
    if not text:
        return UNKNOWN
    agent = _UserAgent(printable(text))
    family = agent.browser.family
    browser = _BROWSERS.get(family, "")
    os = _SYSTEMS.get(agent.os.family, "")
    return Device(
        browser or _APPS.get(family, ""),
        agent.browser.version_string if browser else "",
        os,
        agent.os.version_string if os else "",
        _device_class(agent),
    )


class _UserAgent(parsers.UserAgent):
    """The rules of user-agents for phones, tablets and desktops, on what ua-parser's compiled patterns found."""

    def __init__(self, text: str) -> None:
        # Not super().__init__: it parses by the slow path.
        result = _parser().parse(text).with_defaults()
        browser, os, device = result.user_agent, result.os, result.device
        self.ua_string = text
        self.browser = parsers.Browser(browser.family, (), _version(browser.major, browser.minor))
        self.os = parsers.OperatingSystem(os.family, (), _version(os.major, os.minor))
        self.device = parsers.Device(device.family, device.brand, device.model)

    def _is_android_tablet(self) -> bool:
        # Phones say Mobile, Opera Mobi or Opera Mini; tablets say none of them.
        return "Mobi" not in self.ua_string and "Opera Mini" not in self.ua_string


def _version(major: str | None, minor: str | None) -> str:
    return ".".join(part for part in (major, minor) if part)[:MAX_VERSION_CHARACTERS]


def _device_class(agent: _UserAgent) -> str:
    text = agent.ua_string
    if any(word in text for word in _TELEVISIONS_AND_CONSOLES):
        return "Desktop"
    if agent.is_tablet or any(word in text for word in _CARS):
        return "Tablet"
    if agent.is_mobile or "Mobi" in text:
        return "Mobile"
    return "Desktop" if agent.is_pc or "X11" in text else ""


@cache
def _parser() -> Parser:
    return Parser(Resolver(load_lazy_builtins()))


def _names() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return ua-parser's name -> ours, for browsers, apps and systems."""
    kinds: dict[str, dict[str, str]] = {"browser": {}, "app": {}, "os": {}}
    for line in files("ingest.enrich").joinpath("data/user_agents.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, name, theirs = line.split("\t")
            kinds[kind] |= dict.fromkeys((family.strip() for family in theirs.split(",")), name)
    return kinds["browser"], kinds["app"], kinds["os"]


_BROWSERS, _APPS, _SYSTEMS = _names()
