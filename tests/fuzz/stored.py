"""Rules that every stored row keeps, whatever was sent. Each is a condition of rows that break it."""

from collections.abc import Mapping, Sequence

from ingest.enrich.url import MAX_PATH_CHARACTERS, MAX_TAG_CHARACTERS
from ingest.request.field_values import (
    MAX_ENGAGEMENT_MS,
    MAX_NAME_CHARACTERS,
    MAX_PROP_KEY_BYTES,
    MAX_PROP_VALUE_BYTES,
    MAX_PROPS,
    MAX_REFERRER_CHARACTERS,
)
from schema.stores.database import Database

_OF_BOTH = (
    "site_id = 0 or visitor_id = 0 or visit_id = 0",
    "expires < day",
    *(f"lengthUTF8(utm_{name}) > {MAX_TAG_CHARACTERS}" for name in ("source", "medium", "campaign", "content", "term")),
    f"lengthUTF8(referrer) > {MAX_REFERRER_CHARACTERS} or position(referrer, '?') > 0",
    "country not in ('') and not match(country, '^[A-Z0-9]{2}$')",
    "device not in ('', 'Desktop', 'Mobile', 'Tablet')",
    "not isValidUTF8(source) or not isValidUTF8(referrer) or not isValidUTF8(hostname)",
    "position(hostname, '/') > 0 or position(hostname, '@') > 0 or length(hostname) > 1024",
)
RULES: Mapping[str, Sequence[str]] = {
    "events": (
        *_OF_BOTH,
        "position = 0",
        f"name = '' or lengthUTF8(name) > {MAX_NAME_CHARACTERS}",
        "not startsWith(path, '/') and path != '' and hostname != '(none)'",  # a URL without a scheme is a path
        f"lengthUTF8(path) > {MAX_PATH_CHARACTERS}",
        "not isValidUTF8(path) or not isValidUTF8(name)",
        f"length(props) > {MAX_PROPS}",
        f"arrayExists(name -> name = '' or length(name) > {MAX_PROP_KEY_BYTES}, mapKeys(props))",
        f"arrayExists(value -> length(value) > {MAX_PROP_VALUE_BYTES}, mapValues(props))",
        "scroll_depth > 100 and scroll_depth != 255",
        f"engagement_ms >= {MAX_ENGAGEMENT_MS}",
        "name != 'engagement' and (scroll_depth != 255 or engagement_ms > 0)",
        "isNull(revenue_amount) != (revenue_currency = '')",
    ),
    "visits": (
        *_OF_BOTH,
        "last < start or duration != dateDiff('second', start, last)",
        "pageviews > events or events = 0",
        "is_bounce = 1 and pageviews > 1",
        "(pageviews = 0) != (entry_page = '')",
    ),
    "drops": ("count = 0", "hour > 23", "reason = ''"),
}


def broken_rules(database: Database) -> list[str]:
    """Return the rules that rows break, with how many of them."""
    broken = []
    for table, rules in RULES.items():
        final = " final" if table == "visits" else ""
        for rule in rules:
            ((count,),) = database.query(f"select count() from {table}{final} where {rule}")
            if count:
                broken.append(f"{count} rows of {table}: {rule}")
    ((doubled,),) = database.query(
        "select count() from (select 1 from events where name != 'engagement'"
        " group by site_id, visit_id, position having count() > 1)"
    )
    return broken + ([f"{doubled} events have the position of another"] if doubled else [])


def rows(database: Database) -> dict[str, int]:
    """Return table -> rows."""
    return {table: database.query(f"select count() from {table}")[0][0] for table in RULES}
