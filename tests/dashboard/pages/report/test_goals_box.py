import re

import pytest

from schema.measures import custom_props, funnels, goals
from schema.measures.funnels import Funnel
from schema.measures.goals import Goal
from tests.dashboard.desk import Page
from tests.factories import an_event, store, views


@pytest.fixture
def busy(desk, database, site):
    """Give a browser, and a site with events of four kinds in the last 28 days."""
    store(
        database,
        [
            *views("/", "/pricing", "/order", start="2026-03-02 08:00", site_id=site.id, country="FR"),
            *views("/", "/pricing", start="2026-03-02 09:00", site_id=site.id, country="DE"),
            an_event(name="Signup", props={"plan": "pro"}, time="2026-03-02 10:00", site_id=site.id),
            an_event(name="Signup", props={"plan": "<free>"}, time="2026-03-02 11:00", site_id=site.id),
            an_event(
                name="Outbound Link: Click",
                props={"url": "https://a.example/"},
                time="2026-03-02 12:00",
                site_id=site.id,
            ),
        ],
    )
    return desk


@pytest.fixture
def sale(busy, site):
    """Give a funnel of two pages, the only one of the site."""
    return a_funnel(busy, site.id, "Sale", "/pricing", "/order")


def a_funnel(desk, site_id: int, name: str, *paths: str) -> Funnel:
    steps = [goals.put(desk.control, goals.new(site_id, page_path=path)) for path in paths]
    return funnels.add(desk.control, site_id, name, steps)


def signup(desk, site) -> Goal:
    return goals.add(desk.control, goals.new(site.id, event_name="Signup"))


def section(page: Page) -> Page:
    """Return the box alone."""
    return Page('<section id="goals"' + page.html.split('id="goals"')[1].split("</section>")[0] + "</section>")


def tabs(page: Page) -> list[tuple[str, bool]]:
    """Return the titles of the tabs, and which is open."""
    head = section(page).html.split('class="box-tabs"')[1].split("</nav>")[0]
    return [(title, "aria-current" in attributes) for attributes, title in re.findall(r"<a ([^>]+)>([^<]+)</a>", head)]


@pytest.mark.parametrize("tab", ["conversions", "properties", "journeys"])
def test_a_link_leads_to_each_tab(busy, site, tab):
    page = busy.page(f"/{site.domain}")
    (link,) = section(page).attributes("a", href=f"/{site.domain}?goals={tab}#goals")

    assert [tab.capitalize()] == [title for title, is_open in tabs(busy.page(link["href"])) if is_open]


def test_without_a_funnel_a_link_leads_to_the_form(busy, site):
    signup(busy, site)
    page = busy.page(f"/{site.domain}")
    form = f"/{site.domain}/settings/funnels?next=/{site.domain}%3Fgoals%3Dfunnels#add"

    assert section(page).attributes("a", href=form)
    assert "Funnels" not in dict(tabs(page))
    assert "This site has no funnels yet." in section(busy.page(f"/{site.domain}?goals=funnels")).text


def test_with_a_funnel_the_tab_shows_it(busy, site, sale):
    page = busy.page(f"/{site.domain}?goals=funnels")

    assert ("Funnels", True) in tabs(page)
    assert "2 of 5 visitors began (40%), 1 reached the end (50% of them)." in section(page).text
    assert section(page).attributes("a", href=f"/{site.domain}?goals=funnels&f=is,goal,Visit%20/order")
    assert not section(page).attributes("a", href=f"/{site.domain}/settings/funnels")


def test_a_funnel_is_chosen_by_a_link(busy, site, sale):
    other = a_funnel(busy, site.id, "Other", "/", "/order")
    url = f"/{site.domain}?goals=funnels&funnel={other.id}#goals"

    assert section(busy.page(f"/{site.domain}?goals=funnels")).attributes("a", href=url)
    assert section(busy.page(url)).attributes("a", href=url, **{"aria-current": "true"})


