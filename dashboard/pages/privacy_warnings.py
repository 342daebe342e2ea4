"""Warnings about privacy above a report: a failed audit, settings that changed since, and a review that is due."""

from starlette.requests import Request

from dashboard.papers.facts import configuration_hash
from dashboard.services import services
from schema.privacy import audits, reviews
from schema.sentence import Sentence
from schema.sites.sites import Site


def warnings(request: Request, site: Site) -> list[Sentence]:
    """Return the warnings of a site, none if all is well. A site without an audit has none about it."""
    server = services(request)
    sentences = []
    if audit := audits.latest(server.control, site.domain):
        day = site.day_of(audit.at)
        if audit.is_red:
            sentences.append(
                Sentence("The privacy audit of %(day)s failed. The privacy settings show the findings.", {"day": day})
            )
        if audit.hashes[site.domain] != configuration_hash(site, server.installation):
            sentences.append(
                Sentence(
                    "The privacy settings changed since the audit of %(day)s. Run `sillage privacy audit`.",
                    {"day": day},
                )
            )
    added = site.day_of(reviews.added_at(server.control).get(site.id, 0))
    if reviews.is_due(site, added=added, today=site.day_of(server.clock())):
        sentences.append(
            Sentence("The yearly review of the privacy settings is due. Note it in the privacy settings afterwards.")
        )
    return sentences
