from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.enrich import source
from ingest.enrich.source import DIRECT, MAX_REFERRER_CHARACTERS, Source

SITE = "example.org"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)


def read(referrer: str, *, hostname: str = SITE, tagged: str = "") -> Source:
    return source.read(referrer, hostname=hostname, tagged=tagged)


@pytest.mark.parametrize(
    ("referrer", "name"),
    [
        pytest.param("https://www.google.com/", "Google", id="google"),
        pytest.param("https://www.google.fr/", "Google", id="google in a country"),
        pytest.param("https://www.google.co.uk/", "Google", id="google under a country's second level"),
        pytest.param("https://www.google.com.hk/", "Google", id="google under another second level"),
        pytest.param("https://news.google.de/", "Google", id="google news in a country"),
        pytest.param("https://sub.google.com/", "Google", id="some other google host"),
        pytest.param("https://google.github.io/", "google.github.io", id="a page that only starts alike"),
        pytest.param("https://google.shop/", "google.shop", id="a domain that is not google's"),
        pytest.param("https://notgoogle.com/", "notgoogle.com", id="a name that only ends alike"),
        pytest.param("https://mail.google.com/", "Gmail", id="google's mail is no search"),
        pytest.param("https://gemini.google.com/app", "Google Gemini", id="google's assistant is no search"),
        pytest.param("https://docs.google.com/document/", "Google Docs", id="google's documents are no search"),
        pytest.param("https://www.bing.com/", "Bing", id="bing"),
        pytest.param("https://ntp.msn.com/", "Bing", id="edge's start page"),
        pytest.param("https://fr.search.yahoo.com/", "Yahoo!", id="yahoo in a country"),
        pytest.param("https://search.yahoo.co.jp/", "Yahoo!", id="yahoo japan"),
        pytest.param("https://mail.yahoo.com/", "Yahoo! Mail", id="yahoo's mail is no search"),
        pytest.param("https://duckduckgo.com/", "DuckDuckGo", id="duckduckgo"),
        pytest.param("https://www.qwant.com/", "Qwant", id="qwant"),
        pytest.param("https://www.ecosia.org/", "Ecosia", id="ecosia"),
        pytest.param("https://yandex.com.tr/", "Yandex", id="yandex in a country"),
        pytest.param("https://ya.ru/", "Yandex", id="yandex in short"),
        pytest.param("https://m.baidu.com/", "Baidu", id="baidu"),
        pytest.param("https://wap.sogou.com/", "Sogou", id="sogou"),
        pytest.param("https://search.brave.com/", "Brave", id="brave"),
        pytest.param("https://www.perplexity.ai/", "Perplexity", id="perplexity"),
        pytest.param("https://chatgpt.com/", "ChatGPT", id="chatgpt"),
        pytest.param("https://claude.ai/", "Claude", id="claude"),
        pytest.param("https://copilot.microsoft.com/", "Microsoft Copilot", id="copilot"),
        pytest.param("https://copilot.com/", "Microsoft Copilot", id="copilot's other host"),
        pytest.param("https://www.microsoft.com/copilot", "Microsoft", id="microsoft's page about copilot"),
        pytest.param("https://word-edit.officeapps.live.com/we/", "Microsoft 365", id="a document on the web"),
        pytest.param("https://excel.officeapps.live.com/x/", "Microsoft 365", id="a sheet on the web"),
        pytest.param("https://officeapps.example/", "officeapps.example", id="a host that only begins alike"),
        pytest.param("https://outlook.live.com/", "Outlook.com", id="microsoft's mail instead of a document"),
        pytest.param("https://l.facebook.com/", "Facebook", id="facebook's link shim"),
        pytest.param("https://lm.facebook.com/l.php", "Facebook", id="facebook's mobile link shim"),
        pytest.param("https://l.instagram.com/", "Instagram", id="instagram's link shim"),
        pytest.param("https://t.co/abc", "X (Twitter)", id="x's shortener"),
        pytest.param("https://x.com/", "X (Twitter)", id="x"),
        pytest.param("https://at.co/abc", "at.co", id="a domain that only ends alike"),
        pytest.param("https://www.linkedin.com/feed/", "LinkedIn", id="linkedin"),
        pytest.param("https://lnkd.in/", "LinkedIn", id="linkedin's shortener"),
        pytest.param("https://out.reddit.com/t3_1", "Reddit", id="reddit's link shim"),
        pytest.param("https://news.ycombinator.com/item", "Hacker News", id="hacker news"),
        pytest.param("https://t.me/s/channel", "Telegram", id="telegram"),
        pytest.param("https://webk.telegram.org/", "Telegram", id="telegram in the browser"),
        pytest.param("https://canary.discord.com/", "Discord", id="discord"),
        pytest.param("https://statics.teams.cdn.office.net/", "Microsoft Teams", id="teams"),
        pytest.param("https://linktr.ee/someone", "Linktree", id="linktree"),
        pytest.param("https://vkontakte.ru/feed", "Vkontakte", id="vkontakte"),
        pytest.param("https://away.vk.com/", "Vkontakte", id="vkontakte's link shim"),
        pytest.param("https://www.temu.com/", "temu.com", id="a shop that is named by its host"),
        pytest.param("https://steamcommunity.com/app/1", "steamcommunity.com", id="a community named by its host"),
        pytest.param("https://store.steampowered.com/", "Steam", id="the shop next to the community"),
        pytest.param("https://www.producthunt.com/posts/x", "producthunt", id="product hunt"),
        pytest.param("https://www.indiehackers.com/post", "indiehackers.com", id="indie hackers"),
        pytest.param("https://nottemu.com/", "nottemu.com", id="a host that only ends like a shop's"),
        pytest.param("https://youtu.be/abc", "Youtube", id="youtube's shortener"),
        pytest.param("https://www.amazon.de/dp/1", "Amazon", id="amazon in a country"),
        pytest.param("https://www.ebay.co.uk/itm/1", "eBay", id="ebay in a country"),
        pytest.param("https://fr.wikipedia.org/wiki/Sillage", "Wikipedia", id="wikipedia in a language"),
        pytest.param("android-app://com.google.android.gm/", "Gmail", id="an android app"),
        pytest.param("android-app://com.reddit.frontpage", "Reddit", id="another android app"),
        pytest.param("android-app://com.Slack/", "Slack", id="an android app with capitals"),
        pytest.param("android-app://org.example.app/", "android-app://org.example.app", id="an app we don't know"),
        pytest.param("https://com.reddit.frontpage/", "com.reddit.frontpage", id="an app's name as a host"),
        pytest.param("https://www.some-blog.example/post", "some-blog.example", id="a host we don't know"),
        pytest.param("HTTPS://Some-Blog.Example/", "some-blog.example", id="capitals"),
    ],
)
def test_a_referrer_has_the_name_of_its_source(referrer, name):
    assert name == read(referrer).name


