"""The channel of a visit: one of nineteen, by the first rule that matches.

The order matters: `cpm` is Display even on a search engine. Rules and order are Plausible's, with Google Analytics 4's
definitions of paid and shopping. The kinds of sources are Sillage's (data/channels.tsv). Comparisons ignore case.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

_SHOP = re.compile(r"(?:^|[^a-df-z])shop|shopping")
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_REFERRAL = frozenset({"referral", "app", "link"})
# Google sends gbraid and wbraid in place of gclid for clicks on iPhones.
_PAID_CLICKS = frozenset({("google", "gclid"), ("google", "gbraid"), ("google", "wbraid"), ("bing", "msclkid")})
_EMAIL_WORDS = ("email", "e-mail", "e_mail", "e mail", "newsletter")


def channel(*, source: str, medium: str, campaign: str, utm_source: str, click_id_param: str) -> str:
    """Return the channel of a visit, `Direct` if nothing is known.

    source: its name, from source.py. click_id_param: the parameter's name.
    """
    return _channel(source, medium, campaign, utm_source, click_id_param)


class _Origin(NamedTuple):
    """All in lower case."""

    source: str
    medium: str
    campaign: str
    utm_source: str
    click_id_param: str

    def is_a(self, kind: str) -> bool:
        return self.source in _KINDS[kind]

    def has_paid_medium(self) -> bool:
        medium = self.medium
        return "cp" in medium or medium.startswith("paid") or medium in ("ppc", "retargeting")

    def is_paid(self) -> bool:
        return self.has_paid_medium() or self.utm_source in _KINDS["paid"]

    def is_paid_click(self) -> bool:
        return (self.source, self.click_id_param) in _PAID_CLICKS

    def is_shopping(self) -> bool:
        return self.is_a("shopping") or ("shop" in self.campaign and _SHOP.search(self.campaign) is not None)

    def is_email(self) -> bool:
        return self.is_a("email") or any(word in self.utm_source or word in self.medium for word in _EMAIL_WORDS)

    def is_push(self) -> bool:
        medium = self.medium
        return medium.endswith("push") or "mobile" in medium or "notification" in medium or self.source == "firebase"


_RULES: tuple[tuple[str, Callable[[_Origin], bool]], ...] = (
    ("Cross-network", lambda visit: "cross-network" in visit.campaign),
    ("Display", lambda visit: visit.medium in _DISPLAY),
    ("Paid Shopping", lambda visit: visit.is_shopping() and visit.has_paid_medium()),
    ("Paid Search", lambda visit: (visit.is_a("search") and visit.is_paid()) or visit.is_paid_click()),
    ("Paid Social", lambda visit: visit.is_a("social") and visit.is_paid()),
    ("Paid Video", lambda visit: visit.is_a("video") and visit.is_paid()),
    ("Paid Other", lambda visit: visit.has_paid_medium()),
    ("Organic Shopping", lambda visit: visit.is_shopping()),
    ("Organic Social", lambda visit: visit.is_a("social") or visit.medium in _SOCIAL),
    ("Organic Video", lambda visit: visit.is_a("video") or "video" in visit.medium),
    ("AI Assistants", lambda visit: visit.is_a("ai")),
    ("Organic Search", lambda visit: visit.is_a("search")),
    ("Email", lambda visit: visit.is_email()),
    ("Affiliates", lambda visit: visit.medium == "affiliate"),
    ("Audio", lambda visit: visit.medium == "audio"),
    ("SMS", lambda visit: "sms" in (visit.utm_source, visit.medium)),
    ("Mobile Push Notifications", lambda visit: visit.is_push()),
    ("Referral", lambda visit: bool(visit.source) or visit.medium in _REFERRAL),
    ("Direct", lambda _visit: True),
)


@lru_cache(maxsize=8192)
def _channel(*texts: str) -> str:
    origin = _Origin(*(text.lower() for text in texts))
    return next(name for name, matches in _RULES if matches(origin))


def _kinds() -> dict[str, frozenset[str]]:
    """Return kind -> names in lower case."""
    kinds: dict[str, set[str]] = {}
    for line in files("ingest.enrich").joinpath("data/channels.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, names = line.split("\t")
            kinds.setdefault(kind, set()).update(name.strip().lower() for name in names.split(","))
    return {kind: frozenset(names) for kind, names in kinds.items()}


_KINDS = _kinds()
