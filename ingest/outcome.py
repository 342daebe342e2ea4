"""What becomes of a hit that is not stored. The sender is never told; only counts by site and reason are kept.

`bot` stands in rows that were written before kinds of bots were told apart, and `excluded_network` in those from before
exclusions looked at more than networks. They are no reasons any more; whoever reads `drops` still meets them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a hit is not counted; the values are what `drops` holds. WOULD_EXCLUDE: it is, a rule was only tried."""

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


# Of these the answer says nothing, so that nobody learns from outside who is internal.
UNTOLD = frozenset({Reason.EXCLUDED, Reason.OPTED_OUT})


@dataclass(frozen=True, slots=True)
class Dropped:
    reason: Reason
    site_id: int = 0  # 0: of no site
    rule: int = 0  # id of the exclusion; 0: of none


UNKNOWN_SITE = Dropped(Reason.UNKNOWN_SITE)
