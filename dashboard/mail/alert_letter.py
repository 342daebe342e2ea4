"""The mail of an alert: one sentence, and for many visitors what they read and where they came from."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from dashboard import language
from dashboard.language import gettext as _
from dashboard.language import ngettext
from dashboard.mail.letter import Letter
from dashboard.mail.watch import Raised, Row
from dashboard.pages import figures, template
from schema.mail.alerts import Alert, AlertKind
from schema.sites.sites import Site


def of_alert(alert: Alert, site: Site, raised: Raised, *, base_url: str) -> Letter:
    """Return the mail in the language of the alert."""
    with language.speaking(alert.language):
        sentence = sentence_of(alert, site, raised)
        boxes = [(_("Top pages"), raised.pages), (_("Sources"), raised.sources)]
        url = url_of(site, base_url=base_url)
        settings_url = f"{url}/settings/alerts"
        html = template.rendered(
            "_mail_alert",
            lang=language.current(),
            sentence=sentence,
            boxes=[box for box in boxes if box[1]],
            url=url,
            settings_url=settings_url,
        )
        lines = _lines(sentence, boxes, url, settings_url)
        return Letter(sentence, "\n".join(lines) + "\n", html.strip() + "\n", {})


def url_of(site: Site, *, base_url: str) -> str:
    """Return the URL of the report."""
    return base_url + quote(f"/{site.domain}", safe="/:")


def sentence_of(alert: Alert, site: Site, raised: Raised) -> str:
    """Return what happened, with the time: a mail may arrive late."""
    time = figures.moment(datetime.fromtimestamp(raised.at, site.zone))
    number, values = figures.exact(raised.visitors), {"site": site.title, "time": time}
    if alert.kind is AlertKind.SPIKE:
        return ngettext(
            "%(site)s had %(number)s visitor in the five minutes before %(time)s.",
            "%(site)s had %(number)s visitors in the five minutes before %(time)s.",
            raised.visitors,
            number=number,
            **values,
        )
    if not raised.visitors and site.privacy.is_exempt:
        return _("%(site)s had fewer than ten visitors in the twelve hours before %(time)s.", **values)
    if not raised.visitors:
        return _("%(site)s had no visitors in the twelve hours before %(time)s.", **values)
    return ngettext(
        "%(site)s had only %(number)s visitor in the twelve hours before %(time)s.",
        "%(site)s had only %(number)s visitors in the twelve hours before %(time)s.",
        raised.visitors,
        number=number,
        **values,
    )


def _lines(sentence: str, boxes: list[tuple[str, list[Row]]], url: str, settings_url: str) -> Iterator[str]:
    yield sentence
    for title, rows in boxes:
        if rows:
            yield from ("", title, *(f"{figures.exact(row.visitors):>8}  {row.name}" for row in rows))
    yield from ("", _("The whole report:"), url, "", "-- ", _("Change or remove this alert:"), settings_url)
