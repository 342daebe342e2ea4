"""Generate past events for import: python -m scripts.benchmarks.sample_history DOMAIN EVENTS DAYS LAST_DAY > FILE.

Traffic grows a little from day to day. A visit has a few page views, each with its engagement, and sometimes a custom
event with properties. A few of the pages and referrers are much more frequent than the others. Output is deterministic.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from random import Random

PAGES, REFERRERS, CAMPAIGNS = 1000, 300, 40
EVENTS_A_VISIT = 5.56
_WORDS = ("formation", "python", "data", "cloud", "blog", "guide", "metier", "agile", "design", "reseau")
_COUNTRIES = ("FR", "BE", "CH", "CA", "DE", "GB", "ES", "US", "MA", "NL", "IT", "PT", "SN", "TN", "DZ", "CI", "LU")
_BROWSERS = ("Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung Browser")
_SYSTEMS = ("Windows", "Android", "iOS", "Mac", "GNU/Linux")
_DEVICES = ("Desktop", "Mobile", "Tablet")
_SITES = ("www.google.com", "www.linkedin.com", "www.bing.com", "duckduckgo.com", "chatgpt.com", "www.youtube.com")
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 13, 15, 18, 18, 17, 14, 11, 9, 8, 7, 4, 2)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Values with frequencies proportional to 1/n."""

    values: tuple[str, ...]
    weights: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        shares = (1 / number for number in range(1, len(self.values) + 1))
        object.__setattr__(self, "weights", tuple(accumulate(shares)))

    def draw(self, pick: Random) -> str:
        return pick.choices(self.values, cum_weights=self.weights)[0]


class SampleHistory:
    """The past events of one site."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._random = Random(domain)  # noqa: S311 (not secret; the same every time)
        words = [self._random.choice(_WORDS) for _ in range(PAGES)]
        self._pages = _Choice(("/", *(f"/{word}/{number}" for number, word in enumerate(words, start=1))))
        others = tuple(f"partner-{number}.example" for number in range(REFERRERS))
        self._referrers = _Choice(("", *_SITES, *others))
        self._campaigns = _Choice(tuple(f"campaign-{number}" for number in range(CAMPAIGNS)))
        self._countries, self._browsers = _Choice(_COUNTRIES), _Choice(_BROWSERS)
        self._systems, self._devices = _Choice(_SYSTEMS), _Choice(_DEVICES)
        self._visitor = 0

    def lines(self, *, last: date, days: int, events: int) -> Iterator[str]:
        """Yield events as JSON lines, spread over the days up to the last, in UTC."""
        return islice(self._endless(last, days, events), events)

    def _endless(self, last: date, days: int, events: int) -> Iterator[str]:
        a_day = events / days / EVENTS_A_VISIT
        while True:  # usually, the second round yields the last few
            for number in range(days):
                day = last - timedelta(days=days - 1 - number)
                midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
                share = (0.6 if day.weekday() > 4 else 1.16) * (0.8 + 0.4 * number / days)
                for _ in range(int(a_day * share) + 1):
                    yield from self._visit(midnight)

    def _visit(self, midnight: int) -> Iterator[str]:
        pick = self._random
        hour = pick.choices(range(24), _HOURS)[0]
        moment = midnight + hour * 3600 + pick.randrange(3600)
        if pick.random() > 0.2:  # else the previous visitor returns
            self._visitor += 1
        tags = f"?utm_source=newsletter&utm_campaign={self._campaigns.draw(pick)}" if pick.random() < 0.1 else ""
        referrer = "" if tags else self._referrers.draw(pick)
        attributes = (
            f'"visitor":"{self._visitor}","referrer":"{referrer and f"https://{referrer}/"}",'
            f'"country":"{self._countries.draw(pick)}",'
            f'"browser":"{self._browsers.draw(pick)}","browser_version":"{pick.randrange(120, 146)}",'
            f'"os":"{self._systems.draw(pick)}","os_version":"{pick.randrange(10, 19)}",'
            f'"screen_size":"{self._devices.draw(pick)}"}}\n'
        )
        for number in range(min(1 + int(pick.expovariate(0.46)), 30)):
            url = f"https://{self._domain}{self._pages.draw(pick)}{'' if number else tags}"
            yield f'{{"time":{moment}000,"name":"pageview","url":"{url}",{attributes}'
            stay = int(pick.lognormvariate(3.4, 0.9)) % 900
            moment += 1 + stay
            depth = pick.randrange(20, 101)
            yield (
                f'{{"time":{moment}000,"name":"engagement","url":"{url}","scroll_depth":{depth},'
                f'"engagement_time":{stay * 800},{attributes}'
            )
            if pick.random() < 0.05:
                props = f'{{"plan":"{pick.choice(("free", "pro", "team"))}"}}'
                yield f'{{"time":{moment}000,"name":"Signup","url":"{url}","props":{props},{attributes}'


def main() -> None:
    """Write the events to standard output."""
    domain, events, days, last = sys.argv[1:]
    for line in SampleHistory(domain).lines(last=date.fromisoformat(last), days=int(days), events=int(events)):
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
