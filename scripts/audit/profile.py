"""The profile `exempt`, and P4: what it does not store is not stored, and every figure is a multiple of ten."""

from collections.abc import Iterator, Sequence

from schema.privacy import evidence
from schema.privacy.audits import Finding
from schema.privacy.evidence import ExemptRows
from schema.privacy.profile import UNIT
from schema.sentence import Count, Sentence, later
from schema.sites.sites import Site
from scripts.audit.subject import Subject, green, joined, listed, no_server, red

KEY = "profile"
_EXCESSES = {
    "closed": later("rows of closed days"),
    "campaigns": later("campaigns"),
    "sources": later("sources"),
    "cities": later("cities"),
    "properties": later("properties"),
    "revenue": later("revenue"),
    "undeclared": later("undeclared events"),
    "versions": later("full versions"),
    "counts": later("daily counts by campaign, city or property"),
}


def stores_no_more(subject: Subject) -> Finding:
    """Profile: rows of exempt sites have only what the profile allows."""
    if not subject.exempt:
        return green(KEY, "No site uses the profile exempt.")
    domains = {site.id: site.domain for site in subject.exempt}
    excesses = [rows for rows in subject.ask(evidence.EXEMPT_ROWS) if rows.site_id in domains and any(_excess(rows))]
    if excesses:
        what = [
            Sentence("%(domain)s: %(what)s", {"domain": domains[rows.site_id], "what": joined(list(_excess(rows)))})
            for rows in excesses
        ]
        return red(KEY, "Exempt sites store more than their profile allows. %(what)s.", what=joined(what))
    return green(
        KEY,
        "The exempt sites store no rows of closed days, and no campaigns, cities, properties, revenue, undeclared "
        "events or full versions: %(sites)s.",
        sites=listed([*domains.values()]),
    )


def lists_declared_events(subject: Subject) -> Finding:
    """Profile: the features whose use is counted."""
    names = [f"{site.domain}: {listed(site.privacy.declared_events)}" for site in subject.exempt if _declares(site)]
    if not names:
        return green(KEY, "No exempt site declares events.")
    return green(KEY, "Exempt sites count the use of these features: %(names)s.", names="; ".join(names))


def rounds_to_ten(subject: Subject) -> Finding:
    """P4: figures of exempt sites are multiples of ten, in the statistics API as on the pages."""
    if not subject.exempt:
        return green("P4", "No site uses the profile exempt, so figures are exact.")
    if subject.process is None:
        return no_server("P4")
    if wrong := [site.domain for site in subject.exempt if not _are_rounded(subject.figures(site))]:
        return red("P4", "Reports of these sites contain figures that are not rounded: %(sites)s.", sites=listed(wrong))
    return green("P4", "All figures that the reports of exempt sites contain are multiples of ten.")


def _excess(rows: ExemptRows) -> Iterator[Sentence]:
    for name, text in _EXCESSES.items():
        if count := getattr(rows, name):
            yield Sentence("%(name)s (%(count)s)", {"name": Sentence(text), "count": Count(count)})


def _declares(site: Site) -> bool:
    return bool(site.privacy.declared_events)


def _are_rounded(figures: Sequence[float]) -> bool:
    return all(figure % UNIT == 0 for figure in figures)
