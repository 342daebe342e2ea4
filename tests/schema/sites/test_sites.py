from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schema.measures import goals
from schema.sites import sites
from schema.sites.host import normal_domain
from schema.sites.script_settings import ScriptSettings
from schema.sites.sites import FORMER_DOMAIN_LIVES_S, FormerDomain, Site, SiteError
from schema.stores.control import Control

NOW = 1_790_000_000


def add(control: Control, domain: str = "example.org", timezone: str = "Europe/Paris") -> Site:
    return sites.add(control, domain, timezone=timezone, now=NOW)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        pytest.param("example.org", "example.org", id="as it is"),
        pytest.param(" Example.ORG\n", "example.org", id="capitals and white space"),
        pytest.param("www.example.org", "example.org", id="www in front"),
        pytest.param("www.www.example.org", "www.example.org", id="www twice"),
        pytest.param("wwwexample.org", "wwwexample.org", id="www without a dot"),
        pytest.param("blog.example.org", "blog.example.org", id="another name in front"),
        pytest.param("example.org.", "example.org", id="a dot at the end"),
        pytest.param("MÜLLER.example", "müller.example", id="an international name in capitals"),
        pytest.param("www.xn--mller-kva.example.", "müller.example", id="an international name, encoded"),
        pytest.param("xn--mller-kva.example:8080", "müller.example:8080", id="an international name with a port"),
        pytest.param("example.org:443", "example.org", id="the port of https"),
        pytest.param("example.org:80/blog", "example.org/blog", id="the port of http before a path"),
        pytest.param("example.org:4430", "example.org:4430", id="a port that only begins like that of https"),
        pytest.param("Example.org/Blog/", "example.org/blog", id="a path in capitals with a slash at the end"),
        pytest.param("example.org/", "example.org", id="a slash and no path"),
    ],
)
def test_a_domain_has_one_written_form(text: str, domain: str) -> None:
    assert domain == normal_domain(text)


@pytest.mark.parametrize(
    "domain",
    [
        pytest.param("example.org", id="a domain"),
        pytest.param("localhost", id="one word"),
        pytest.param("localhost:8080", id="a port"),
        pytest.param("bücher.example", id="an international name"),
        pytest.param("straße.example", id="a sharp s"),
        pytest.param("i❤.example", id="an emoji"),
        pytest.param("xn--a.example", id="a name that does not decode"),
        pytest.param("example.org/blog", id="a path"),
        pytest.param("example.org:8080/blog/2026_new~1.x", id="a port and a deep path"),
        pytest.param("example.org/über-uns", id="a path beyond ASCII"),
        pytest.param("192.0.2.1", id="an address"),
        pytest.param("a" * 63 + ".example", id="a long word"),
    ],
)
def test_a_domain_is_accepted(control: Control, domain: str) -> None:
    assert Site(1, domain, "Europe/Paris", 761) == add(control, domain)


def test_a_pasted_address_becomes_its_domain(control: Control) -> None:
    site = add(control, "  https://www.Example.org/path?x=1#part ")
    moved = sites.change(control, site, domain="http://user@shop.example:8080/", now=NOW)

    assert ("example.org", "shop.example:8080") == (site.domain, moved.domain)


def test_a_site_is_called_by_its_name_if_it_has_one(control: Control) -> None:
    site = add(control)
    named = sites.change(control, site, name=" Our  shop", now=NOW)
    unnamed = sites.change(control, named, name="", now=NOW)

    assert [site.domain, "Our shop", site.domain] == [site.title, named.title, unnamed.title]


@pytest.mark.parametrize(
    "domain",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://", id="a scheme only"),
        pytest.param("exam_ple.org", id="an underscore"),
        pytest.param("example.org/../blog", id="a path that climbs"),
        pytest.param("example.org//blog", id="two slashes"),
        pytest.param("example.org/blog posts", id="white space in a path"),
        pytest.param("example.org/blog?x=1", id="a path with a query"),
        pytest.param("/blog", id="a path alone"),
        pytest.param("[2001:db8::1]", id="an ipv6 address"),
        pytest.param("ann@example.org", id="a user"),
        pytest.param("exa\u2028mple.org", id="a line separator"),
        pytest.param("ü" * 63 + ".example", id="a word that is too long once encoded"),
        pytest.param("example.org/" + "a" * 300, id="a path that is too long"),
        pytest.param("example..org", id="two dots"),
        pytest.param("-example.org", id="a hyphen in front"),
        pytest.param("exa mple.org", id="white space inside"),
        pytest.param("example.org?x=1", id="a query"),
        pytest.param("example.org,example.net", id="two of them"),
        pytest.param("a." * 127 + "example", id="too long"),
        pytest.param("example.org:port", id="a port in letters"),
    ],
)
def test_what_is_no_domain_is_refused(control: Control, domain: str) -> None:
    with pytest.raises(SiteError, match="is not a domain: enter it like example"):
        add(control, domain)

    assert [] == sites.list_all(control, now=NOW)


