"""Send an alert to a webhook: a POST with a JSON body, signed with the secret of the alert.

The header `Sillage-Signature: t=TIME,v1=HEX` has the time of the attempt in epoch seconds, and the HMAC-SHA256 of
`TIME.BODY`. A receiver that checks both refuses forged bodies, and old ones that somebody sends again.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from dashboard.mail.watch import DROP_WINDOW, Raised
from dashboard.outbound import request
from dashboard.outbound.request import Limits, OutboundError, Resolve
from dashboard.stats.reports.realtime import WINDOW
from schema.mail.alerts import Alert, AlertKind
from schema.sites.sites import Site

_ACCEPTED = range(200, 300)


def body_of(alert: Alert, site: Site, raised: Raised, *, delivery_id: int, url: str) -> bytes:
    """Return the body. url: of the report. delivery_id: the same in every attempt."""
    window = WINDOW if alert.kind is AlertKind.SPIKE else DROP_WINDOW
    return msgspec.json.encode(
        {
            "id": delivery_id,
            "type": f"traffic.{alert.kind}",
            "site": site.domain,
            "at": datetime.fromtimestamp(raised.at, UTC).isoformat(),
            "visitors": raised.visitors,
            "threshold": alert.threshold,
            "minutes": int(window.total_seconds() // 60),
            "pages": raised.pages,
            "sources": raised.sources,
            "url": url,
        }
    )


def headers_of(secret: str, body: bytes, *, now: float) -> Mapping[str, str]:
    """Return the headers of a request. now: epoch seconds."""
    signed = hmac.new(secret.encode(), f"{int(now)}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Sillage-Signature": f"t={int(now)},v1={signed}"}


def send(alert: Alert, body: bytes, *, now: float, limits: Limits, resolve: Resolve | None = None) -> None:
    """Return once the webhook has accepted the body. Raises OutboundError. It blocks."""
    headers = headers_of(alert.secret, body, now=now)
    answer = request.send(alert.target, limits=limits, method="POST", body=body, headers=headers, resolve=resolve)
    if answer.status not in _ACCEPTED:
        raise OutboundError(
            "The webhook answers with status %(status)d. It must answer with 200 to 299.", status=answer.status
        )
