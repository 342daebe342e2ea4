import pytest

from schema.exclusions import audit
from schema.measures import custom_props, goals
from schema.sites import sites

SCRIPT = {
    "installation_type": "manual",
    "track_404_pages": False,
    "hash_based_routing": False,
    "outbound_links": False,
    "file_downloads": False,
    "revenue_tracking": False,
    "tagged_events": False,
    "form_submissions": False,
    "pageview_props": False,
}

PRIVACY = {
    "profile": "standard",
    "exempt_since": "",
    "shows_acquisition": False,
    "declared_events": [],
    "honors_gpc": False,
    "honors_dnt": False,
    "keeps_link_queries": False,
    "controller": "",
    "contact": "",
    "reviewed_on": "",
}


def expected(program, domain, timezone="Etc/UTC", properties=(), **script):
    site = sites.by_domain(program.control, domain, now=program.clock())
    assert site
    name = f"pa-{sites.script_id(program.control, site)}"
    return {
        "domain": domain,
        "timezone": timezone,
        "custom_properties": list(properties),
        "ignored_referrers": [],
        "privacy": PRIVACY,
        "retention_months": 25,
        "counts_months": 25,
        "tracker_script_configuration": {"id": name} | SCRIPT | script,
    }


def test_a_site_is_added_shown_and_removed(program) -> None:
    added = program.ask("POST", "", json={"domain": "www.New.example", "team_id": "x"})

    assert added == expected(program, "new.example")
    assert program.ask("GET", "/new.example") == added
    assert program.ask("DELETE", "/new.example") == {"deleted": True}
    assert program.ask("GET", "")["sites"] == []


def test_a_site_is_added_with_what_its_script_does(program) -> None:
    words = {"domain": "a.example", "timezone": "Asia/Kolkata", "tracker_script_configuration[outbound_links]": "true"}
    added = program.ask("POST", "", data=words)
    site = sites.by_domain(program.control, "a.example", now=program.clock())

    assert added == expected(program, "a.example", "Asia/Kolkata", outbound_links=True)
    assert site
    assert [goal.display_name for goal in goals.list_all(program.control, site.id)] == ["Outbound Link: Click"]


def test_a_site_is_changed_and_answers_to_its_former_domain(program, site) -> None:
    custom_props.add(program.control, site.id, "plan")
    read = program.ask("GET", "/example.org")
    script = read["tracker_script_configuration"] | {"file_downloads": True, "installation_type": "npm"}
    changes = {"domain": "example.net", "timezone": "UTC", "tracker_script_configuration": script}
    changed = program.ask("PUT", "/example.org", json=changes)

    assert changed == expected(program, "example.net", "UTC", ["plan"], file_downloads=True, installation_type="npm")
    assert program.ask("GET", "/example.org") == changed
    assert program.ask("GET", "/goals?site_id=example.org")["goals"][0]["display_name"] == "File Download"


def test_the_ignored_referrers_of_a_site_are_replaced_and_kept(program, site) -> None:
    changed = program.ask("PUT", "/example.org", json={"ignored_referrers": ["www.PayPal.com", "bank.example/3ds"]})
    kept = program.ask("PUT", "/example.org", json={"timezone": "UTC"})
    emptied = program.ask("PUT", "/example.org", json={"ignored_referrers": []})

    lists = [answer["ignored_referrers"] for answer in (changed, kept, emptied)]
    assert lists == [["bank.example/3ds", "paypal.com"], ["bank.example/3ds", "paypal.com"], []]


def test_a_site_with_a_path_is_added_shown_changed_and_removed(program) -> None:
    added = program.ask("POST", "", json={"domain": "Müller.example/Blog/"})
    changed = program.ask("PUT", "/xn--mller-kva.example/blog", json={"timezone": "Asia/Kolkata"})

    assert "müller.example/blog" == added["domain"]
    assert program.ask("GET", "/m%C3%BCller.example%2Fblog") == changed
    assert program.ask("DELETE", "/müller.example/blog") == {"deleted": True}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"domain": "taken.example"}, "taken.example already exists", id="a domain that is taken"),
        pytest.param({"domain": "https://"}, "is not a domain", id="no domain"),
        pytest.param({"domain": "a.example", "timezone": "Paris"}, "is not a time zone", id="no time zone"),
        pytest.param({"domain": "a.example", "ignored_referrers": "paypal.com"}, "must be a list", id="no list"),
        pytest.param({"domain": "a.example", "ignored_referrers": ["*"]}, "is not a referrer", id="no referrer"),
        pytest.param({"domain": 7}, "domain must be a text", id="a number"),
        pytest.param({"domain": "a.example", "tracker_script_configuration": "x"}, "must be an object", id="no script"),
        pytest.param(
            {"domain": "a.example", "tracker_script_configuration": {"x": True}}, "is not a setting", id="no setting"
        ),
    ],
)
def test_what_can_not_be_a_site_is_one_sentence(program, site, fields, sentence) -> None:
    sites.add(program.control, "taken.example", timezone="UTC", now=program.clock())

    assert sentence in program.refused("POST", "", json=fields)
    assert sentence in program.refused("PUT", "/example.org", json=fields)
    assert [known.domain for known in sites.list_all(program.control, now=program.clock())] == [
        "example.org",
        "taken.example",
    ]


def test_a_site_needs_a_domain(program) -> None:
    assert program.refused("POST", "", json={}) == "domain is missing: write it as in example.org"


def test_a_key_of_one_site_sees_it_alone_and_adds_none(bound) -> None:
    sites.add(bound.control, "other.example", timezone="UTC", now=bound.clock())

    assert bound.ask("GET", "")["sites"] == [{"domain": "example.org", "timezone": "Europe/Paris"}]
    assert "is limited to one site" in bound.refused("POST", "", status=403, json={"domain": "a.example"})


def test_there_are_no_teams(program) -> None:
    assert program.ask("GET", "/teams") == {"teams": [], "meta": {"after": None, "before": None, "limit": 100}}


def test_the_retention_is_changed_and_shown(program, site) -> None:
    changed = program.ask("PUT", "/example.org", json={"retention_months": "6", "counts_months": 12})

    assert (6, 12) == (changed["retention_months"], changed["counts_months"])
    assert program.ask("GET", "/example.org") == changed
    assert (183, 365) == (_stored(program).retention_days, _stored(program).counts_days)
    [entry] = audit.latest(program.control, 9, topic=audit.PRIVACY)
    assert "Set the retention to 6 months, and that of daily counts to 12 months." == entry.change


def test_other_changes_keep_the_retention(program, site) -> None:
    program.ask("PUT", "/example.org", json={"retention_months": 6})

    assert program.ask("PUT", "/example.org", json={"timezone": "UTC"})["retention_months"] == 6


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        pytest.param({"retention_months": 0}, "from 1 to 600 months", id="no month"),
        pytest.param({"counts_months": 12}, "from 25 months", id="counts for less than the events"),
        pytest.param({"retention_months": "long"}, "retention_months must be a whole number", id="no number"),
    ],
)
def test_a_retention_that_is_not_possible_is_refused(program, site, months, sentence) -> None:
    assert sentence in program.ask("PUT", "/example.org", json=months, status=400)["error"]
    assert _stored(program).retention_days == 761


def _stored(program):
    return sites.by_domain(program.control, "example.org", now=program.clock())