@pytest.mark.parametrize(
    ("referrer", "kept"),
    [
        pytest.param(
            "https://www.blog.example/a/b/", "blog.example/a/b", id="host and path, without a slash at the end"
        ),
        pytest.param("https://blog.example/", "blog.example", id="no path"),
        pytest.param("https://blog.example/a//", "blog.example/a/", id="one slash at the end is taken"),
        pytest.param("https://blog.example:8443/a", "blog.example/a", id="no port"),
        pytest.param("https://ann:secret@blog.example/a", "blog.example/a", id="no user, no password"),
        pytest.param("https://blog.example/a?q=secret", "blog.example/a", id="no query"),
        pytest.param("https://blog.example?q=secret", "blog.example", id="no query right after the host"),
        pytest.param("https://blog.example/a#secret?b", "blog.example/a", id="no fragment"),
        pytest.param("https://blog.example/caf%C3%A9", "blog.example/caf%C3%A9", id="the path stays encoded"),
        pytest.param("https://blog.example/a\x00\n", "blog.example/a", id="no control characters"),
        pytest.param("android-app://org.example.app/", "android-app://org.example.app", id="an android app"),
    ],
)
def test_a_referrer_is_kept_as_host_and_path(referrer, kept):
    assert kept == read(referrer).referrer


