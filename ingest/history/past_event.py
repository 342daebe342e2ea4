"""Parse one line of an import file into a past event.

Fields have the names of the Events API and of exports. A visitor is any text: like an address, it is hashed at once
and never stored. For a site with the profile `exempt`, lines are reduced like live events before anything is staged.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from ingest import exempt
from ingest.enrich import acquisition, properties, url
from ingest.enrich.url_parts import MAX_HOST_CHARACTERS, host
from ingest.request import field_values
from ingest.request.client_ip import pack
from ingest.request.text import printable
from ingest.visits import visitor
from schema.days.local_day import LocalDay, local_day
from schema.privacy.redaction import clean
from schema.records.event import ENGAGEMENT, NO_SCROLL_DEPTH, PAGEVIEW
from schema.records.visit import Attributes
from schema.sites import path_rules, referrers
from schema.sites.sites import Site

MAX_TEXT_CHARACTERS = 100  # of names and versions of browsers and systems, regions and cities
MAX_VISITOR_CHARACTERS = 1000
DEVICES = {"": "", "Desktop": "Desktop", "Laptop": "Desktop", "Mobile": "Mobile", "Tablet": "Tablet"}

_EARLIEST_S, _LATEST_S = 0, 2**32 - 1
_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_COUNTRY, _REGION = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


class PastEventError(ValueError):
    """A line is rejected. The message follows the line number."""


class OlderEventError(PastEventError):
    """An event is older than the retention of its site."""

    def __init__(self, message: str, *, day: int) -> None:
        """day: the local day of the event, days since 1970-01-01."""
        super().__init__(message)
        self.day = day


class PastEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event that is not assigned to a visit yet."""

    day: int  # local day, days since 1970-01-01
    time: int  # epoch seconds
    visitor_id: int  # of the day
    previous_id: int  # of the same visitor on the day before
    name: str
    hostname: str
    path: str
    props: dict[str, str]
    interactive: bool
    scroll_depth: int
    engagement_ms: int
    revenue_amount: Decimal | None
    revenue_currency: str
    attributes: Attributes  # of a visit that begins with this event


class Reader:
    """Reads the lines of one file."""

    def __init__(self, site: Site, *, salt: bytes, now: int) -> None:
        """salt: random bytes for this import only. now: epoch seconds. Later or expired events are rejected.

        first_day: the first day that the site keeps, days since 1970-01-01.
        """
        self._site = site
        self._zone = site.zone
        self._is_exempt = site.privacy.is_exempt
        self._ignores = referrers.test(site.ignored_referrers)
        self._stored_path = path_rules.rewriter(site.path_rules)
        self._salt = salt
        self._now = now
        self.first_day = local_day(now, self._zone).number - site.retention_days + 1
        self._days: list[LocalDay] = [LocalDay(0, 0, 0)]
        self._keys: dict[int, Any] = {}

    def read(self, number: int, fields: Mapping[str, Any]) -> PastEvent:
        """Return the event of a line. Without a visitor, each line is a new visitor. Raises PastEventError."""
        name, props, depth, engagement_ms = _what(fields)
        if not self._site.privacy.stores_event(name):
            raise PastEventError("name is not declared as an event of this site, whose profile is exempt")
        time = _time(fields.get("time"))
        day = self._day(time)
        page = _page(fields, with_tags=self._site.privacy.stores_campaigns)
        prefix, text = (
            ("v", _text(fields, "visitor", MAX_VISITOR_CHARACTERS)) if fields.get("visitor") else ("l", f"{number}")
        )
        revenue = field_values.revenue(fields.get("revenue"))
        if revenue is None and fields.get("revenue"):
            raise PastEventError('revenue must be {"amount": a number, "currency": three letters}')
        if self._is_exempt:
            props, revenue = {}, None
        else:
            name = properties.cleaned_text(name).text
            props, _ = properties.cleaned(props, keeps_queries=self._site.privacy.keeps_link_queries)
        return PastEvent(
            day=day,
            time=time,
            visitor_id=self._visitor(day, prefix + text, page.hostname),
            previous_id=self._visitor(day - 1, prefix + text, page.hostname),
            name=name,
            hostname=page.hostname,
            path=page.path if self._stored_path is None else self._stored_path(page.path),
            props=props,
            interactive=not field_values.is_false(fields.get("interactive")),
            scroll_depth=depth,
            engagement_ms=engagement_ms,
            revenue_amount=revenue.amount if revenue else None,
            revenue_currency=revenue.currency if revenue else "",
            attributes=self._attributes(fields, page),
        )

    def _attributes(self, fields: Mapping[str, Any], page: url.Page) -> Attributes:
        if not self._is_exempt:
            return _attributes(fields, page, ignores=self._ignores)
        unread = {*_TAGS, "click_id_param"}
        if not self._site.privacy.stores_acquisition:
            unread |= {"referrer", "source"}
        read = {name: value for name, value in fields.items() if name not in unread}
        return exempt.reduced(_attributes(read, page, ignores=self._ignores), self._site.privacy)

    def _day(self, time: int) -> int:
        if time > self._now:
            raise PastEventError("time is in the future")
        day = self._days[0]
        if not day.start <= time < day.end:
            day = self._days[0] = local_day(time, self._zone)
        if day.number < self.first_day:
            raise OlderEventError(
                f"time is more than {self._site.retention_days} days ago, for which events are kept", day=day.number
            )
        return day.number

    def _visitor(self, day: int, text: str, hostname: str) -> int:
        key = self._keys.get(day)
        if key is None:
            key = self._keys[day] = visitor.keyed_for_day(self._salt, day)
        return visitor.visitor_id(
            key,
            site_id=self._site.id,
            address=self._shortened(text).encode("utf-8", "surrogatepass"),
            user_agent="",
            domain=url.registrable_domain(hostname),
        )

    def _shortened(self, text: str) -> str:
        """Return the text of a visitor, without its end if it is an address and the site is exempt."""
        address = pack(text[1:]) if self._is_exempt else b""
        return exempt.network(address).hex() if address else text


