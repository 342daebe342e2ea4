"""Signed links: to leave a device of staff out, to see whether one is, and to stop a report by mail.

Nothing is stored of them. They open nothing that would have to be kept from anybody. Those for devices end so that what
was pinned to a wall years ago does not speak for the company any more. Those in mail work as long as the mail is kept.
"""

from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer

from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import Control

DAY_S = 86_400


class LinkError(ValueError):
    """An invalid link; `is_over` if it was valid once."""

    def __init__(self, *, is_over: bool) -> None:
        super().__init__("the link has ended" if is_over else "the link is not one of ours, or was cut short")
        self.is_over = is_over


class Purpose(StrEnum):
    DEVICE = "device"
    CHECK = "check"
    UNSUBSCRIBE = "unsubscribe"


class Links:
    """Makes links and reads them."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, purpose: Purpose, site_id: int, *, until: int) -> str:
        """Return the token of a link for a site. until: epoch seconds."""
        token = self._serializer(purpose).dumps([site_id, until])
        return token if isinstance(token, str) else token.decode()

    def site_of(self, purpose: Purpose, token: str, *, now: float) -> int:
        """Return the id of the site a link is for. Raises LinkError. now: epoch seconds."""
        try:
            site_id, until = self._serializer(purpose).loads(token)
        except BadSignature:
            raise LinkError(is_over=False) from None
        if now >= until:
            raise LinkError(is_over=True)
        return int(site_id)

    def of_subscription(self, subscription_id: int) -> str:
        """Return the token of a link that stops a report."""
        token = self._serializer(Purpose.UNSUBSCRIBE).dumps(subscription_id)
        return token if isinstance(token, str) else token.decode()

    def subscription_of(self, token: str) -> int:
        """Return the id of the subscription that a link stops. Raises LinkError."""
        try:
            return int(self._serializer(Purpose.UNSUBSCRIBE).loads(token))
        except BadSignature:
            raise LinkError(is_over=False) from None

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(self._key, salt=purpose.value)


def site_of_link(control: Control, links: Links, purpose: Purpose, token: str, *, now: float) -> Site:
    """Return the site a link is for. Raises LinkError, also if the site was removed. now: epoch seconds."""
    site = sites.by_id(control, links.site_of(purpose, token, now=now), now=now)
    if site is None:
        raise LinkError(is_over=True)
    return site
