"""Put into effect what users edit, in the control file and in exclusions.toml: sites, API keys, rules, spam referrers.

Requests to this server are answered after their edits are in effect, so an event that follows the answer meets the new
site, key or rule. Edits by other processes take effect within a beat.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ingest.gates.exclusions import Exclusions
from schema.sites import keys, sites, spam_referrers
from schema.sites.keys import Key
from schema.sites.sites import Site
from schema.stores.control import Control, ControlUnavailableError
from scripts.server.rules_in_force import RulesInForce

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_UNCHANGING = frozenset({"GET", "HEAD", "OPTIONS"})  # methods of requests that edit nothing
_QUERY = "/api/v2/query"  # a question in a body; it must not wait for edits of others


@dataclass(frozen=True, slots=True)
class Edited:
    """A version of what users edit."""

    sites: list[Site]
    exclusions: Exclusions
    keys: list[Key]
    spam_referrers: dict[str, bool]  # domain -> True if it was added, False if it was taken out

    @property
    def until(self) -> float:
        """When the next former domain or exclusion expires, in epoch seconds."""
        ends = [former.until for site in self.sites for former in site.former_domains]
        return min(ends, default=math.inf) if (end := self.exclusions.next_end) is None else min([*ends, end])


class Edits:
    """Follows the edits of users. Use it from one event loop."""

    def __init__(
        self, control: Control, rules: RulesInForce, *, apply: Callable[[Edited], None], clock: Callable[[], float]
    ) -> None:
        """control: a connection of its own, because only other connections' commits are noticed. apply: never fails."""
        self._control = control
        self._rules = rules
        self._apply = apply
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._version: int | None = None  # of the control file, that is in effect; None: none
        self._sites: list[Site] = []
        self._until = math.inf

    def follow_now(self) -> None:
        """Apply what differs from what is in effect. Only before the event loop serves requests."""
        if edited := self._edited():
            self._put_in_effect(edited)

    async def follow(self, *, are_names_new: bool = False) -> None:
        """Apply what differs from what is in effect, off the event loop: 100,000 rules take a second or two.

        are_names_new: the addresses of host names in rules changed.
        """
        async with self._one_at_a_time:
            if are_names_new:
                self._version = None
            if edited := await asyncio.to_thread(self._edited):
                self._put_in_effect(edited)

    def _put_in_effect(self, edited: Edited) -> None:
        self._apply(edited)
        self._until = edited.until

    def _edited(self) -> Edited | None:
        """Return what users edit if it differs from what is in effect, else None."""
        self._rules.follow_file()
        version = self._control.version()
        if version == self._version and self._clock() < self._until:
            return None
        stored = sites.list_all(self._control, now=self._clock())
        if stored != self._sites:
            self._sites = stored
            self._rules.sites_changed()
        in_force = [key for key in keys.list_all(self._control) if key.is_in_force]
        edited = Edited(stored, self._rules.compile(), in_force, spam_referrers.list_all(self._control))
        self._version = version  # last, so that edits that could not be read are read again
        return edited


class AnsweredInEffect:
    """An ASGI application that answers a request once the edits it made are in effect."""

    def __init__(self, app: App, *, follow: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._follow = follow

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        async def send_in_effect(message: Message) -> None:
            if message["type"] == "http.response.start":
                with suppress(ControlUnavailableError):  # the edit is stored, and the beat tries again
                    await self._follow()
            await send(message)

        is_edit = scope["type"] == "http" and scope["method"] not in _UNCHANGING and scope["path"] != _QUERY
        await self._app(scope, receive, send_in_effect if is_edit else send)
