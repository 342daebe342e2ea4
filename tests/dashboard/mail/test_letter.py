import re

import pytest

from dashboard import language
from dashboard.mail import letter
from dashboard.mail.report import Box, Line, Report
from dashboard.pages.report.top_stats import Change, Stat
from schema.mail.subscriptions import Kind
from tests.dashboard.desk import Page

HOSTILE = "/<script>alert('x')</script>"
STOP = "https://stats.example/unsubscribe/abc"


def a_report(*, boxes=(), kind=Kind.WEEKLY, note=""):
    stat = Stat("Visitors", "1.2k", "1,234", "1,100", Change("↑ 12%", "up 12%", "good"), "https://s.example/", True)
    sentence = "Last week, example.org had 1,234 visitors, 12% more than the week before."
    return Report(
        kind, "example.org", "2–8 Mar 2026", sentence, note, [stat], boxes, "https://s.example/example.org?a&b"
    )


def a_letter(**changes):
    return letter.of_report(a_report(**changes), email="ben@example.org", stop_url=STOP)


def test_the_subject_is_the_first_sentence_of_both_forms():
    written = a_letter()

    assert written.subject == written.text.splitlines()[0]
    assert f">{written.subject}</h1>" in written.html


def test_the_text_has_what_the_html_has():
    pages = Box("Top pages", [Line("/pricing", "980", "79%", 100, "https://s.example/p"), Line("/", "12", "1%", 2)])
    written = a_letter(boxes=[pages, Box("Sources", (), "None in these days.")], note="Figures are rounded.")
    shown = Page(written.html).text

    for text in ("Weekly report", "2–8 Mar 2026", "Figures are rounded.", "Visitors", "1.2k", "Top pages", "/pricing",
                 "980", "79%", "Sources", "None in these days.", "ben@example.org"):  # fmt: skip
        assert text in written.text
        assert text in shown
    assert "https://s.example/example.org?a&b" in written.text
    assert "https://s.example/example.org?a&amp;b" in written.html


def test_bars_are_cells_of_a_table():
    html = a_letter(boxes=[Box("Pages", [Line("/a", "3", "60%", 60), Line("/b", "5", "100%", 100)])]).html

    assert ["60%", "100%"] == [cell["width"] for cell in Page(html).attributes("td", **{"class": "fill"})]
    assert 1 == len(Page(html).attributes("td", **{"class": "rest"}))


def test_a_mail_loads_nothing_and_runs_nothing():
    html = a_letter(boxes=[Box("Pages", [Line(HOSTILE, "3", "60%", 60, f"https://s.example/?f={HOSTILE}")])]).html

    assert HOSTILE not in html
    assert not re.search(r"<(img|script|link|iframe|object|svg)\b|url\(|@import| src=| background=", html)
    assert "prefers-color-scheme: dark" in html


def test_a_mail_can_be_stopped_with_one_click():
    written = a_letter()

    assert {
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    } == written.headers
    assert STOP in written.text
    assert [STOP] == [link["href"] for link in Page(written.html).attributes("a", href=STOP)]


def test_a_report_that_is_only_looked_at_names_nobody():
    written = letter.of_report(a_report())

    assert {} == written.headers
    assert "This report goes to" not in written.text + written.html


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        pytest.param(Kind.WEEKLY, "Rapport hebdomadaire", id="weekly"),
        pytest.param(Kind.MONTHLY, "Rapport mensuel", id="monthly"),
    ],
)
def test_a_letter_is_in_the_language_of_its_context(kind, heading):
    with language.speaking("fr"):
        written = a_letter(kind=kind)

    assert f"{heading}, 2–8 Mar 2026" in written.text
    assert '<html lang="fr">' in written.html
