from datetime import date

import pytest

from dashboard.pages.report.bar import Bar, bar, name_of
from tests.dashboard.pages.report.views import NOW, a_view

TODAY = date(2026, 3, 10)


def drawn(query: str = "", *, first_day: date = date(2024, 1, 1)) -> Bar:
    return bar(a_view(query, first_day=first_day), NOW)


@pytest.mark.parametrize(
    ("query", "name", "days"),
    [
        pytest.param("period=day", "Today", "10 Mar", id="today"),
        pytest.param("period=day&date=2026-03-09", "Yesterday", "9 Mar", id="yesterday"),
        pytest.param("period=day&date=2026-03-08", "Sunday", "8 Mar", id="a day before"),
        pytest.param("period=7d", "Last 7 days", "3–9 Mar", id="seven days"),
        pytest.param("period=7d&date=2026-03-03", "7 days", "24 Feb – 2 Mar", id="seven days that are over"),
        pytest.param("period=month", "This month", "1–10 Mar", id="this month"),
        pytest.param("period=month&date=2025-12-01", "December 2025", "1–31 Dec 2025", id="a past month"),
        pytest.param("period=12mo", "Last 12 months", "1 Mar 2025 – 28 Feb 2026", id="months that ended"),
        pytest.param("period=year&date=2025-01-01", "2025", "1 Jan – 31 Dec 2025", id="a past year"),
        pytest.param("period=custom&from=2026-03-01&to=2026-03-04", "Custom", "1–4 Mar", id="dates"),
    ],
)
def test_the_button_names_the_period_and_its_days(query, name, days):
    shown = drawn(query)

    assert (name, days) == (shown.name, shown.days.replace("\u2009", " ").replace(" – ", " – ").replace("– ", "– "))


@pytest.mark.parametrize(
    ("query", "earlier", "later"),
    [
        pytest.param("period=day", "period=day&date=2026-03-09", "", id="today"),
        pytest.param(
            "period=day&date=2026-03-08", "period=day&date=2026-03-07", "period=day&date=2026-03-09", id="a day"
        ),
        pytest.param("period=7d", "period=7d&date=2026-03-03", "", id="the last seven days"),
        pytest.param(
            "period=7d&date=2026-03-03", "period=7d&date=2026-02-24", "period=7d&date=2026-03-10", id="before"
        ),
        pytest.param("period=month", "period=month&date=2026-02-01", "", id="this month"),
        pytest.param(
            "period=month&date=2026-01-01", "period=month&date=2025-12-01", "period=month&date=2026-02-01", id="January"
        ),
        pytest.param("period=year", "period=year&date=2025-01-01", "", id="this year"),
        pytest.param("period=12mo", "period=12mo&date=2025-03-01", "", id="twelve months"),
        pytest.param(
            "period=custom&from=2026-03-01&to=2026-03-04",
            "period=custom&from=2026-02-25&to=2026-02-28",
            "period=custom&from=2026-03-05&to=2026-03-08",
            id="dates",
        ),
        pytest.param("period=all", "", "", id="all time"),
        pytest.param("period=24h", "", "", id="24 hours"),
    ],
)
def test_arrows_lead_to_the_periods_before_and_after(query, earlier, later):
    shown = drawn(f"{query}&f=is,source,Google")

    for url, parameters in ((shown.earlier_url, earlier), (shown.later_url, later)):
        assert url == (f"/example.org?{parameters}&f=is,source,Google" if parameters else "")


def test_no_arrow_leads_to_days_before_the_site():
    assert "" == drawn("period=day", first_day=TODAY).earlier_url


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("period=day", "Today"),
        ("period=yesterday", "Yesterday"),
        ("period=day&date=2026-03-09", "Yesterday"),
        ("period=month&date=2026-02-01", "Last month"),
        ("period=year&date=2025-06-01", "Last year"),
        ("period=91d", "Last 91 days"),
        ("period=24h", "Last 24 hours"),
    ],
)
def test_the_menu_marks_the_chosen_period(query, name):
    links = [link for group in drawn(query).groups for link in group]

    assert [name] == [link.name for link in links if link.is_chosen]


def test_a_chip_names_its_filter_and_removes_it():
    [france, other] = drawn("f=is,country,FR,DE&f=contains_not,page,/a").chips

    assert ("Country", "is", "France or Germany") == (france.dimension, france.op, france.values)
    assert ("Page", "does not contain", "/a") == (other.dimension, other.op, other.values)
    assert france.remove_url == "/example.org?f=contains_not,page,/a"


def test_the_comparison_can_be_turned_off_and_matched_by_weekday():
    shown = drawn("period=7d")

    assert ["No comparison", "Previous period", "Same period last year"] == [link.name for link in shown.comparisons]
    assert [False, True, False] == [link.is_chosen for link in shown.comparisons]
    assert (True, "/example.org?period=7d&match_day_of_week=false") == (shown.is_weekday_matched, shown.weekday_url)
    assert "" == drawn("period=7d&comparison=off").compared


def test_a_past_period_is_not_called_the_last_one():
    assert "7 days" == name_of(a_view("period=7d&date=2026-01-01").period, TODAY)


def test_a_chip_of_a_segment_has_its_name_and_every_chip_can_be_edited():
    [chip] = bar(a_view("period=7d&f=is,segment,7"), NOW, segments={"7": "Readers"}).chips

    assert "Readers" == chip.values
    assert "/example.org/filter?period=7d&edit=0&dimension=segment&f=is,segment,7" == chip.edit_url


@pytest.mark.parametrize(
    ("values", "text"),
    [
        pytest.param("/a,/b", "/a or /b", id="plain values"),
        pytest.param("/%E2%80%AEa,/b", "\u2068/\u202ea\u2069 or /b", id="a character that turns the text"),
        pytest.param("/%D9%85,/b", "\u2068/م\u2069 or /b", id="Arabic"),
        pytest.param("/%E2%80%AEa", "/\u202ea", id="a single value, which its element isolates"),
    ],
)
def test_a_value_of_a_chip_does_not_turn_the_next_one(values, text):
    [chip] = drawn(f"f=is,page,{values}").chips

    assert text == chip.values
