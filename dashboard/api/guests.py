"""Guests of a site: people invited to view or edit it."""

from dashboard.api.call import Answer, Call, existing
from dashboard.api.paging import part
from schema.sites import guests
from schema.sites.guests import Guest


def list_all(call: Call) -> Answer:
    """List the guests of a site, by e-mail address."""
    shown, meta = part(call, guests.list_all(call.control, call.site().id), lambda guest: guest.email)
    return {"guests": [_shown(guest) for guest in shown], "meta": meta}


def put(call: Call) -> Answer:
    """Invite a guest to a site. An existing guest keeps their role."""
    return _shown(guests.put(call.control, call.site().id, call.text("email"), call.text("role")))


def remove(call: Call) -> Answer:
    """Remove a guest from a site."""
    existing(guests.remove, call.control, call.site().id, call.request.path_params["email"])
    return {"deleted": True}


def _shown(guest: Guest) -> dict[str, str]:
    status = "accepted" if guest.has_accepted else "invited"
    return {"email": guest.email, "role": guest.role.value, "status": status}
