"""Changes by the Sites API are in the audit log, in the words of the pages, under the name of the key."""

import pytest

from schema.exclusions import audit
from schema.exclusions.audit import Search
from schema.measures import custom_props, funnels, goals, segments

OF_SITE = {"site_id": "example.org"}
SIGNUP = {"goal_type": "event", "event_name": "Signup"}


@pytest.fixture
def full(program, site):
    """Provide a program with a site that has one of everything."""
    steps = [goals.add(program.control, goals.new(site.id, event_name=name)) for name in ("Visit", "Buy")]
    funnels.put(program.control, site.id, "Sale", steps, is_strict=False)
    segments.put(program.control, site.id, "France", [["is", "visit:country", ["FR"]]], labels={})
    custom_props.add(program.control, site.id, "plan")
    return program


@pytest.mark.parametrize(
    ("method", "path", "body", "change"),
    [
        pytest.param("PUT", "/goals", SIGNUP, "Added the goal Signup.", id="a goal"),
        pytest.param("PUT", "/goals", SIGNUP | {"event_name": "Buy"}, None, id="a goal that exists"),
        pytest.param("PATCH", "/goals/2", {"display_name": "Sold"}, "Renamed the goal Buy to Sold.", id="its name"),
        pytest.param("PATCH", "/goals/2", {"display_name": "Buy"}, None, id="the same name"),
        pytest.param("DELETE", "/goals/2", {"confirm": True}, "Removed the goal Buy.", id="its end"),
        pytest.param("PUT", "/funnels", {"name": "Two", "steps": [1, 2]}, "Added the funnel Two.", id="a funnel"),
        pytest.param(
            "PUT",
            "/funnels",
            {"name": "Sale", "steps": [2, 1]},
            "Changed the steps of the funnel Sale.",
            id="its steps",
        ),
        pytest.param("DELETE", "/funnels/1", {}, "Removed the funnel Sale.", id="the end of a funnel"),
        pytest.param("PUT", "/custom-props", {"property": "size"}, "Added the property size.", id="a property"),
        pytest.param("PUT", "/custom-props", {"property": "plan"}, None, id="a property that exists"),
        pytest.param("DELETE", "/custom-props/plan", {}, "Removed the property plan.", id="the end of a property"),
        pytest.param(
            "PUT",
            "/segments",
            {"name": "Spain", "filters": [["is", "visit:country", ["ES"]]]},
            "Added the segment Spain.",
            id="a segment",
        ),
        pytest.param("PATCH", "/segments/1", {"name": "Gaul"}, "Changed the segment Gaul.", id="a change of a segment"),
        pytest.param("DELETE", "/segments/1", {}, "Removed the segment France.", id="the end of a segment"),
        pytest.param("PUT", "/shared-links", {"name": "Boss"}, "Added the shared link Boss.", id="a shared link"),
        pytest.param(
            "PUT", "/example.org", {"timezone": "Asia/Tokyo"}, "Set the time zone to Asia/Tokyo.", id="a zone"
        ),
        pytest.param(
            "PUT",
            "/example.org",
            {"domain": "new.example"},
            "Changed the domain from example.org to new.example.",
            id="a domain",
        ),
        pytest.param(
            "PUT",
            "/example.org",
            {"ignored_referrers": ["pay.example"]},
            "Ignored the referrer pay.example.",
            id="a pay page",
        ),
        pytest.param("DELETE", "/example.org", {}, "Deleted the site example.org.", id="a site"),
    ],
)
def test_a_change_is_logged_and_nothing_else(full, method, path, body, change) -> None:
    full.ask(method, path, json=OF_SITE | body)

    logged = [(entry.who, entry.change) for entry in audit.search(full.control, Search(site_id=1), most=10)]
    assert logged == ([("API key None sites:provision", change)] if change else [])
