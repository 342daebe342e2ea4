"""Links that let people look at a site without signing in."""

from dashboard.api.call import Answer, Call
from schema.sites import shared_links


def put(call: Call) -> Answer:
    """Return the link of a name, made now if there is none."""
    site = call.site()
    link = shared_links.put(call.control, site.id, call.text("name"))
    return {"name": link.name, "url": link.url(base_url=call.request.app.state.base_url, domain=site.domain)}
