"""The endpoints of the Sites API, each with the scope that it requires."""

from collections.abc import Callable

from starlette.routing import Route

from dashboard.api import (
    annotations,
    conversion,
    custom_props,
    erasures,
    exclusions,
    funnel_report,
    funnels,
    goals,
    guests,
    retention,
    segments,
    shared_links,
    sites,
)
from dashboard.api.call import Answer, endpoint
from schema.sites.keys import Scope

PREFIX = "/api/v1/sites"
READ, CHANGE = Scope.READ_SITES, Scope.PROVISION_SITES

CALLS: tuple[tuple[str, str, Scope, Callable[..., Answer]], ...] = (
    ("GET", "", READ, sites.list_all),
    ("POST", "", CHANGE, sites.add),
    ("GET", "/teams", READ, sites.teams),
    ("PUT", "/shared-links", CHANGE, shared_links.put),
    ("GET", "/goals", READ, goals.list_all),
    ("PUT", "/goals", CHANGE, goals.put),
    ("PATCH", "/goals/{id:int}", CHANGE, goals.change),
    ("DELETE", "/goals/{id:int}", CHANGE, goals.remove),
    ("GET", "/funnels", READ, funnels.list_all),
    ("PUT", "/funnels", CHANGE, funnels.put),
    ("DELETE", "/funnels/{id:int}", CHANGE, funnels.remove),
    ("GET", "/funnels/{id:int}/report", Scope.READ_STATS, funnel_report.report),
    ("GET", "/segments", READ, segments.list_all),
    ("PUT", "/segments", CHANGE, segments.put),
    ("PATCH", "/segments/{id:int}", CHANGE, segments.change),
    ("DELETE", "/segments/{id:int}", CHANGE, segments.remove),
    ("GET", "/custom-props", READ, custom_props.list_all),
    ("PUT", "/custom-props", CHANGE, custom_props.put),
    ("DELETE", "/custom-props/{property:path}", CHANGE, custom_props.remove),
    ("GET", "/annotations", READ, annotations.list_all),
    ("PUT", "/annotations", CHANGE, annotations.put),
    ("DELETE", "/annotations/{id:int}", CHANGE, annotations.remove),
    ("GET", "/guests", READ, guests.list_all),
    ("PUT", "/guests", CHANGE, guests.put),
    ("DELETE", "/guests/{email}", CHANGE, guests.remove),
    ("GET", "/exclusions", READ, exclusions.list_all),
    ("PUT", "/exclusions", CHANGE, exclusions.put),
    ("PATCH", "/exclusions/{id:int}", CHANGE, exclusions.change),
    ("DELETE", "/exclusions/{id:int}", CHANGE, exclusions.remove),
    ("POST", "/exclusions/test", READ, exclusions.test),
    ("POST", "/exclusions/share", READ, exclusions.weigh),
    ("GET", "/exclusions/counts", READ, exclusions.counts),
    ("GET", "/exclusions/changes", READ, exclusions.changes),
    ("GET", "/exclusions/problems", READ, exclusions.problems),
    ("GET", "/retention", READ, retention.show),
    ("GET", "/conversion", READ, conversion.show),
    ("GET", "/erasures", READ, erasures.list_all),
    ("PUT", "/erasures", CHANGE, erasures.put),
    # Last, because a site id could match one of the paths above.
    ("GET", "/{site_id:path}", READ, sites.show),
    ("PUT", "/{site_id:path}", CHANGE, sites.change),
    ("DELETE", "/{site_id:path}", CHANGE, sites.remove),
)


def routes() -> list[Route]:
    """Return the routes of the Sites API."""
    return [Route(PREFIX + path, endpoint(scope, answer), methods=[method]) for method, path, scope, answer in CALLS]
