"""Why a hit was not counted, in words that need no explanation. Reasons are those of what is stored in `drops`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    sentence: str


EXCLUDED = "excluded"

WORDINGS = {
    EXCLUDED: Wording("Exclusions", "A rule of the settings leaves them out, such as visits from your own office."),
    "opted_out": Wording("Browsers left out", "Devices of your own people, and visitors who asked not to be counted."),
    "bot_search": Wording(
        "Search engines", "Programs of Google, Bing and others, which read your pages so that people can find them."
    ),
    "bot_ai": Wording(
        "AI assistants",
        "Programs of ChatGPT, Claude, Perplexity and others, which read your pages to answer or to learn."
        " People who follow a link of theirs are counted.",
    ),
    "bot_preview": Wording(
        "Link previews", "Programs that fetch a page because somebody shared its link in a chat or a social network."
    ),
    "bot_monitoring": Wording(
        "Monitoring", "Services that check whether a site is up and how fast it is. One of them may be yours."
    ),
    "bot_scanner": Wording("Security scanners", "Programs that look for weak spots of websites."),
    "bot_seo": Wording(
        "SEO and advertising tools",
        "Programs that collect links, rankings and ads, such as those of Ahrefs and Semrush.",
    ),
    "headless": Wording(
        "Automated browsers", "Browsers that a program drives and nobody watches: for tests, screenshots and copying."
    ),
    "bot_other": Wording(
        "Other programs", "Feed readers, archives, scripts, and everything else that is no person's browser."
    ),
    "bot": Wording("Bots", "Programs of every kind, from before this page told kinds apart."),
    "prefetch": Wording(
        "Pages loaded ahead", "A browser loaded a page in case somebody opens it. If somebody does, that is counted."
    ),
    "spam_referrer": Wording(
        "Made-up referrers", "Visits that never were, sent so that a spammer's website shows up among your sources."
    ),
    "rate_limited_client": Wording(
        "Too much from one address",
        "One address sent more in a minute than a person would. If it is a server of yours that sends events for your"
        " visitors, give it a key, so that it can say whose they are.",
    ),
    "rate_limited_site": Wording(
        "Too much at once", "The site got more hits in a minute than the limit that was set for it."
    ),
    "datacenter": Wording("Data centres", "The service in front of this server says that the address is no person's."),
    "threat": Wording("Known threats", "The service in front of this server warns of the address."),
    "no_visit_for_engagement": Wording(
        "Reading time without a visit",
        "A page told how long it was read when its visit was over, or was not counted itself. Nobody is missing.",
    ),
}


def wording(reason: str) -> Wording:
    """Return the words for a reason; for one that only a newer version knows, its name."""
    return WORDINGS.get(reason) or Wording(reason.replace("_", " ").capitalize(), "")
