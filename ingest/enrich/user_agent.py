"""Browser, operating system and device class from a user agent and client hints.

- A parse takes 15 to 40 microseconds, the first one 0.1 s more (`warm`). The package user-agents alone would use the
  slow path of ua-parser, up to a millisecond.
- Parts of user agents are frozen: Windows 11 reports 10, every recent Mac 10.15, Chrome on Android 10. WebKit reports
  iOS 18.6 or 18.7 on iOS 26 and later; Safari's own version, and what some apps add, has the true one (`_ios_version`).
  Firefox adds nothing, so it stays at 18.7. Chrome and Google's app are not frozen.
- Old Android tablets say Mobile like phones. Only their model distinguishes them.
- Facebook's app can send its fields alone, without a browser's user agent (`_Facebook`).
- Safari on an iPad sends the user agent of a Mac and no hints, so it counts as a Mac. Other browsers and apps on such
  an iPad can be recognized (`_ONLY_ON_AN_IPAD`).
- Some browsers have Chrome's user agent and their own name in the client hints: Brave always, others on some systems.
- Names come from a closed list (data/user_agents.tsv): a visitor must not be able to write into our tables.
"""

import re
import sys
from functools import cache, lru_cache
from importlib.resources import files
from types import ModuleType
from typing import NamedTuple

import msgspec
from ua_parser import Parser, load_lazy_builtins
from ua_parser.regex import Resolver

from ingest.request.client_hints import NO_HINTS, ClientHints
from ingest.request.text import printable

# Keeps user_agents from loading ua-parser's slow parser, unused here: a fifth of a server's start time.
sys.modules.setdefault("ua_parser.user_agent_parser", ModuleType("ua_parser.user_agent_parser"))
from user_agents import parsers  # noqa: E402

MAX_USER_AGENT_CHARACTERS = 512
MAX_VERSION_CHARACTERS = 20
_APP = "Mobile App"
_CHROME_NAMES = frozenset({"Chrome", "Chromium"})
# In a user agent with Macintosh.
_ONLY_ON_AN_IPAD = (" Mobile/", "CriOS/", "FxiOS/", "EdgiOS/", "GSA/")
# Where iOS 26 and later have their version. Each begins with fixed text, which makes the search fast.
_IOS_VERSIONS = tuple(
    re.compile(re.escape(prefix) + r"(2[6-9]|[3-9]\d)(?:[._](\d{1,2}))?(?!\d)")
    for prefix in (
        "like Gecko) Version/",  # Safari and browsers made from it
        ";FBSV/",  # Facebook and Messenger
        "; iOS ",  # Instagram, Snapchat, native apps
        "__os",  # Weibo
    )
)
# MyApp-iOS/4.2 and MyApp for Android/4.2 have the version of the app.
_APP_AND_SYSTEM = re.compile(r"(?:-|\bfor )(?:iOS|Android)/")
_IN_BRACKETS = re.compile(r"\(([^)]*)")

_TELEVISIONS_AND_CONSOLES = (
    "Android TV",
    "Apple TV",
    "AppleTV",
    "BRAVIA",
    "CrKey",
    "GoogleTV",
    "HbbTV",
    "MiTV",
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
    "VIZIO",
    "Web0S",
    "Xbox",
    "; AFT",  # Fire TV
)
_TELEVISION_OR_CONSOLE = re.compile("|".join(map(re.escape, _TELEVISIONS_AND_CONSOLES)))
_CARS = ("QtCarBrowser", "Tesla/")


class Device(msgspec.Struct, frozen=True, gc=False):
    """Empty: unknown."""

    browser: str = ""
    browser_version: str = ""  # major.minor
    os: str = ""
    os_version: str = ""  # major.minor
    device: str = ""  # Desktop, Mobile, Tablet


UNKNOWN = Device()


def read(user_agent: str, hints: ClientHints = NO_HINTS) -> Device:
    """Return the device of a user agent and its client hints."""
    text = user_agent[:MAX_USER_AGENT_CHARACTERS]
    return _read(text) if hints == NO_HINTS else _read_with_hints(text, hints.cut())


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """Return the names of a browser and its system, each empty if unknown."""
    device = read(user_agent)
    return device.browser, device.os


