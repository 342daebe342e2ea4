"""Why a hit is dropped. Sillage keeps only counts by site and reason, and browsers never see the reason.

Old rows of `drops` also have `bot` and `excluded_network`, from before there were kinds of bots and of exclusions.
"""

from dataclasses import dataclass
from enum import StrEnum

from schema.privacy.redaction import Kind


class Reason(StrEnum):
    """The values are stored in `drops`.

    WOULD_EXCLUDE: the hit is counted; an exclusion in dry run matches it. GPC, DNT: page views of browsers that ask not
    to be measured. SIGNAL_EVENT: other events of such browsers, so that a count of page views is one. REDACTED: the hit
    is counted; something that identifies a person was replaced in it.
    """

    UNKNOWN_SITE = "unknown_site"
    RATE_LIMITED_CLIENT = "rate_limited_client"
    RATE_LIMITED_SITE = "rate_limited_site"
    EXCLUDED = "excluded"
    WOULD_EXCLUDE = "would_exclude"
    OPTED_OUT = "opted_out"
    DATACENTER = "datacenter"
    THREAT = "threat"
    PREFETCH = "prefetch"
    SPAM_REFERRER = "spam_referrer"
    BOT_AI = "bot_ai"
    BOT_SEARCH = "bot_search"
    BOT_PREVIEW = "bot_preview"
    BOT_MONITORING = "bot_monitoring"
    BOT_SCANNER = "bot_scanner"
    BOT_SEO = "bot_seo"
    HEADLESS = "headless"
    BOT_OTHER = "bot_other"
    NO_VISIT_FOR_ENGAGEMENT = "no_visit_for_engagement"
    UNDECLARED_EVENT = "undeclared_event"
    GPC = "gpc"
    DNT = "dnt"
    SIGNAL_EVENT = "signal_event"
    REDACTED_EMAIL = "redacted_email"
    REDACTED_PHONE = "redacted_phone"
    REDACTED_TOKEN = "redacted_token"  # noqa: S105 - a name
    REDACTED_UUID = "redacted_uuid"
    REDACTED_IBAN = "redacted_iban"
    REDACTED_SSN = "redacted_ssn"


# Never reported in the answer, so nobody outside learns which visitors are internal, or what a site decided.
UNREPORTED = frozenset(
    {Reason.EXCLUDED, Reason.OPTED_OUT, Reason.UNDECLARED_EVENT, Reason.GPC, Reason.DNT, Reason.SIGNAL_EVENT}
)


REDACTED = {kind: Reason(f"redacted_{kind}") for kind in Kind}


@dataclass(frozen=True, slots=True)
class Dropped:
    reason: Reason
    site_id: int = 0  # 0: no site
    rule: int = 0  # id of the exclusion; 0: none


UNKNOWN_SITE = Dropped(Reason.UNKNOWN_SITE)
