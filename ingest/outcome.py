"""What becomes of a hit that is not stored. The sender is never told; only counts by site and reason are kept."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a hit is not counted; the values are what `drops` holds."""

    UNKNOWN_SITE = "unknown_site"
    EXCLUDED_NETWORK = "excluded_network"
    BOT = "bot"
    SPAM_REFERRER = "spam_referrer"
    NO_VISIT_FOR_ENGAGEMENT = "no_visit_for_engagement"


@dataclass(frozen=True, slots=True)
class Dropped:
    reason: Reason
    site_id: int = 0  # 0: of no site
    rule: int = 0  # id of the exclusion; 0: of none
