from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.channel import channel
from ingest.enrich.source import read

CHANNELS = {
    "Cross-network",
    "Paid Shopping",
    "Paid Search",
    "Paid Social",
    "Paid Video",
    "Display",
    "Paid Other",
    "Organic Shopping",
    "Organic Social",
    "Organic Video",
    "AI Assistants",
    "Organic Search",
    "Email",
    "Affiliates",
    "Audio",
    "SMS",
    "Mobile Push Notifications",
    "Referral",
    "Direct",
}
TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


def of(
    source: str = "", *, medium: str = "", campaign: str = "", utm_source: str = "", click: str = ""
) -> dict[str, str]:
    return {
        "source": source,
        "medium": medium,
        "campaign": campaign,
        "utm_source": utm_source,
        "click_id_param": click,
    }


CASES = [
    pytest.param(of(campaign="Q3 Cross-Network test"), "Cross-network", id="cross-network in the campaign"),
    pytest.param(of("Google", medium="cpc", campaign="cross-network"), "Cross-network", id="before all others"),
    pytest.param(of(campaign="cross network"), "Direct", id="not in other words"),
    pytest.param(of(medium="cross-network"), "Direct", id="not in the medium"),
    #
    pytest.param(of("Amazon", medium="cpc"), "Paid Shopping", id="a shop, paid"),
    pytest.param(of("Google", medium="cpc", campaign="Shopping FR"), "Paid Shopping", id="a shopping campaign, paid"),
    pytest.param(
        of("Google", medium="cpc", campaign="shop-2026"), "Paid Shopping", id="a campaign that begins with shop"
    ),
    pytest.param(of("Google", medium="cpc", campaign="eshop"), "Paid Shopping", id="shop after an e"),
    pytest.param(of("Google", medium="cpc", campaign="workshop"), "Paid Search", id="shop within a word"),
    pytest.param(of("Amazon", utm_source="gads"), "Organic Shopping", id="a paid source is not enough for a shop"),
    #
    pytest.param(of("Google", medium="cpc"), "Paid Search", id="a search engine, paid by click"),
    pytest.param(of("Google", medium="cpmx"), "Paid Search", id="a paid medium that only begins like a display one"),
    pytest.param(of("Bing", medium="ppc"), "Paid Search", id="a search engine, ppc"),
    pytest.param(of("Qwant", medium="paid-search"), "Paid Search", id="a medium that begins with paid"),
    pytest.param(of("Google", medium="retargeting"), "Paid Search", id="retargeting"),
    pytest.param(of("Google", utm_source="Google-Ads"), "Paid Search", id="a source that says ads"),
    pytest.param(of("Google", click="gclid"), "Paid Search", id="google's click"),
    pytest.param(of("Bing", click="msclkid"), "Paid Search", id="bing's click"),
    pytest.param(of("Google", click="msclkid"), "Organic Search", id="bing's click from google"),
    pytest.param(of("Google", click="gbraid"), "Paid Search", id="google's click on an iphone"),
    pytest.param(of("Google", click="wbraid"), "Paid Search", id="google's click from an app"),
    pytest.param(of("Google", click="fbclid"), "Organic Search", id="another click identifier changes nothing"),
    pytest.param(of("Bing", click="gbraid"), "Organic Search", id="google's click on an iphone, from elsewhere"),
    pytest.param(of("blog.example", click="wbraid"), "Referral", id="google's click from an app, from a blog"),
    pytest.param(of(click="gbraid"), "Direct", id="google's click on an iphone, from nowhere"),
    pytest.param(of("DuckDuckGo", click="gclid"), "Organic Search", id="google's click from elsewhere"),
    pytest.param(of("Google", medium="unpaid"), "Organic Search", id="a medium that does not begin with paid"),
    pytest.param(of("Google", utm_source="googlead"), "Organic Search", id="a source that is not in the list"),
    #
    pytest.param(of("Facebook", medium="paid_social"), "Paid Social", id="a social network, paid"),
    pytest.param(of("Facebook", utm_source="fb-ads"), "Paid Social", id="a social network, by its source"),
    pytest.param(of("Reddit", utm_source="reddit-ads"), "Paid Social", id="reddit's ads"),
    pytest.param(of("Facebook", click="fbclid"), "Organic Social", id="facebook's click is not paid"),
    #
    pytest.param(of("Youtube", medium="cpv"), "Paid Video", id="a video site, paid by view"),
    pytest.param(of("Youtube", medium="cpc"), "Paid Video", id="a video site, paid"),
    pytest.param(of("Youtube", utm_source="yt-ads"), "Paid Video", id="a video site, by its source"),
    pytest.param(of("Youtube", medium="cc"), "Organic Video", id="a video site, not paid"),
    #
    pytest.param(of("blog.example", medium="display"), "Display", id="display"),
    pytest.param(of("blog.example", medium="Banner"), "Display", id="a banner"),
    pytest.param(of("blog.example", medium="expandable"), "Display", id="an expandable"),
    pytest.param(of("blog.example", medium="interstitial"), "Display", id="an interstitial"),
    pytest.param(of("blog.example", medium="cpm"), "Display", id="paid by view, anywhere"),
    pytest.param(of("Google", medium="CPM"), "Display", id="paid by view, on a search engine"),
    pytest.param(of("Facebook", medium="display"), "Display", id="display, on a social network"),
    pytest.param(of("Youtube", medium="cpm"), "Display", id="paid by view, on a video site"),
    pytest.param(of("Amazon", medium="banner"), "Display", id="a banner, in a shop"),
    pytest.param(of("Google", medium="cpm", campaign="shopping"), "Display", id="paid by view, a shopping campaign"),
    pytest.param(of("Google", medium="display", click="gclid"), "Display", id="display, with google's click"),
    pytest.param(of("Google", medium="display", utm_source="google-ads"), "Display", id="display, a paid source"),
    pytest.param(of("ChatGPT", medium="interstitial"), "Display", id="an interstitial, in an assistant"),
    pytest.param(of(medium="cpm", campaign="cross-network"), "Cross-network", id="only after cross-network"),
    pytest.param(of("blog.example", medium="banners"), "Referral", id="not in other words"),
    #
    pytest.param(of("blog.example", medium="cpc"), "Paid Other", id="paid, anywhere"),
    pytest.param(of(medium="paid"), "Paid Other", id="paid, from nowhere"),
    pytest.param(of(medium="(gclid)"), "Direct", id="a click stands for no paid medium by itself"),
    pytest.param(of("blog.example", utm_source="gads"), "Referral", id="a paid source means nothing elsewhere"),
    #
    pytest.param(of("eBay"), "Organic Shopping", id="a shop"),
    pytest.param(of("temu.com"), "Organic Shopping", id="a shop by its host"),
    pytest.param(of("blog.example", campaign="Christmas shopping"), "Organic Shopping", id="a shopping campaign"),
    pytest.param(of("blog.example", campaign="my shop"), "Organic Shopping", id="shop after a space"),
    pytest.param(of("blog.example", campaign="bishop"), "Referral", id="shop within another word"),
    #
    pytest.param(of("LinkedIn"), "Organic Social", id="a social network"),
    pytest.param(of("Vkontakte"), "Organic Social", id="vkontakte"),
    pytest.param(of("producthunt"), "Organic Social", id="product hunt"),
    pytest.param(of("steamcommunity.com"), "Organic Social", id="a community of players"),
    pytest.param(of("GitHub"), "Organic Social", id="a community of developers"),
    pytest.param(of("Bluesky"), "Organic Social", id="bluesky"),
    pytest.param(of("Mastodon"), "Organic Social", id="mastodon"),
    pytest.param(of("Linktree"), "Referral", id="a list of links, which does not count as social"),
    pytest.param(of("Steam"), "Organic Social", id="a shop of games with a community"),
    pytest.param(of("Hacker News"), "Organic Social", id="a forum"),
    pytest.param(of("X (Twitter)"), "Organic Social", id="x"),
    pytest.param(of("Threads"), "Organic Social", id="threads"),
    pytest.param(of("blog.example", medium="social"), "Organic Social", id="a social medium"),
    pytest.param(of("blog.example", medium="Social-Network"), "Organic Social", id="a social network as medium"),
    pytest.param(of("blog.example", medium="social media"), "Organic Social", id="social media in two words"),
    pytest.param(of("blog.example", medium="sm"), "Organic Social", id="social media in short"),
    pytest.param(of("blog.example", medium="socials"), "Referral", id="not in other words, social"),
    #
    pytest.param(of("Vimeo"), "Organic Video", id="another video site"),
    pytest.param(of("blog.example", medium="my-video-ad"), "Organic Video", id="video in the medium"),
    pytest.param(of("blog.example", campaign="video"), "Referral", id="video in the campaign means nothing"),
    #
    pytest.param(of("ChatGPT"), "AI Assistants", id="chatgpt"),
    pytest.param(of("chatgpt.com"), "AI Assistants", id="chatgpt by its host"),
    pytest.param(of("Google Gemini"), "AI Assistants", id="gemini"),
    pytest.param(of("Perplexity"), "AI Assistants", id="perplexity"),
    pytest.param(of("Microsoft Copilot"), "AI Assistants", id="copilot"),
    pytest.param(of("copilot"), "AI Assistants", id="copilot in short"),
    pytest.param(of("copilot.com"), "AI Assistants", id="copilot by its host"),
    pytest.param(of("Microsoft Copilot", medium="cpc"), "Paid Other", id="an assistant, paid"),
    pytest.param(of("Microsoft 365"), "Referral", id="documents that have an assistant"),
    pytest.param(of("Claude Monet"), "Referral", id="another claude"),
    #
    pytest.param(of("Google"), "Organic Search", id="google"),
    pytest.param(of("Yahoo!"), "Organic Search", id="yahoo"),
    pytest.param(of("Brave", medium="organic"), "Organic Search", id="a search engine, organic"),
    pytest.param(of("blog.example", medium="organic"), "Referral", id="organic alone means nothing"),
    pytest.param(of("Google Docs"), "Referral", id="google's documents"),
    #
    pytest.param(of("Gmail"), "Email", id="a mail service"),
    pytest.param(of("blog.example", medium="E-Mail"), "Email", id="mail in the medium"),
    pytest.param(of("march-newsletter", utm_source="march-newsletter"), "Email", id="newsletter in the source"),
    pytest.param(of("x", utm_source="e mail list"), "Email", id="mail in two words"),
    pytest.param(of("x", medium="my_e_mail"), "Email", id="mail with an underscore"),
    pytest.param(of("blog.example", campaign="newsletter"), "Referral", id="newsletter in the campaign means nothing"),
    pytest.param(of("blog.example", medium="mail"), "Referral", id="mail alone means nothing"),
    #
    pytest.param(of("blog.example", medium="Affiliate"), "Affiliates", id="an affiliate"),
    pytest.param(of("blog.example", medium="affiliates"), "Referral", id="not in the plural"),
    #
    pytest.param(of("blog.example", medium="audio"), "Audio", id="audio"),
    pytest.param(of("blog.example", medium="audio-ad"), "Referral", id="not in other words, audio"),
    #
    pytest.param(of("sms", utm_source="SMS"), "SMS", id="sms as source"),
    pytest.param(of(medium="sms"), "SMS", id="sms as medium"),
    pytest.param(of("blog.example", medium="smsx"), "Referral", id="not in other words, sms"),
    #
    pytest.param(of("blog.example", medium="web-push"), "Mobile Push Notifications", id="ends with push"),
    pytest.param(of(medium="mobile-app"), "Mobile Push Notifications", id="contains mobile"),
    pytest.param(of(medium="in-app-notification"), "Mobile Push Notifications", id="contains notification"),
    pytest.param(of("Firebase"), "Mobile Push Notifications", id="firebase"),
    pytest.param(of("blog.example", medium="push-me"), "Referral", id="push not at the end"),
    #
    pytest.param(of("blog.example"), "Referral", id="any other source"),
    pytest.param(of(medium="referral"), "Referral", id="referral as medium"),
    pytest.param(of(medium="App"), "Referral", id="app as medium"),
    pytest.param(of(medium="link"), "Referral", id="link as medium"),
    pytest.param(of(medium="links"), "Direct", id="not in the plural, link"),
    #
    pytest.param(of(), "Direct", id="nothing at all"),
    pytest.param(of(campaign="spring", click="fbclid"), "Direct", id="a campaign and a click from nowhere"),
]


