"""Guests of a site: people invited to view or edit it."""

from functools import partial
from typing import Annotated

from dashboard.api.call import Answer, Call, existing
from dashboard.api.inputs import OfSite, PartOfSite, about
from dashboard.api.paging import part
from schema.people import guests
from schema.people.guests import Guest


def list_all(call: Call, selected: PartOfSite) -> Answer:
    """List the guests of a site, by e-mail address."""
    shown, meta = part(selected, guests.list_all(call.control, call.site().id), lambda guest: guest.email)
    return {"guests": [_shown(guest) for guest in shown], "meta": meta}


class NewGuest(OfSite, frozen=True, kw_only=True):
    """A person to invite to a site."""

    email: Annotated[str, about("E-mail address")]
    role: Annotated[str, about("What the guest may do", enum=list(guests.ROLES))]


def put(call: Call, new: NewGuest) -> Answer:
    """Invite a guest to a site. An existing guest keeps their role."""
    return _shown(guests.put(call.control, call.site().id, new.email, new.role, who=call.who, now=call.server.clock()))


def remove(call: Call) -> Answer:
    """Remove a guest from a site."""
    remove_guest = partial(guests.remove, who=call.who, now=call.server.clock())
    existing(remove_guest, call.control, call.site().id, call.request.path_params["email"])
    return {"deleted": True}


def _shown(guest: Guest) -> dict[str, str]:
    status = "accepted" if guest.has_accepted else "invited"
    return {"email": guest.email, "role": guest.role.value, "status": status}
