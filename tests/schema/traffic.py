"""Made-up traffic that keeps the rules of live traffic: for tests of what adds up over days.

A visitor's number belongs to the local day of its first event; a visit that is alive at midnight goes on under it,
until the end of the day after.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from schema.days.local_day import day_start
from schema.records.event import Record
from tests.factories import a_visit, an_event

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Traffic:
    site_id: int
    zone: ZoneInfo
    first: date
    days: int
    seed: int

    def records(self) -> list[Record]:
        """Return the events of some visits a day, many of them around midnight."""
        pick = Random(self.seed)
        return [
            record
            for number in range(self.days)
            for visitor in range(pick.randrange(5))
            for record in self._visitor(pick, self.first + number * _DAY, visitor)
        ]

    def _visitor(self, pick: Random, day: date, number: int) -> Iterator[Record]:
        visitor_id = pick.getrandbits(63)
        midnight = day_start(day, self.zone)
        end = day_start(day + _DAY, self.zone)
        moment = pick.choice([midnight, end - timedelta(minutes=70), midnight + timedelta(hours=9)])
        while moment < end:
            visit = list(self._visit(pick, day, visitor_id, moment))
            yield from visit
            pause = timedelta(minutes=pick.choice([31, 40, 600, 1500]))
            moment = datetime.fromtimestamp(visit[-1].event.time, UTC) + pause

    def _visit(self, pick: Random, day: date, visitor_id: int, start: datetime) -> Iterator[Record]:
        times = [start]
        while pick.random() < 0.75 and len(times) < 9:
            times.append(times[-1] + timedelta(minutes=pick.choice([0, 1, 29, 30])))
        names = [pick.choice(["pageview", "pageview", "engagement", "Signup"]) for _ in times]
        names[0] = pick.choice(["pageview", "Signup"])
        seen = [(time, name) for time, name in zip(times, names, strict=True) if name != "engagement"]
        pages = [f"/{pick.choice('abc')}" for _ in times]
        views = [page for page, name in zip(pages, names, strict=True) if name == "pageview"]
        visit = a_visit(
            site_id=self.site_id,
            visitor_id=visitor_id,
            visit_id=pick.getrandbits(63),
            zone=self.zone,
            start=start,
            last=seen[-1][0],
            pageviews=len(views),
            events=len(seen),
            is_bounce=len(seen) == 1 and pick.random() < 0.9,
            entry_page=views[0] if views else "",
            exit_page=views[-1] if views else "",
            source=pick.choice(["Google", "Bing", ""]),
            country=pick.choice(["FR", "DE", ""]),
            city=pick.choice([0, 7]),
        )
        for position, (time, name, page) in enumerate(zip(times, names, pages, strict=True), start=1):
            is_engagement = name == "engagement"
            yield an_event(
                visit,
                time=time,
                zone=self.zone,
                name=name,
                path=page,
                position=position,
                props=pick.choice([{}, {"plan": pick.choice(["pro", "free"])}, {"plan": "pro", "ref": page}]),
                scroll_depth=pick.choice([10, 60, 90, 255]) if is_engagement else 255,
                engagement_ms=pick.randrange(90_000) if is_engagement else 0,
            )
