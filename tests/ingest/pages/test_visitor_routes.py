"""The pages below the collector's path, without the rest of the server."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ingest.pages import visitor_routes
from ingest.request import own_request
from ingest.request.client_ip import TrustedProxies
from ingest.request.own_request import OwnRequest
from schema.exclusions.what_if import Trial, TrialResult
from schema.privacy import opt_out
from schema.privacy.profile import EXEMPT, Privacy
from schema.privacy.signed_links import LinkError, Purpose
from schema.sites.sites import Site

SITE = Site(1, "example.org", "Europe/Paris", 761)


def no_link(_purpose: Purpose, _token: str) -> Site:
    raise LinkError(is_over=False)


def no_trial(_trial: Trial) -> TrialResult:
    raise AssertionError("no link leads here")


@dataclass
class Pages:
    """The pages of one site, which record what they delete."""

    left: int = 1000  # requests within the limit of a client
    forgotten: list[Site] = field(default_factory=list)
    site: Site = SITE

    def is_within_limit(self, _own: OwnRequest) -> bool:
        self.left -= 1
        return self.left >= 0

    async def forget(self, site: Site, _own: OwnRequest) -> bool:
        self.forgotten.append(site)
        return True

    @property
    def client(self) -> TestClient:
        wiring = visitor_routes.Wiring(
            site_of_host=lambda host: self.site if host == SITE.domain else None,
            site_of_link=no_link,
            own_request=lambda request: own_request.read(
                request.scope, TrustedProxies(["10.0.0.1"]), header_names=frozenset()
            ),
            simulate=no_trial,
            is_within_limit=self.is_within_limit,
            forget=self.forget,
        )
        app = Starlette(routes=[visitor_routes.routes(wiring)])
        return TestClient(app, base_url="https://example.org", follow_redirects=False)


@pytest.mark.parametrize("path", [opt_out.OPT_OUT, opt_out.DEVICE, opt_out.CHECK])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_trailing_slash_redirects_to_the_page_on_the_same_host(path, method):
    name = path.rpartition("/")[2]

    answer = Pages().client.request(method, f"{path}/?link=a&b=c%20d", headers={"host": "evil.example"})

    assert (307, f"../{name}?link=a&b=c%20d") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(opt_out.OPT_OUT, 200, id="the page"),
        pytest.param(f"{opt_out.OPT_OUT}//", 404, id="two slashes"),
        pytest.param(f"{opt_out.OPT_OUT}/more", 404, id="a page below it"),
        pytest.param("/api/event/nothing/", 404, id="no page"),
    ],
)
def test_other_paths_do_not_redirect(path, status):
    answer = Pages().client.get(path)

    assert status == answer.status_code
    assert "location" not in answer.headers


def test_a_browser_follows_the_redirect_of_a_trailing_slash():
    client: Any = Pages().client

    answer = client.get(f"{opt_out.OPT_OUT}/", follow_redirects=True)

    assert (200, f"https://example.org{opt_out.OPT_OUT}") == (answer.status_code, str(answer.url))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", "Too many requests came from your network within a minute.", id="English"),
        pytest.param("fr", "Trop de demandes sont venues de votre réseau en une minute.", id="French"),
    ],
)
def test_too_many_requests_to_be_forgotten_are_rejected(language, words):
    pages = Pages(left=1)
    first, second = (
        pages.client.post(opt_out.OPT_OUT, data={"do": "forget"}, headers={"accept-language": language})
        for _ in range(2)
    )

    assert (303, "?forgotten=yes") == (first.status_code, first.headers["location"])
    assert (429, "60") == (second.status_code, second.headers["retry-after"])
    assert words in second.text
    assert "set-cookie" not in second.headers
    assert [SITE] == pages.forgotten


@pytest.mark.parametrize("what", ["out", "in", ""])
def test_opting_out_and_in_has_no_limit(what):
    answer = Pages(left=0).client.post(opt_out.OPT_OUT, data={"do": what})

    assert 303 == answer.status_code


def test_another_host_cannot_delete_visits():
    pages = Pages()
    answer = pages.client.post(opt_out.OPT_OUT, data={"do": "forget"}, headers={"host": "evil.example"})

    assert 400 == answer.status_code
    assert "retry-after" not in answer.headers
    assert [] == pages.forgotten


EXEMPT_SITE = replace(SITE, privacy=Privacy(profile=EXEMPT, retention_months=13))
WITH_DNT = replace(SITE, privacy=Privacy(honors_dnt=True))


@pytest.mark.parametrize(
    ("site", "headers", "is_respected"),
    [
        pytest.param(EXEMPT_SITE, {"sec-gpc": "1"}, True, id="an exempt site and Global Privacy Control"),
        pytest.param(EXEMPT_SITE, {"dnt": "1"}, False, id="an exempt site that does not obey Do Not Track"),
        pytest.param(WITH_DNT, {"dnt": "1"}, True, id="a site that obeys Do Not Track"),
        pytest.param(SITE, {"sec-gpc": "1", "dnt": "1"}, False, id="a site that obeys neither"),
        pytest.param(EXEMPT_SITE, {}, False, id="no signal"),
    ],
)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", "This browser is not counted: it asks not to be measured.", id="English"),
        pytest.param("fr", "Ce navigateur n’est pas compté : il demande à ne pas être mesuré.", id="French"),
    ],
)
def test_a_browser_that_objects_learns_whether_the_site_obeys(site, headers, is_respected, language, words):
    text = Pages(site=site).client.get(opt_out.OPT_OUT, headers=headers | {"accept-language": language}).text

    assert is_respected == (words in text)


@pytest.mark.parametrize(
    ("query", "accepted", "language", "other"),
    [
        pytest.param("", "fr", "fr", "?lang=en", id="of the browser"),
        pytest.param("?lang=fr", "en", "fr", "?lang=en", id="of the link"),
        pytest.param("?lang=en", "fr", "en", "?lang=fr", id="of the link, the other way"),
        pytest.param("?lang=de", "fr", "fr", "?lang=en", id="a language without a page"),
    ],
)
def test_a_link_can_name_the_language(query, accepted, language, other):
    text = Pages().client.get(f"{opt_out.OPT_OUT}{query}", headers={"accept-language": accepted}).text

    assert f'<html lang="{language}">' in text
    assert f'href="{other}"' in text


def test_the_language_stays_after_the_choice():
    answer = Pages().client.post(f"{opt_out.OPT_OUT}?lang=fr", data={"do": "out"})

    assert "?lang=fr" == answer.headers["location"]


@pytest.mark.parametrize("path", [opt_out.OPT_OUT, opt_out.DEVICE, opt_out.CHECK])
def test_no_page_marks_a_device_or_has_a_script(path):
    answer = Pages().client.get(path)

    assert {"set-cookie", "etag", "last-modified"}.isdisjoint(answer.headers)
    assert "<script" not in answer.text
