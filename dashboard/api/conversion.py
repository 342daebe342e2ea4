"""What a switch of a site to another profile would remove."""

import msgspec

from dashboard.api.call import Answer, Call
from dashboard.api.inputs import OfSite
from schema.privacy import conversion
from schema.privacy.profile import ProfileName


class NewProfile(OfSite, frozen=True, kw_only=True):
    """A profile to try. The other fields are settings of `exempt`."""

    profile: ProfileName
    acquisition: bool = False
    declared_events: list[str] = msgspec.field(default_factory=list)


def show(call: Call, new: NewProfile) -> Answer:
    """Return what a switch to another profile would remove. It changes nothing."""
    plan = conversion.plan(
        call.server.control,
        call.server.database,
        call.site(),
        new.profile,
        shows_acquisition=new.acquisition,
        declared_events=new.declared_events,
        now=call.server.clock(),
    )
    return {"description": [str(sentence) for sentence in plan.sentences], "plan": msgspec.to_builtins(plan)}