def warm() -> None:
    """Compile the patterns, so the first hit does not have to wait."""
    read("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@lru_cache(maxsize=20_000)
def _read_with_hints(text: str, hints: ClientHints) -> Device:
    device = _read(text)
    browser, version = device.browser, device.browser_version
    if browser in _CHROME_NAMES:
        browser, version = _branded(hints) or (browser, version)
    os = device.os or _PLATFORMS.get(hints.platform_name, "")
    kind = device.device or ("Mobile" if hints.is_mobile else "")
    return Device(browser, version, os, device.os_version, kind)


def _branded(hints: ClientHints) -> tuple[str, str] | None:
    """Return the first known brand other than Chrome, with its version. Web views of apps have no version."""
    for brand, version in hints.brand_versions():
        if name := _BRANDS.get(brand):
            return name, version
        if name := _APP_BRANDS.get(brand):
            return name, ""
    return None


@lru_cache(maxsize=20_000)
def _read(text: str) -> Device:
    if not text:
        return UNKNOWN
    agent = _UserAgent(printable(text))
    browser, version = _browser(agent)
    os, os_version = _system(agent)
    return Device(browser, version, os, os_version, _device_class(agent))


def _browser(agent: "_UserAgent") -> tuple[str, str]:
    if browser_token := _by_token(agent.ua_string, _BROWSER_TOKENS):
        return browser_token
    if app := next((name for token, name in _APP_TOKENS.items() if token in agent.ua_string), ""):
        return app, ""
    family = agent.browser.family
    if family == "Android" and not agent.is_browser:
        return _APP, ""
    if browser := _BROWSERS.get(family):
        return browser, agent.browser.version_string
    return _APPS.get(family, ""), ""


def _system(agent: "_UserAgent") -> tuple[str, str]:
    if agent.is_ipad_as_mac:
        return "iOS", ""
    if "Nintendo" in agent.ua_string:  # one of them has "like iPhone"
        return "", ""
    if system_token := _by_token(agent.ua_string, _SYSTEM_TOKENS):
        return system_token
    if agent.facebook:
        return agent.facebook.system, agent.facebook.version
    os = _SYSTEMS.get(agent.os.family, "")
    version = agent.os.version_string if os else ""
    if not agent.is_browser and _APP_AND_SYSTEM.search(agent.ua_string):
        return os, ""
    return os, _ios_version(agent.ua_string, version) if os == "iOS" else version


def _ios_version(text: str, version: str) -> str:
    """Return the version of iOS, also where the user agent has `version` frozen at 18.6 or 18.7."""
    if not version.startswith("18."):
        return version
    matches = (pattern.search(text) for pattern in _IOS_VERSIONS)
    return next((_version(match[1], match[2]) for match in matches if match), version)


def _by_token(text: str, tokens: dict[str, str]) -> tuple[str, str] | None:
    """Return name and version for the first known token in a text, such as FxiOS/155."""
    for token, name in tokens.items():
        if token in text and (match := re.search(re.escape(token) + r"[/ ](\d+)(?:\.(\d+))?", text)):
            return name, _version(match[1], match[2])
    return None


class _Facebook(NamedTuple):
    """System and kind of device in the fields of one of Meta's apps, as in [FBAN/FB4A;FBDV/SM-S921B;FBSV/16]."""

    system: str
    version: str
    is_tablet: bool

    @classmethod
    def read(cls, text: str) -> "_Facebook | None":
        """Return None if the text is not made of such fields alone."""
        if not text.startswith("[FB"):
            return None
        fields = dict(field.partition("/")[::2] for field in text.strip("[]").split(";"))
        app, system, model = fields.get("FBAN", ""), fields.get("FBSN", ""), fields.get("FBDV", "")
        is_apple = any(name in f"{app} {system}".lower() for name in ("ios", "iphone", "ipad"))
        version = re.match(r"(\d+)(?:\.(\d+))?", fields.get("FBSV", ""))
        is_tablet = fields.get("FBID") == "tablet" or model.startswith("iPad") or _is_tablet_model(model)
        return cls("iOS" if is_apple else "Android", _version(version[1], version[2]) if version else "", is_tablet)


class _UserAgent(parsers.UserAgent):
    """Applies the device rules of user-agents to the results of ua-parser's compiled patterns."""

    def __init__(self, text: str) -> None:
        # Not super().__init__: it uses the slow path.
        result = _parser().parse(text).with_defaults()
        browser, os, device = result.user_agent, result.os, result.device
        self.ua_string: str = text
        self.browser = parsers.Browser(browser.family, (), _version(browser.major, browser.minor))
        self.os = parsers.OperatingSystem(os.family, (), _version(os.major, os.minor))
        self.device = parsers.Device(device.family, device.brand, device.model)
        self.facebook = _Facebook.read(text)

    @property
    def is_browser(self) -> bool:
        """Whether it is a browser's or a web view's, not a native app's."""
        return self.ua_string.startswith(("Mozilla/", "Opera/"))

    @property
    def is_ipad_as_mac(self) -> bool:
        return "Macintosh" in self.ua_string and any(token in self.ua_string for token in _ONLY_ON_AN_IPAD)

    def _is_android_tablet(self) -> bool:
        if not self.is_browser:  # without Mobile on phones too
            return _is_tablet_model(self.ua_string)
        # Phones have Mobile, Opera Mobi or Opera Mini in their user agent. Most tablets have neither.
        if "Mobi" not in self.ua_string and "Opera Mini" not in self.ua_string:
            return True
        system = _IN_BRACKETS.search(self.ua_string)
        return system is not None and _is_tablet_model(system[1])


@lru_cache(maxsize=4096)
def _is_tablet_model(text: str) -> bool:
    return _TABLETS.search(text) is not None


def _version(major: str | None, minor: str | None) -> str:
    version = f"{major}.{minor}" if major and minor else major or minor or ""
    return version[:MAX_VERSION_CHARACTERS]


def _device_class(agent: _UserAgent) -> str:
    text = agent.ua_string
    if _TELEVISION_OR_CONSOLE.search(text):
        return "Desktop"
    if agent.facebook:
        return "Tablet" if agent.facebook.is_tablet else "Mobile"
    if agent.is_tablet or agent.is_ipad_as_mac or any(word in text for word in _CARS):
        return "Tablet"
    if agent.is_mobile or "Mobi" in text:
        return "Mobile"
    return "Desktop" if agent.is_pc or "X11" in text else ""


@cache
def _parser() -> Parser:
    return Parser(Resolver(load_lazy_builtins()))


def _names(kind: str) -> dict[str, str]:
    """Return their names -> ours, of one kind."""
    names: dict[str, str] = {}
    for line in files("ingest.enrich").joinpath("data/user_agents.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            line_kind, name, theirs = line.split("\t")
            if line_kind == kind:
                names |= dict.fromkeys((their_name.strip() for their_name in theirs.split(",")), name)
    return names


_BROWSERS = _names("browser")
_BROWSER_TOKENS = _names("browser token")
_APPS = _names("app")
_APP_TOKENS = _names("app token")
_SYSTEMS = _names("os")
_SYSTEM_TOKENS = _names("os token")
_BRANDS = _names("brand")
_APP_BRANDS = _names("app brand")
_PLATFORMS = _names("platform")
_TABLETS = re.compile("|".join(_names("tablet")))