@pytest.mark.parametrize(("visit", "expected"), CASES)
def test_the_first_rule_that_holds_names_the_channel(visit, expected):
    assert expected == channel(**visit)


@pytest.mark.parametrize(("visit", "expected"), CASES)
def test_no_rule_minds_case(visit, expected):
    assert expected == channel(**{name: text.upper() for name, text in visit.items()})


def test_the_cases_cover_every_channel():
    assert {case.values[1] for case in CASES} == CHANNELS


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        pytest.param("https://www.google.fr/", "Organic Search", id="google in a country"),
        pytest.param("https://t.co/abc", "Organic Social", id="a link shim"),
        pytest.param("https://chatgpt.com/", "AI Assistants", id="an assistant"),
        pytest.param("android-app://com.google.android.gm/", "Email", id="a mail app"),
        pytest.param("https://youtu.be/abc", "Organic Video", id="a video"),
        pytest.param("https://www.amazon.fr/", "Organic Shopping", id="a shop"),
        pytest.param("https://fr.wikipedia.org/", "Referral", id="an encyclopedia"),
        pytest.param("https://blog.example/", "Referral", id="a blog"),
    ],
)
def test_sources_and_channels_speak_of_the_same_names(referrer, expected):
    assert expected == channel(**of(read(referrer, hostname="example.org", tagged="").name))


def test_every_source_with_a_kind_is_one_that_sources_know():
    sources = {row[0].lower() for row in _rows("sources.tsv")} | {"twitter"}
    hosts = {host for row in _rows("sources.tsv") for host in row[1].split()}
    tags = {tag.strip() for row in _rows("sources.tsv") for tag in ",".join(row[2:]).split(",")}
    kinds = [(kind, name.strip().lower()) for kind, names in _rows("channels.tsv") for name in names.split(",")]

    assert [] == [name for kind, name in kinds if kind != "paid" and name not in sources | hosts | tags]
    assert [] == [name for kind, name in kinds if kind == "paid" and name not in tags]
    assert [] == [pair for pair in kinds if kinds.count(pair) > 1]


@given(TEXT, TEXT, TEXT, TEXT, TEXT)
def test_any_visit_has_one_of_the_channels(source, medium, campaign, utm_source, click):
    assert channel(**of(source, medium=medium, campaign=campaign, utm_source=utm_source, click=click)) in CHANNELS


def _rows(name: str) -> list[list[str]]:
    lines = files("ingest.enrich").joinpath("data", name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
