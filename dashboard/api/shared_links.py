"""Shared links: anyone with the link can view the site without signing in."""

from typing import Annotated

from dashboard.api.call import Answer, Call
from dashboard.api.inputs import OfSite, about
from schema.sites import shared_links


class NewLink(OfSite, frozen=True, kw_only=True):
    """A shared link."""

    name: Annotated[str, about("Name of the link", maxLength=shared_links.MAX_NAME_CHARACTERS)]


def put(call: Call, new: NewLink) -> Answer:
    """Create a shared link, or return the existing one with this name."""
    site = call.site()
    earlier = {other.id for other in shared_links.list_all(call.control, site.id)}
    link = shared_links.put(call.control, site.id, new.name)
    if link.id not in earlier:
        call.record(site, "Added the shared link %(name)s.", name=link.name)
    return {"name": link.name, "url": link.url(base_url=call.server.base_url, domain=site.domain)}
