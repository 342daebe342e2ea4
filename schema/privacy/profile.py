"""The privacy settings of a site: its profile, and what the site decides within it.

`exempt` follows the criteria of the French regulator's self-assessment for audience measurement without consent (July
2025, as independent records describe them). `standard` stores what Plausible stores, with tighter defaults.
"""

import re
from datetime import date
from itertools import count
from typing import Literal

import msgspec

from schema.sentence import SentenceError

ProfileName = Literal["standard", "exempt"]
STANDARD: ProfileName = "standard"
EXEMPT: ProfileName = "exempt"

DEFAULT_MONTHS = {STANDARD: 25, EXEMPT: 13}
MAX_MONTHS = {STANDARD: 600, EXEMPT: 25}
DAYS_A_MONTH = 365.25 / 12
MAX_DECLARED_EVENTS = 100
MAX_EVENT_CHARACTERS = 120
MAX_TEXT_CHARACTERS = 300
UNIT = 10  # exempt: figures are rounded to multiples of it, and smaller groups folded
MAX_FILTERS = 2  # exempt: of a question

BUILT_IN = frozenset({"pageview", "engagement"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class PrivacyError(SentenceError):
    """Privacy settings are invalid. The message is shown to the user."""


def _check_day(text: str) -> None:
    if text and not _DATE.fullmatch(text):
        raise PrivacyError("%(text)r is not a date: enter it like 2026-11-30", text=text[:20])
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError:
        raise PrivacyError("%(text)r is not a date: enter it like 2026-11-30", text=text[:20]) from None


class Privacy(msgspec.Struct, frozen=True, omit_defaults=True):
    """Privacy settings of one site. Raises PrivacyError if they contradict each other."""

    profile: ProfileName = STANDARD
    exempt_since: str = ""  # local day of the switch to `exempt`, YYYY-MM-DD; empty in `standard`
    retention_months: int = DEFAULT_MONTHS[STANDARD]
    counts_months: int = 0  # retention of the daily counts; 0: as long as the rows
    shows_acquisition: bool = False  # exempt: stores source and referrer host, and reports on them
    declared_events: tuple[str, ...] = ()  # exempt: names of the features whose use is counted
    honors_gpc: bool = False  # standard; always honored in `exempt`
    honors_dnt: bool = False
    keeps_link_queries: bool = False  # standard: query strings of outbound links and downloads
    controller: str = ""  # name and address of the controller, for the papers
    contact: str = ""  # for requests of data subjects, for the papers
    reviewed_on: str = ""  # of the last yearly review, YYYY-MM-DD; empty: never

    def __post_init__(self) -> None:
        if not 1 <= self.retention_months <= MAX_MONTHS[self.profile]:
            raise PrivacyError(
                "the retention must be from 1 to %(most)s months in the profile %(profile)s",
                most=MAX_MONTHS[self.profile],
                profile=self.profile,
            )
        if self.counts_months and not self.retention_months <= self.counts_months <= MAX_MONTHS[self.profile]:
            raise PrivacyError(
                "daily counts must be kept from %(least)s months, as long as the events, to %(most)s months",
                least=self.retention_months,
                most=MAX_MONTHS[self.profile],
            )
        if len(self.declared_events) > MAX_DECLARED_EVENTS:
            raise PrivacyError("declare at most %(most)s events", most=MAX_DECLARED_EVENTS)
        for name in self.declared_events:
            if not 1 <= len(name) <= MAX_EVENT_CHARACTERS or name in BUILT_IN or name != name.strip():
                raise PrivacyError("%(name)r can't be declared: enter the name of a custom event", name=name[:50])
        for text in (self.controller, self.contact):
            if len(text) > MAX_TEXT_CHARACTERS:
                raise PrivacyError("a text can have at most %(most)s characters", most=MAX_TEXT_CHARACTERS)
        for day in (self.exempt_since, self.reviewed_on):
            _check_day(day)

    @property
    def is_exempt(self) -> bool:
        return self.profile == EXEMPT

    @property
    def months_of_counts(self) -> int:
        """The retention of the daily counts, in months."""
        return self.counts_months or self.retention_months

    @property
    def obeys_gpc(self) -> bool:
        """True if hits with the signal Global Privacy Control are not stored."""
        return self.is_exempt or self.honors_gpc

    @property
    def stores_campaigns(self) -> bool:
        """True if campaign parameters and the names of click identifiers are read."""
        return not self.is_exempt

    @property
    def stores_acquisition(self) -> bool:
        """True if referrers and sources are stored and reported."""
        return not self.is_exempt or self.shows_acquisition

    def stores_event(self, name: str) -> bool:
        """Return whether an event is stored. Only `exempt` refuses names."""
        return not self.is_exempt or name in BUILT_IN or name in self.declared_events


DEFAULT = Privacy()


def of_profile(name: ProfileName, *, today: date) -> Privacy:
    """Return the settings of a new site with a profile. today: its local day."""
    since = today.isoformat() if name == EXEMPT else ""
    return Privacy(profile=name, exempt_since=since, retention_months=DEFAULT_MONTHS[name])


def retention_days(months: int) -> int:
    """Return the days after which events of a site are deleted: 761 for 25 months."""
    return round(months * DAYS_A_MONTH)


def months_of(days: int) -> int:
    """Return the fewest months with at least so many days."""
    return next(months for months in count(int(days / DAYS_A_MONTH)) if retention_days(months) >= days)


def written(privacy: Privacy) -> str:
    """Return settings as JSON without defaults, as they are stored."""
    return msgspec.json.encode(privacy).decode()


read = msgspec.json.Decoder(Privacy).decode
