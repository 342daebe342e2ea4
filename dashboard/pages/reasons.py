"""Labels and explanations for the reasons stored in `drops`: why a hit was not counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    sentence: str


EXCLUDED = "excluded"

WORDINGS = {
    EXCLUDED: Wording("Exclusions", "Visits that match a rule in the settings, such as those from your own office."),
    "opted_out": Wording("Opt-outs", "Devices of your own staff, and visitors who chose not to be counted."),
    "bot_search": Wording("Search engines", "Crawlers of Google, Bing and others that index your pages."),
    "bot_ai": Wording(
        "AI assistants",
        "Crawlers of ChatGPT, Claude, Perplexity and others that read your pages for answers or training."
        " People who follow their links are counted.",
    ),
    "bot_preview": Wording(
        "Link previews", "Programs that fetch a page when someone shares its link in a chat or on a social network."
    ),
    "bot_monitoring": Wording(
        "Monitoring", "Services that check the availability and speed of a site. One of them may be yours."
    ),
    "bot_scanner": Wording("Security scanners", "Programs that search websites for vulnerabilities."),
    "bot_seo": Wording(
        "SEO and advertising tools",
        "Crawlers that collect links, rankings and ads, such as those of Ahrefs and Semrush.",
    ),
    "headless": Wording("Automated browsers", "Browsers that run a script, for tests, screenshots or scraping."),
    "bot_other": Wording("Other bots", "Feed readers, archivers, scripts and other clients that are not browsers."),
    "bot": Wording("Bots", "Bots of every kind, recorded before Sillage distinguished them."),
    "prefetch": Wording(
        "Prefetched pages", "Pages that a browser loaded in advance. A page is counted when the visitor opens it."
    ),
    "spam_referrer": Wording(
        "Referrer spam", "Fake visits that promote a spammer's website by adding it to your sources."
    ),
    "rate_limited_client": Wording(
        "Too many hits from one client",
        "One client sent more hits in a minute than a person would. If it is your own server, sending events for your"
        " visitors, give it an API key to report their IP addresses.",
    ),
    "rate_limited_site": Wording(
        "Too many hits on the site", "The site received more hits in a minute than its limit allows."
    ),
    "datacenter": Wording("Data centres", "A proxy in front of Sillage reported the IP address as a data centre's."),
    "threat": Wording("Known threats", "A proxy in front of Sillage reported the IP address as a threat."),
    "no_visit_for_engagement": Wording(
        "Reading time without a visit",
        "Pages that reported their reading time after the visit ended, or were not counted. No visitor is missing.",
    ),
}


def wording(reason: str) -> Wording:
    """Return the texts for a reason. A reason from a newer version gets its name as title."""
    return WORDINGS.get(reason) or Wording(reason.replace("_", " ").capitalize(), "")
