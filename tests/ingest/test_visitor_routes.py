"""The pages below the collector's path, without the rest of the server."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ingest import own_request, visitor_routes
from ingest.client_ip import TrustedProxies
from ingest.own_request import OwnRequest
from schema import opt_out
from schema.links import LinkError, Purpose
from schema.sites import Site
from schema.trial import Finding, Trial

SITE = Site(1, "example.org", "Europe/Paris", 761)


def no_link(_purpose: Purpose, _token: str) -> Site:
    raise LinkError(is_over=False)


def no_trial(_trial: Trial) -> Finding:
    raise AssertionError("no link leads here")


@dataclass
class Pages:
    """The pages of one site, and what they were asked to forget."""

    forgotten: list[Site] = field(default_factory=list)

    async def forget(self, site: Site, _own: OwnRequest) -> bool:
        self.forgotten.append(site)
        return True

    @property
    def client(self) -> TestClient:
        wiring = visitor_routes.Wiring(
            site_of_host=lambda host: SITE if host == SITE.domain else None,
            site_of_link=no_link,
            own_request=lambda request: own_request.read(request.scope, TrustedProxies(["10.0.0.1"]), looked_at=()),
            simulate=no_trial,
            forget=self.forget,
        )
        app = Starlette(routes=[visitor_routes.routes(wiring)])
        return TestClient(app, base_url="https://example.org", follow_redirects=False)


@pytest.mark.parametrize("path", [opt_out.OPT_OUT, opt_out.DEVICE, opt_out.CHECK])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_slash_at_the_end_leads_to_the_page_and_to_no_other_host(path, method):
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
def test_other_paths_lead_nowhere(path, status):
    answer = Pages().client.get(path)

    assert status == answer.status_code
    assert "location" not in answer.headers


def test_a_slash_at_the_end_leads_to_the_page_in_a_browser_too():
    client: Any = Pages().client

    answer = client.get(f"{opt_out.OPT_OUT}/", follow_redirects=True)

    assert (200, f"https://example.org{opt_out.OPT_OUT}") == (answer.status_code, str(answer.url))
