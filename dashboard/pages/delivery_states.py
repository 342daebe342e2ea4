"""What became of a report or an alert, in sentences."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures
from dashboard.services import Services
from schema.mail import deliveries
from schema.mail.deliveries import Delivery, State
from schema.sentence import Count, Sentence
from schema.sites.sites import Site


def sentence(delivery: Delivery | None, zone: ZoneInfo) -> str:
    """Return what became of the last delivery. None: there was none."""
    if delivery is None:
        return _("Nothing sent yet.")
    problem = language.of(delivery.problem) if delivery.problem else ""
    match delivery.state:
        case State.SENT:
            return _("Sent on %(time)s.", time=_moment(delivery.at, zone))
        case State.FAILED:
            return _("Not sent: %(problem)s", problem=problem)
        case State.UNCLEAR:
            return _("The server was interrupted while it sent this. It may not have arrived.")
        case State.WAITING if problem:
            again = _moment(delivery.next_at, zone)
            return _("Not sent yet: %(problem)s Next attempt on %(time)s.", problem=problem, time=again)
    return _("Being sent.")


def warnings(services: Services, site: Site) -> list[Sentence]:
    """Return a warning if something of the last days was not sent, for people who may look into it."""
    since = services.clock() - deliveries.REPORTED_FOR_S
    count = deliveries.lost(services.control, since=since, site_id=site.id)
    if not count:
        return []
    if count == 1:
        return [Sentence("A report or alert of the last seven days was not sent. The settings show why.")]
    return [
        Sentence(
            "%(count)s reports or alerts of the last seven days were not sent. The settings show why.",
            {"count": Count(count)},
        )
    ]


def _moment(at: int, zone: ZoneInfo) -> str:
    return figures.moment(datetime.fromtimestamp(at, zone))