@pytest.mark.parametrize("domain", ["sites", "api", "js", "static"])
def test_a_site_can_not_have_an_address_of_the_dashboard(control: Control, domain: str) -> None:
    with pytest.raises(SiteError, match=f"^{domain} is a path of the dashboard, so a site can't use it"):
        add(control, domain)
    beside = add(control, f"{domain}.example")

    assert [beside] == sites.list_all(control, now=NOW)


@pytest.mark.parametrize("path", ["settings", "blog/settings/goals", "not-counted", "current-visitors", "import"])
def test_the_path_of_a_site_can_not_have_an_address_of_the_dashboard(control: Control, path: str) -> None:
    with pytest.raises(SiteError, match="because the dashboard uses it"):
        add(control, f"example.org/{path}")


@pytest.mark.parametrize(
    ("stored", "spelling"),
    [
        pytest.param("müller.example", "XN--Mller-kva.example.", id="encoded"),
        pytest.param("xn--mller-kva.example", "müller.example", id="as people write it"),
        pytest.param("straße.example", "xn--strae-oqa.example", id="a sharp s, encoded"),
        pytest.param("example.org/blog", "www.example.org/Blog/", id="a path"),
        pytest.param("example.org", "example.org:443", id="a default port"),
    ],
)
def test_a_site_is_found_and_taken_in_every_spelling(control: Control, stored: str, spelling: str) -> None:
    site = add(control, stored)

    assert site == sites.by_domain(control, spelling, now=NOW)
    with pytest.raises(SiteError, match="already exists"):
        add(control, spelling)


@pytest.mark.parametrize(
    ("stored", "other"),
    [
        pytest.param("müller.example", "muller.example", id="a letter without its dots"),
        pytest.param("straße.example", "strasse.example", id="a sharp s is not two"),
        pytest.param("example.org/blog", "example.org", id="the site above a path"),
        pytest.param("example.org/blog", "example.org/blogs", id="a path that only begins alike"),
        pytest.param("example.org", "example.org:8443", id="another port"),
    ],
)
def test_sites_that_only_look_alike_are_two(control: Control, stored: str, other: str) -> None:
    add(control, stored)

    assert sites.by_domain(control, other, now=NOW) is None
    assert 2 == add(control, other).id


@pytest.mark.parametrize("timezone", ["", "Paris", "europe", "Europe", "../etc/passwd", "/etc/localtime", "UTC+1"])
def test_what_is_no_time_zone_is_refused(control: Control, timezone: str) -> None:
    with pytest.raises(SiteError, match="is not a time zone: enter it like Europe/Paris"):
        add(control, timezone=timezone)


def test_a_site_knows_its_zone(control: Control) -> None:
    assert ZoneInfo("America/Santiago") == add(control, timezone="America/Santiago").zone


@pytest.mark.parametrize("again", ["example.org", "www.Example.org "])
def test_a_domain_is_taken_once(control: Control, again: str) -> None:
    add(control, "example.org")

    with pytest.raises(SiteError, match=r"example\.org already exists"):
        add(control, again)


def test_sites_are_listed_by_domain_and_found_however_they_are_written(control: Control) -> None:
    second, first = add(control, "b.example"), add(control, "a.example")

    assert [first, second] == sites.list_all(control, now=NOW)
    assert first == sites.by_domain(control, "WWW.a.example", now=NOW)
    assert sites.by_domain(control, "c.example", now=NOW) is None


def test_the_number_of_a_removed_site_is_never_given_again(control: Control) -> None:
    first = add(control)
    sites.remove(control, "www.example.org", now=NOW)
    second = add(control)
    sites.remove(control, "example.org", now=NOW)
    for site in (first, second):
        sites.forget(control, site.id)

    assert len({first.id, second.id, add(control).id}) == 3


def test_a_removed_site_waits_to_be_forgotten(control: Control) -> None:
    site = add(control)
    sites.remove(control, "example.org", now=NOW)
    late = NOW + 60

    assert [] == sites.list_all(control, now=NOW)
    assert sites.by_domain(control, "example.org", now=NOW) is None
    assert [site.id] == sites.removed_ids(control, before=late)
    assert [] == sites.removed_ids(control, before=late - 3600)
    sites.forget(control, site.id)
    assert [] == sites.removed_ids(control, before=late)


def test_a_site_in_use_is_not_forgotten(control: Control) -> None:
    site = add(control)
    sites.forget(control, site.id)

    assert [site] == sites.list_all(control, now=NOW)


def test_a_site_that_is_none_can_not_be_removed(control: Control) -> None:
    add(control)
    sites.remove(control, "example.org", now=NOW)

    for domain in ("example.org", "example.net"):
        with pytest.raises(SiteError, match=f"{domain} is not a site on this server"):
            sites.remove(control, domain, now=NOW)