def test_a_funnel_refuses_a_filter_by_page_in_a_sentence(busy, site, sale):
    page = section(busy.page(f"/{site.domain}?goals=funnels&f=is,page,/order"))

    assert "A funnel cannot be filtered by a goal or a page: its steps are goals already." in page.text
    assert page.attributes("a", href=f"/{site.domain}?goals=funnels#goals")


def test_properties_show_the_values_of_one(busy, site):
    page = section(busy.page(f"/{site.domain}?goals=properties"))

    assert "plan Visitors Events Share" in page.text
    assert "<free> 1 1 20%" in page.text
    assert page.attributes("a", href=f"/{site.domain}?goals=properties&property=url#goals")
    assert page.attributes("a", href=f"/{site.domain}?goals=properties&f=is,props:plan,pro")


def test_the_property_of_the_url_is_shown(busy, site):
    page = section(busy.page(f"/{site.domain}?goals=properties&property=url"))

    assert "https://a.example/ 1 1 20%" in page.text


def test_with_a_goal_properties_are_those_of_its_events(busy, site):
    signup(busy, site)
    page = section(busy.page(f"/{site.domain}?goals=properties&f=is,goal,Signup"))

    assert "pro 1 1 20%" in page.text
    assert not page.attributes("a", href=f"/{site.domain}?goals=properties&property=url&f=is,goal,Signup#goals")


def test_a_site_may_show_some_of_its_properties(busy, site):
    custom_props.add(busy.control, site.id, "url")
    page = section(busy.page(f"/{site.domain}?goals=properties"))

    assert "https://a.example/" in page.text
    assert "plan" not in page.text


def test_without_goals_and_events_a_link_leads_to_the_form(desk, database, site):
    store(database, views("/", start="2026-03-02 08:00", site_id=site.id))
    page = section(desk.page(f"/{site.domain}"))

    assert page.attributes("a", href=f"/{site.domain}/settings/goals#add")


def test_an_event_becomes_a_goal_in_one_click(busy, site):
    view = f"/{site.domain}?period=30d&f=is,country,FR"
    page = section(busy.page(f"/{site.domain}?period=30d"))
    fields = {
        field["name"]: field["value"] for field in page.attributes("input", type="hidden") if field["name"] != "csrf"
    }
    answer = busy.post(f"/{site.domain}/settings/goals", **fields | {"event": "Signup"})
    after = section(busy.page(answer.headers["location"]))

    assert f"/{site.domain}?period=30d#goal-1" == answer.headers["location"]
    assert after.attributes("tr", id="goal-1")
    assert not after.attributes("input", value="Signup")
    assert section(busy.page(view)).attributes("tr", id="goal-1")


@pytest.mark.parametrize(
    ("query", "shown"),
    [pytest.param("", 9, id="nine"), pytest.param("all=goals", 60, id="all")],
)
def test_sixty_goals_fit(busy, site, query, shown):
    for number in range(60):
        goals.add(busy.control, goals.new(site.id, event_name=f"Event {number}"))
    page = section(busy.page(f"/{site.domain}?{query}"))

    assert shown == len(page.attributes("tr", tabindex="-1"))
    assert ("All 60 goals" in page.text) == (shown == 9)


def test_journeys_are_asked_by_a_form_and_continued_by_links(desk, database, site):
    for _visitor in range(10):
        store(database, views("/", "/pricing", "/<order>", start="2026-03-02 08:00", site_id=site.id))
    page = section(desk.page(f"/{site.domain}?goals=journeys&around=page:/pricing"))

    assert page.attributes("form", method="get", action=f"/{site.domain}#goals")
    assert page.attributes("input", name="goals", value="journeys")
    assert page.attributes("option", value="/pricing")
    assert page.attributes("a", href=f"/{site.domain}?goals=journeys&around=page:/%3Corder%3E#goals")
    assert "10 visitors saw it." in page.text