def _what(fields: Mapping[str, Any]) -> tuple[str, dict[str, str], int, int]:
    """Return name, properties, scroll depth in percent and engagement in milliseconds."""
    errors: dict[str, list[str]] = {}
    name = field_values.checked_name(fields.get("name", PAGEVIEW), errors)
    props = field_values.checked_props(fields.get("props"), errors)
    for field, (problem, *_) in errors.items():
        raise PastEventError(f"{'name' if field == 'event_name' else field} {problem}")
    if name != ENGAGEMENT:
        return name, props, NO_SCROLL_DEPTH, 0
    depth, engagement_ms = (
        field_values.scroll_depth(fields.get("scroll_depth")),
        field_values.engagement_ms(fields.get("engagement_time")),
    )
    if depth == NO_SCROLL_DEPTH and not engagement_ms:
        raise PastEventError("engagement needs a scroll_depth or an engagement_time")
    return name, props, depth, engagement_ms


def _time(value: Any) -> int:
    """Parse ISO 8601 (UTC by default) or epoch milliseconds. Returns epoch seconds."""
    if value is None or value == "":
        raise PastEventError("time is missing")
    milliseconds = field_values.integer(value)
    try:
        if milliseconds is not None:
            seconds = milliseconds // 1000
        else:
            moment = datetime.fromisoformat(value)
            seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (TypeError, ValueError, OverflowError):
        raise PastEventError("time must be as in 2026-03-10T12:00:00Z, or milliseconds since 1970") from None
    if not _EARLIEST_S <= seconds <= _LATEST_S:
        raise PastEventError("time must lie between 1970 and 2106")
    return seconds


def _page(fields: Mapping[str, Any], *, with_tags: bool) -> url.Page:
    address = _text(fields, "url", 4 * url.MAX_PATH_CHARACTERS)
    if address:
        return url.read(address, hash_mode=False, with_tags=with_tags)
    hostname, path = _text(fields, "hostname", MAX_HOST_CHARACTERS), _text(fields, "pathname", url.MAX_PATH_CHARACTERS)
    if not hostname or not path:
        raise PastEventError("url is missing, or hostname and pathname")
    path, _ = url.clean_path(printable(path.partition("?")[0]))
    return url.Page(host(hostname) or url.NO_HOST, path.rstrip() or "/", url.NO_TAGS)


def _attributes(fields: Mapping[str, Any], page: url.Page, *, ignores: referrers.Test) -> Attributes:
    """ignores: whether a referring page is never a source of the site."""
    tags = page.tags
    named_tags = {name: _tag(fields, name) or getattr(tags, name) for name in _TAGS}
    click = _text(fields, "click_id_param", MAX_TEXT_CHARACTERS) or tags.click_id_param
    if click and click not in url.CLICK_IDS:
        raise PastEventError(f"click_id_param must be one of {', '.join(url.CLICK_IDS)}, and never what it was set to")
    referrer = _text(fields, "referrer", 4 * url.MAX_PATH_CHARACTERS)
    if referrer and "://" not in referrer:
        referrer = f"https://{referrer}"
    city = fields.get("city")
    return Attributes(
        **acquisition.read(
            "" if ignores(referrers.page_of(referrer)) else referrer,
            replace(tags, **named_tags, click_id_param=click),
            hostname=page.hostname,
            named=_tag(fields, "source"),
        ),
        country=_code(fields, "country", _COUNTRY, "two letters, as in FR"),
        region=_code(fields, "subdivision1", _REGION, "a code of ISO 3166-2, as in FR-75"),
        region_name=_short(fields, "region_name"),
        city=_city(city),
        city_name=_short(fields, "city_name"),
        browser=_short(fields, "browser"),
        browser_version=_short(fields, "browser_version"),
        os=_short(fields, "os"),
        os_version=_short(fields, "os_version"),
        device=_device(fields),
    )


def _text(fields: Mapping[str, Any], name: str, max_characters: int) -> str:
    value = fields.get(name)
    if value is None or value == "":
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise PastEventError(f"{name} must be a text")
    text = str(value)
    if len(text) > max_characters:
        raise PastEventError(f"{name} has more than {max_characters:,} characters")
    return text


def _short(fields: Mapping[str, Any], name: str, max_characters: int = MAX_TEXT_CHARACTERS) -> str:
    return printable(_text(fields, name, max_characters)).strip()


def _tag(fields: Mapping[str, Any], name: str) -> str:
    return clean(_short(fields, name, url.MAX_TAG_CHARACTERS)).text


def _code(fields: Mapping[str, Any], name: str, form: re.Pattern[str], described: str) -> str:
    code = _short(fields, name).upper()
    if code and not form.fullmatch(code):
        raise PastEventError(f"{name} must be {described}")
    return code


def _city(value: Any) -> int:
    number = field_values.integer(value) if value else 0
    if number is None or not 0 <= number < 2**32:
        raise PastEventError("city must be a number of GeoNames; a name goes into city_name")
    return number


def _device(fields: Mapping[str, Any]) -> str:
    device = DEVICES.get(_short(fields, "screen_size"))
    if device is None:
        raise PastEventError("screen_size must be Desktop, Mobile or Tablet")
    return device
