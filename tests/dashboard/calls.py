"""Every route of an application as calls that can be made, so that a test covers a new one as well."""

import re
from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute, Mount, Route

PARAMETERS: Mapping[str, str] = {
    "table": "pages",
    "id": "1",
    "domain": "example.org",
    "site_id": "example.org",
    "email": "x@example.org",
}
UNREAD = frozenset({"GET", "HEAD"})  # methods whose body nobody reads


def calls(routes: Sequence[BaseRoute], prefix: str = "") -> list[tuple[str, str]]:
    """Return method and path of every route, with PARAMETERS filled in, and `x` for others."""
    found: list[tuple[str, str]] = []
    for route in routes:
        if isinstance(route, Mount):
            found += calls(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: PARAMETERS.get(match[1], "x"), prefix + route.path)
            found += [(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


def with_body(routes: Sequence[BaseRoute]) -> list[tuple[str, str]]:
    """Return those of `calls` that may come with a body."""
    return [(method, path) for method, path in calls(routes) if method not in UNREAD]
