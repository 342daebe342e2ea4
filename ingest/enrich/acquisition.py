"""The attributes of a visit about its origin: referrer, source, campaign and channel."""

from ingest.enrich import channel, source
from ingest.enrich.url import Tags
from schema.privacy.redaction import Kind


def read(referrer: str, tags: Tags, *, hostname: str, named: str = "") -> dict[str, str]:
    """Return attributes of a visit, by their names.

    hostname: of its first page, without www. named: the source, if known by name.
    """
    origin = source.read(referrer, hostname=hostname, tagged=named or tags.utm_source)
    medium = tags.utm_medium or source.click_medium(origin.name, tags.click_id_param)
    return {
        "referrer": origin.referrer,
        "source": origin.name,
        "channel": channel.channel(
            source=origin.name,
            medium=medium,
            campaign=tags.utm_campaign,
            utm_source=tags.utm_source,
            click_id_param=tags.click_id_param,
        ),
        "utm_source": tags.utm_source,
        "utm_medium": medium,
        "utm_campaign": tags.utm_campaign,
        "utm_content": tags.utm_content,
        "utm_term": tags.utm_term,
        "click_id_param": tags.click_id_param,
    }


def redacted(referrer: str, tags: Tags, *, hostname: str) -> tuple[Kind, ...]:
    """Return what was replaced in the attributes that `read` returns."""
    return (*tags.redacted, *source.read(referrer, hostname=hostname, tagged="").redacted)
