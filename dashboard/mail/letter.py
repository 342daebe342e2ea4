"""A mail as it is sent: subject, plain text, HTML and headers, in the language of the context.

The HTML is made for mail clients: tables, inline styles, no images, nothing loaded from elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard import language
from dashboard.language import gettext as _
from dashboard.mail.report import Box, Report
from dashboard.pages import template
from schema.mail.subscriptions import Kind

_INDENTATION = re.compile(r"\s*\n\s*")  # a third of the mail


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def of_report(report: Report, *, email: str = "", stop_url: str = "") -> Letter:
    """Return the mail with a report. email, stop_url: of the person it is for; empty: only to look at."""
    heading = _("Weekly report") if report.kind is Kind.WEEKLY else _("Monthly report")
    html = template.rendered(
        "_mail_report",
        lang=language.current(),
        heading=heading,
        report=report,
        url=report.url,
        email=email,
        stop_url=stop_url,
    )
    headers = {"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Letter(
        subject=report.sentence,
        text="\n".join(_lines(report, heading, email=email, stop_url=stop_url)) + "\n",
        html=_INDENTATION.sub("\n", html).strip() + "\n",
        headers=headers if stop_url else {},
    )


def _lines(report: Report, heading: str, *, email: str, stop_url: str) -> Iterator[str]:
    yield report.sentence
    yield ""
    yield f"{heading}, {report.days}"
    if report.note:
        yield report.note
    yield ""
    width = max(len(stat.name) for stat in report.stats)
    for stat in report.stats:
        change = f"  ({stat.change.words})" if stat.change else ""
        yield f"{stat.name:<{width}}  {stat.value:>8}{change}"
    for box in report.boxes:
        yield from ("", box.title, *_lines_of_box(box))
    yield from ("", _("The whole report:"), report.url)
    if stop_url:
        yield from ("", "-- ", _("This report goes to %(email)s. Stop it:", email=email), stop_url)


def _lines_of_box(box: Box) -> Iterator[str]:
    if box.note:
        yield box.note
    for line in box.lines:
        yield f"{line.number:>8}  {line.share:>6}  {line.label}"
