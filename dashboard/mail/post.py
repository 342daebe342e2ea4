"""Send what is due: claim reports and alerts that are due, and attempt every delivery whose time has come.

One thread at a time calls it. A failed attempt is repeated after 5 minutes, 30 minutes, 2 hours and 6 hours. If the
mail server can't be reached, the other mails of the round wait for the next one: a server that hangs holds up a minute
at most.
"""

import logging
import threading
from datetime import UTC, date, datetime

from dashboard.mail import alert_letter, compose, due, watch, webhook
from dashboard.mail.letter import Letter
from dashboard.mail.mailer import MailError
from dashboard.outbound.request import OutboundError
from dashboard.services import Services
from schema.mail import alerts, deliveries, subscriptions
from schema.mail.alerts import Alert
from schema.mail.deliveries import Delivery
from schema.mail.subscriptions import Subscription
from schema.sentence import SentenceError
from schema.sites import sites
from schema.sites.sites import Site
from schema.stores.control import ControlUnavailableError
from schema.stores.database import ClickHouseError, DatabaseUnavailableError, QueryLimitError

STOP_S = 5.0  # for the answer to a mail that is being sent
_NO_NUMBERS = (ClickHouseError, DatabaseUnavailableError, QueryLimitError)

_log = logging.getLogger(__name__)


class Post:
    """Sends reports and alerts. What it remembers only saves work: a restart loses nothing."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._is_first_round = True
        self._claimed: dict[int, date] = {}  # the first day of the last report, by subscription
        self._is_stopping = False
        self._idle = threading.Event()
        self._idle.set()

    def stop(self, *, within_s: float = STOP_S) -> None:
        """End the round after the mail that is being sent, or in the midst of it if there is no answer in time."""
        self._is_stopping = True
        if not self._idle.wait(within_s) and self.services.mailer is not None:
            self.services.mailer.stop()

    def go_round(self) -> None:
        """Claim what is due, and send it. Raises ControlUnavailableError."""
        control, now = self.services.control, self.services.clock()
        if self._is_first_round:
            if count := deliveries.note_interrupted(control):
                _log.warning("%d mails were interrupted while they were sent. They may not have arrived.", count)
            deliveries.drop_old(control, now=now)
            self._is_first_round = False
        if self.services.mailer is not None:
            self._claim_reports(datetime.fromtimestamp(now, UTC))
        for delivery in deliveries.due(control, now=now):
            if self._is_stopping or not self._attempt(delivery):
                break

    def look(self) -> None:
        """Claim the alerts that are due. Raises as a query does, ControlUnavailableError."""
        watch.look(self.services)

    def _claim_reports(self, now: datetime) -> None:
        zones = {site.id: site.zone for site in sites.list_all(self.services.control, now=now.timestamp())}
        for subscription in subscriptions.list_all(self.services.control):
            report = due.latest(subscription.kind, zones[subscription.site_id], now)
            if subscription.since < report.at.timestamp() and self._claimed.get(subscription.id) != report.first:
                self._claimed[subscription.id] = report.first
                deliveries.claim_report(self.services.control, subscription, report.first, now=now.timestamp())

    def _attempt(self, delivery: Delivery) -> bool:
        """Send a delivery, and note what became of it. False: the others have to wait, too."""
        control = self.services.control
        self._idle.clear()
        try:
            self._send(delivery)
        except MailError as error:
            self._fail(delivery, error, is_final=error.is_final)
            return error.is_final
        except OutboundError as error:
            self._fail(delivery, error, is_final=False)
            return True
        except _NO_NUMBERS as error:
            _log.warning("A report can't be written now, and is tried again: %s", error)
            self._fail(delivery, MailError("The numbers could not be read."), is_final=False)
            return False
        except ControlUnavailableError:
            raise
        except Exception:  # noqa: BLE001 a report that can't be written must not hold up the others
            _log.exception("A mail could not be written.")
            self._fail(delivery, MailError("The mail could not be written. The log has the reason."), is_final=False)
            return True
        else:
            deliveries.note_sent(control, delivery, now=self.services.clock())
            return True
        finally:
            self._idle.set()

    def _fail(self, delivery: Delivery, error: SentenceError, *, is_final: bool) -> None:
        if self._is_stopping:  # what was not sent is sent after the restart; what perhaps was, is not sent again
            return
        now = self.services.clock()
        if deliveries.note_failure(self.services.control, delivery, error.sentence, now=now, is_final=is_final):
            _log.error("Delivery %d was given up after %d attempts.", delivery.id, delivery.attempts + 1)

    def _send(self, delivery: Delivery) -> None:
        """Raises MailError, OutboundError, or as a query does."""
        if delivery.alert_id is not None:
            self._send_alert(delivery, alerts.by_id(self.services.control, delivery.alert_id))
            return
        subscription = subscriptions.by_id(self.services.control, delivery.subscription_id or 0)
        site = self._site(subscription)
        if subscription is None or site is None:
            raise MailError("The report was removed.", is_final=True)
        letter = compose.of_subscription(self.services, site, subscription, date.fromisoformat(delivery.period))
        self._mail(delivery, subscription.email, letter)

    def _send_alert(self, delivery: Delivery, alert: Alert | None) -> None:
        site = self._site(alert)
        if alert is None or site is None:
            raise MailError("The alert was removed.", is_final=True)
        raised = watch.restored(delivery.content)
        if not alert.is_webhook:
            letter = alert_letter.of_alert(alert, site, raised, base_url=self.services.base_url)
            self._mail(delivery, alert.target, letter)
            return
        if site.privacy.is_exempt:
            raise MailError("The site hands nothing to other systems: its privacy profile is exempt.", is_final=True)
        url = alert_letter.url_of(site, base_url=self.services.base_url)
        body = webhook.body_of(alert, site, raised, delivery_id=delivery.id, url=url)
        deliveries.begin_sending(self.services.control, delivery)
        webhook.send(alert, body, now=self.services.clock(), limits=self.services.webhook_limits)

    def _mail(self, delivery: Delivery, to: str, letter: Letter) -> None:
        if self.services.mailer is None:
            raise MailError("No mail server is set up.")
        self.services.mailer.send(
            to,
            letter.subject,
            letter.text,
            letter.html,
            headers=letter.headers,
            message_id=f"{'alert' if delivery.alert_id else 'report'}-{delivery.id}",
            before_text=lambda: deliveries.begin_sending(self.services.control, delivery),
        )

    def _site(self, whose: Subscription | Alert | None) -> Site | None:
        if whose is None:
            return None
        return sites.by_id(self.services.control, whose.site_id, now=self.services.clock())
