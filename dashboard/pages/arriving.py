"""What the server itself saw of a site lately, as findings: events that arrive, and why none do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from dashboard import language
from dashboard.language import gettext as _
from dashboard.pages import figures
from dashboard.pages.reasons import EXCLUDED, wording
from dashboard.services import services
from dashboard.stats.model import period
from dashboard.stats.reports.arrivals import Arrival, arrivals
from dashboard.stats.reports.drops import Drop, drops
from schema.exclusions import rules as exclusions
from schema.sites.host import without_www
from schema.sites.sites import Site
from schema.sites.strays import Strays
from schema.stores.database import DatabaseUnavailableError, OperationalError, QueryLimitError

_NOT_NOW = (DatabaseUnavailableError, OperationalError, QueryLimitError)
_MOST = 3  # hosts or domains in findings


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a snippet."""

    sentence: str
    is_good: bool = False


def lately(request: Request, site: Site) -> list[Finding]:
    """Return what the server saw of a site in the last hour, as findings."""
    server = services(request)
    now = datetime.fromtimestamp(server.clock(), UTC)
    today = period.parse("day", zone=site.zone, now=now, first_day=None)
    strays = server.rules.strays(site.host)
    try:
        seen_arrivals = arrivals(server.database, site.id, now, privacy=site.privacy)
        dropped = drops(server.database, site.id, today, privacy=site.privacy)
    except _NOT_NOW:
        return [Finding(_("The statistics can't be read right now. Try again later."))]
    # Hours are counted as a whole.
    recent = [drop for drop in dropped if site.privacy.is_exempt or drop.start > now - timedelta(hours=2)]
    names = {rule.id: rule.rule.note or language.of(rule.sentence) for rule in exclusions.list_all(server.control)}
    return findings(site, seen_arrivals, recent, strays, rule_names=names)


def findings(
    site: Site, seen: Sequence[Arrival], dropped: Sequence[Drop], strays: Strays, *, rule_names: Mapping[int, str]
) -> list[Finding]:
    """Return what the server saw lately as findings. rule_names: of exclusions, by id."""
    said = [*_of_arrivals(site, seen), *_of_strays(site, strays)]
    if any(finding.is_good for finding in said):
        return said
    if dropped:
        said.append(_of_drops(dropped, rule_names))
    elif strays.script_loads and not said:
        said.append(
            Finding(
                _(
                    "Pages of %(host)s loaded the script, but sent no event. An ad blocker or the"
                    " Content-Security-Policy of the pages blocks events: use your own domain for them, as described"
                    " below.",
                    host=site.host,
                ),
            )
        )
    if not said:
        sentence = _("Nothing has arrived from %(host)s in the last hour. Open one of its pages.", host=site.host)
        said.append(Finding(sentence))
    return said


def is_own(site: Site, host: str) -> bool:
    """Return whether a host is that of the site, or below it."""
    return host == site.host or host.endswith(f".{site.host}")


def _of_arrivals(site: Site, seen: Sequence[Arrival]) -> list[Finding]:
    own = sum(arrival.pageviews for arrival in seen if is_own(site, without_www(arrival.host)))
    others = [arrival.host for arrival in seen if not is_own(site, without_www(arrival.host))]
    said = []
    if own:
        sentence = language.ngettext(
            "Events arrive: %(number)s page view of %(host)s in the last hour.",
            "Events arrive: %(number)s page views of %(host)s in the last hour.",
            own,
            number=figures.exact(own),
            host=site.host,
        )
        said.append(Finding(sentence, is_good=True))
    if others:
        sentence = _(
            "Events come from pages of %(hosts)s. If these are not pages of this site, correct data-domain in their"
            " script tag.",
            hosts=", ".join(others[:_MOST]),
        )
        said.append(Finding(sentence))
    return said


def _of_strays(site: Site, strays: Strays) -> list[Finding]:
    most = sorted(strays.hits.items(), key=lambda hit: (-hit[1], hit[0]))[:_MOST]
    return [
        Finding(
            _(
                "Events come for %(domain)s, which is not a site here, from pages of %(host)s. Write"
                ' data-domain="%(own)s" in their script tag.',
                domain=domain,
                host=host,
                own=site.domain,
            ),
        )
        for (host, domain), _number in most
    ]


def _of_drops(dropped: Sequence[Drop], rule_names: Mapping[int, str]) -> Finding:
    """Return a finding about hits of which none was counted, by their most frequent reason."""
    counts = Counter[tuple[str, int]]()
    for drop in dropped:
        counts[drop.reason, drop.rule] += drop.count
    (reason, rule), number = counts.most_common(1)[0]
    all_of_them = number == counts.total()
    if reason == EXCLUDED and rule in rule_names:
        text = (
            _("All hits of the last hour are excluded by the rule “%(rule)s”.", rule=rule_names[rule])
            if all_of_them
            else _("Most hits of the last hour are excluded by the rule “%(rule)s”.", rule=rule_names[rule])
        )
        return Finding(text)
    title = wording(reason).title
    text = (
        _("Hits arrive, but none is counted. Reason: %(reason)s.", reason=title)
        if all_of_them
        else _("Hits arrive, but none is counted. Most frequent reason: %(reason)s.", reason=title)
    )
    return Finding(text)
