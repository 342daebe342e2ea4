"""Shared links: anyone with the link can view the site without signing in."""

from dashboard.api.call import Answer, Call
from schema.sites import shared_links


def put(call: Call) -> Answer:
    """Create a shared link, or return the existing one with this name."""
    site = call.site()
    link = shared_links.put(call.control, site.id, call.text("name"))
    return {"name": link.name, "url": link.url(base_url=call.server.base_url, domain=site.domain)}