@pytest.mark.parametrize(
    ("referrer", "is_source"),
    [
        pytest.param("https://example.org/page", False, id="the same host"),
        pytest.param("https://www.Example.org:8443/page", False, id="the same host in other words"),
        pytest.param("https://blog.example.org/page", True, id="another subdomain of the site"),
        pytest.param("https://example.com/page", True, id="another host"),
        pytest.param("http://localhost:3000/", False, id="localhost"),
        pytest.param("http://localhost.example/", True, id="a host that only starts alike"),
        pytest.param("http://203.0.113.77/page", False, id="an address that could be the visitor's"),
        pytest.param("http://[2001:db8::cafe]/page", False, id="an ipv6 address that could be the visitor's"),
        pytest.param("http://192.168.1.1/", False, id="an address inside a network"),
        pytest.param("http://127.0.0.1:9000/", True, id="this machine's own address"),
        pytest.param("http://203.0.113.77.example/", True, id="a name that begins like an address"),
        pytest.param("ftp://files.example/", False, id="another scheme"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("mailto:ann@example.com", False, id="an e-mail address"),
        pytest.param("//blog.example/", False, id="no scheme"),
        pytest.param("blog.example", False, id="a host without a scheme"),
        pytest.param("https:///page", False, id="no host"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_only_another_public_place_is_a_source(referrer, is_source):
    assert is_source is (read(referrer) != DIRECT)


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        pytest.param("fb", "Facebook", id="a short form"),
        pytest.param("FB", "Facebook", id="a short form in capitals"),
        pytest.param("facebook", "Facebook", id="a name in lower case"),
        pytest.param("ig", "Instagram", id="instagram"),
        pytest.param("yt-ads", "Youtube", id="youtube's ads"),
        pytest.param("google ads", "Google", id="google's ads"),
        pytest.param("adwords", "Google", id="google's ads of old"),
        pytest.param("tik.tok", "TikTok", id="tiktok"),
        pytest.param("reddit-ads", "Reddit", id="reddit's ads"),
        pytest.param("linktree", "Linktree", id="linktree"),
        pytest.param("copilot", "Microsoft Copilot", id="copilot"),
        pytest.param("producthunt", "producthunt", id="product hunt"),
        pytest.param("Product Hunt", "producthunt", id="product hunt in two words"),
        pytest.param("chatgpt.com", "ChatGPT", id="a host"),
        pytest.param("Perplexity", "Perplexity", id="a name"),
        pytest.param("android-app://com.reddit.frontpage", "Reddit", id="an android app"),
        pytest.param("Newsletter March", "Newsletter March", id="what we don't know stays as it is"),
        pytest.param("fb2", "fb2", id="what only starts alike"),
    ],
)
def test_a_tag_names_the_source(tag, name):
    assert Source(name) == read("", tagged=tag)


def test_a_tag_outweighs_the_referrer_but_does_not_hide_it():
    assert Source("Facebook", "news.example/a") == read("https://news.example/a", tagged="fb")


def test_a_tagged_link_between_pages_of_the_site_has_no_referrer():
    assert Source("banner") == read("https://example.org/", tagged="banner")


@pytest.mark.parametrize(
    ("name", "click_id_param", "medium"),
    [
        pytest.param("Google", "gclid", "(gclid)", id="google's click"),
        pytest.param("Bing", "msclkid", "(msclkid)", id="bing's click"),
        pytest.param("Google", "msclkid", "", id="bing's click from google"),
        pytest.param("Bing", "gclid", "", id="google's click from bing"),
        pytest.param("Facebook", "fbclid", "", id="facebook's click"),
        pytest.param("Google", "", "", id="no click"),
    ],
)
def test_a_click_stands_for_a_medium_where_engine_and_identifier_fit(name, click_id_param, medium):
    assert medium == source.click_medium(name, click_id_param)


@given(ANY_TEXT, ANY_TEXT)
@example("https://[", "")
@example("https://\ud800/\ud800", "\ud800")
@example("https://a.example/" + "b" * 10_000, "c" * 10_000)
@example("http://" + "İ" * 2500, "")
def test_any_referrer_and_tag_have_a_source_within_limits(referrer, tagged):
    found = read(referrer, tagged=tagged)

    assert len(found.referrer) <= MAX_REFERRER_CHARACTERS
    assert bool(found.name) is bool(tagged or found.referrer)
    assert found.referrer.encode("utf-8") is not None


@given(st.text(st.characters(exclude_characters="#?/\\@[:", exclude_categories=["Cs"]), max_size=50))
def test_no_query_of_a_referrer_is_kept(text):
    assert "s3cr3t" not in f"{read(f'https://blog.example/{text}?{text}=s3cr3t#s3cr3t')}"


def test_the_table_of_sources_says_everything_once_and_in_lower_case():
    rows = [line.split("\t") for line in _table() if line and not line.startswith("#")]
    hosts = [host for row in rows for host in row[1].split()]
    tags = [row[0].lower() for row in rows] + [tag.strip() for row in rows for tag in ",".join(row[2:]).split(",")]

    assert len(hosts) >= 400
    assert [] == [host for host in hosts if hosts.count(host) > 1 or host != host.lower()]
    assert [] == [tag for tag in tags if tag and (tags.count(tag) > 1 or tag != tag.lower())]


def _table() -> list[str]:
    return files("ingest.enrich").joinpath("data/sources.tsv").read_text("utf-8").splitlines()