def test_a_site_is_found_by_the_name_of_its_script(control: Control) -> None:
    site, other = add(control), add(control, "other.example")

    assert [site, other] == [
        sites.by_script_id(control, sites.script_id(control, one), now=NOW) for one in (site, other)
    ]


def test_the_script_of_no_site_is_not_found(control: Control) -> None:
    add(control)

    assert sites.by_script_id(control, "1", now=NOW) is None


def test_the_script_of_a_removed_site_is_not_found(control: Control) -> None:
    name = sites.script_id(control, add(control))
    sites.remove(control, "example.org", now=NOW)

    assert sites.by_script_id(control, name, now=NOW) is None


def test_a_site_that_moves_is_found_under_both_domains_for_three_days(control: Control) -> None:
    site = add(control)
    moved = sites.change(control, site, domain="www.Example.net", now=NOW)
    known = sites.list_all(control, now=NOW)
    found = [sites.by_domain(control, domain, now=NOW) for domain in ("example.net", "www.example.org")]
    end = NOW + FORMER_DOMAIN_LIVES_S
    after = [sites.by_domain(control, domain, now=end) for domain in ("example.net", "example.org")]

    assert moved == replace(
        site, domain="example.net", former_domains=(FormerDomain("example.org", NOW + FORMER_DOMAIN_LIVES_S),)
    )
    assert moved.domains == ("example.net", "example.org")
    assert (known, found) == ([moved], [moved, moved])
    assert after == [replace(moved, former_domains=()), None]


def test_a_site_that_moves_back_leaves_the_other_domain_behind(control: Control) -> None:
    moved = sites.change(control, add(control), domain="example.net", now=NOW)
    back = sites.change(control, moved, domain="example.org", now=NOW)

    assert back.domains == ("example.org", "example.net")


def test_a_former_domain_is_taken_until_its_site_is_gone(control: Control) -> None:
    sites.change(control, add(control), domain="example.net", now=NOW)
    other = add(control, "other.example")

    for take in (lambda: add(control), lambda: sites.change(control, other, domain="example.org", now=NOW)):
        with pytest.raises(
            SiteError, match=r"example\.org belonged to the site example\.net until recently, and stays reserved for it"
        ):
            take()
    sites.remove(control, "example.net", now=NOW)
    assert sites.by_domain(control, "example.org", now=NOW) is None
    again = add(control)
    assert sites.by_domain(control, "example.org", now=NOW) == again


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"domain": "other.example"}, "other.example already exists", id="the domain of another"),
        pytest.param({"domain": "https://"}, "is not a domain", id="no domain"),
        pytest.param({"domain": "api"}, "is a path of the dashboard", id="an address of the dashboard"),
        pytest.param({"timezone": "Paris"}, "is not a time zone", id="no time zone"),
    ],
)
def test_a_site_can_not_become_what_it_could_not_be(control: Control, changes, sentence: str) -> None:
    site = add(control)
    other = add(control, "other.example")
    with pytest.raises(SiteError, match=sentence):
        sites.change(control, site, **changes, now=NOW)

    assert sites.list_all(control, now=NOW) == [site, other]


def test_another_time_zone_and_script_are_kept(control: Control) -> None:
    script = ScriptSettings(installation_type="npm", hash_based_routing=True)
    changed = sites.change(control, add(control), timezone="Asia/Kolkata", script=script, now=NOW)

    assert (changed.timezone, changed.script) == ("Asia/Kolkata", script)
    assert sites.by_domain(control, "example.org", now=NOW) == changed
    assert sites.by_script_id(control, sites.script_id(control, changed), now=NOW) == changed


def test_what_the_script_counts_by_itself_becomes_a_goal_once(control: Control) -> None:
    site = add(control)
    goals.add(control, goals.new(site.id, event_name="404", display_name="Lost"))
    on = ScriptSettings(outbound_links=True, file_downloads=True, form_submissions=True, track_404_pages=True)
    changed = sites.change(control, site, script=on, now=NOW)
    names = [goal.display_name for goal in goals.list_all(control, site.id)]
    goals.remove(control, goals.list_all(control, site.id)[0])
    sites.change(control, changed, timezone="UTC", now=NOW)

    assert names == ["Form: Submission", "File Download", "Outbound Link: Click", "Lost"]
    assert len(goals.list_all(control, site.id)) == 3


@pytest.mark.parametrize(("timezone", "day"), [("UTC", "2026-11-30"), ("Europe/Paris", "2026-12-01")])
def test_the_day_of_an_instant_is_that_of_the_zone(control: Control, timezone: str, day: str) -> None:
    site = sites.add(control, "example.org", timezone=timezone, now=NOW)

    assert day == str(site.day_of(datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp()))
