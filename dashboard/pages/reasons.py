"""Labels and explanations for the reasons stored in `drops`: why a hit was not counted."""

from dataclasses import dataclass

from dashboard.language import gettext as _
from dashboard.language import later
from schema.privacy.redaction import Kind


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    sentence: str


EXCLUDED = "excluded"

WORDINGS = {
    EXCLUDED: Wording(
        later("Exclusions"), later("Visits that match a rule in the settings, such as those from your own office.")
    ),
    "opted_out": Wording(
        later("Opt-outs"), later("Devices of your own staff, and visitors who chose not to be counted.")
    ),
    "gpc": Wording(
        later("Global Privacy Control"),
        later(
            "Page views of browsers with this signal, which asks not to be measured. Nothing else is stored of them."
        ),
    ),
    "dnt": Wording(
        later("Do Not Track"),
        later(
            "Page views of browsers with this signal, which asks not to be measured. Nothing else is stored of them."
        ),
    ),
    "signal_event": Wording(
        later("Other events with a privacy signal"),
        later("Custom events and reading times of browsers that ask not to be measured."),
    ),
    "undeclared_event": Wording(
        later("Events that are not declared"),
        later(
            "Custom events with a name that is not declared in the privacy settings of the site. Names are not stored."
        ),
    ),
    "bot_search": Wording(later("Search engines"), later("Crawlers of Google, Bing and others that index your pages.")),
    "bot_ai": Wording(
        later("AI assistants"),
        later(
            "Crawlers of ChatGPT, Claude, Perplexity and others that read your pages for answers or training."
            " People who follow their links are counted."
        ),
    ),
    "bot_preview": Wording(
        later("Link previews"),
        later("Programs that fetch a page when someone shares its link in a chat or on a social network."),
    ),
    "bot_monitoring": Wording(
        later("Monitoring"),
        later("Services that check the availability and speed of a site. One of them may be yours."),
    ),
    "bot_scanner": Wording(later("Security scanners"), later("Programs that search websites for vulnerabilities.")),
    "bot_seo": Wording(
        later("SEO and advertising tools"),
        later("Crawlers that collect links, rankings and ads, such as those of Ahrefs and Semrush."),
    ),
    "headless": Wording(
        later("Automated browsers"), later("Browsers that run a script, for tests, screenshots or scraping.")
    ),
    "bot_other": Wording(
        later("Other bots"), later("Feed readers, archivers, scripts and other clients that are not browsers.")
    ),
    "bot": Wording(later("Bots"), later("Bots of every kind, recorded before Sillage distinguished them.")),
    "prefetch": Wording(
        later("Prefetched pages"),
        later("Pages that a browser loaded in advance. A page is counted when the visitor opens it."),
    ),
    "spam_referrer": Wording(
        later("Referrer spam"), later("Fake visits that promote a spammer's website by adding it to your sources.")
    ),
    "rate_limited_client": Wording(
        later("Too many hits from one client"),
        later(
            "One client sent more hits in a minute than a person would. If it is your own server, sending events for"
            " your visitors, give it an API key to report their IP addresses."
        ),
    ),
    "rate_limited_site": Wording(
        later("Too many hits on the site"), later("The site received more hits in a minute than its limit allows.")
    ),
    "datacenter": Wording(
        later("Data centres"), later("A proxy in front of Sillage reported the IP address as a data centre's.")
    ),
    "threat": Wording(
        later("Known threats"), later("A proxy in front of Sillage reported the IP address as a threat.")
    ),
    "no_visit_for_engagement": Wording(
        later("Reading time without a visit"),
        later(
            "Pages that reported their reading time after the visit ended, or were not counted. No visitor is missing."
        ),
    ),
}


# What was replaced in hits that are counted.
REDACTIONS = {
    Kind.EMAIL: later("E-mail addresses"),
    Kind.PHONE: later("Phone numbers"),
    Kind.TOKEN: later("Tokens"),
    Kind.UUID: later("UUIDs"),
    Kind.IBAN: later("IBANs"),
    Kind.SSN: later("French social security numbers"),
}


def wording(reason: str) -> Wording:
    """Return the texts for a reason, translated. A reason from a newer version gets its name as title."""
    if (texts := WORDINGS.get(reason)) is None:
        return Wording(reason.replace("_", " ").capitalize(), "")
    return Wording(_(texts.title), _(texts.sentence))
