"""The list of custom properties that a site shows."""

from typing import Annotated

from dashboard.api.call import Answer, Call, existing, refuse
from dashboard.api.inputs import OfSite, about
from schema.measures import custom_props


def list_all(call: Call) -> Answer:
    """List the custom properties of a site."""
    keys = custom_props.allowed(call.control, call.site().id)
    return {"custom_properties": [{"property": key} for key in keys]}


_PROPERTY = f"Name of the property. A site lists at most {custom_props.MAX_PER_SITE}"


class NewProperty(OfSite, frozen=True, kw_only=True):
    """A custom property to show."""

    property: Annotated[str, about(_PROPERTY, maxLength=custom_props.MAX_KEY_CHARACTERS)]


def put(call: Call, new: NewProperty) -> Answer:
    """Add a custom property to a site. Adding it again changes nothing."""
    site = call.site()
    if not new.property:
        refuse("property is missing: the name of a custom property")
    earlier = custom_props.allowed(call.control, site.id)
    custom_props.add(call.control, site.id, new.property)
    if new.property not in earlier:
        call.record(site, "Added the property %(name)s.", name=new.property)
    return {"created": True}


def remove(call: Call) -> Answer:
    """Remove a custom property from a site."""
    site, key = call.site(), call.request.path_params["property"]
    existing(custom_props.remove, call.control, site.id, key)
    call.record(site, "Removed the property %(name)s.", name=key)
    return {"deleted": True}
