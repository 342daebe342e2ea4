from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from ingest.gates import referrer_spam
from ingest.gates.referrer_spam import ReferrerSpam, SpamListError
from schema.sites.host import ascii_host

BUILT_IN = referrer_spam.built_in()
LIST = ReferrerSpam(["spam.example", "deep.worse.example", "xn--spm-bja.example"])


@pytest.mark.parametrize(
    ("referrer", "is_covered"),
    [
        pytest.param("https://spam.example/", True, id="a listed domain"),
        pytest.param("https://spam.example", True, id="without a path"),
        pytest.param("http://www.spam.example/buy?now=1#x", True, id="with www, path, query and fragment"),
        pytest.param("https://a.b.c.spam.example/", True, id="far below a listed domain"),
        pytest.param("HTTPS://SPAM.Example/", True, id="in upper case"),
        pytest.param("https://spam.example:8443/", True, id="with a port"),
        pytest.param("https://user:secret@spam.example/", True, id="with a user"),
        pytest.param("https://spam.example./", True, id="with the dot of the root"),
        pytest.param("https://spam.example?x", True, id="a query right after the host"),
        pytest.param("android-app://spam.example/", True, id="as an app"),
        pytest.param("https://xn--spm-bja.example/", True, id="an international name, encoded"),
        pytest.param("https://späm.example./", False, id="an international name that only looks alike"),
        pytest.param("https://notspam.example/", False, id="a domain that only ends alike"),
        pytest.param("https://spam.example.org/", False, id="a domain that only begins alike"),
        pytest.param("https://worse.example/", False, id="above a listed domain"),
        pytest.param("https://other.worse.example/", False, id="beside a listed domain"),
        pytest.param("https://search.example/?q=spam.example", False, id="somebody who looks for it"),
        pytest.param("https://blog.example/spam.example", False, id="somebody who writes of it"),
        pytest.param("https://blog.example/https://spam.example/", False, id="in a path"),
        pytest.param("https://spam.example@blog.example/", False, id="as a user name"),
        pytest.param("spam.example", False, id="no URL"),
        pytest.param("/spam.example", False, id="a path"),
        pytest.param("", False, id="no referrer"),
        pytest.param("https://", False, id="no host"),
        pytest.param("https://[2001:db8::1]/", False, id="an address"),
    ],
)
def test_a_list_covers_its_domains_and_what_is_below(referrer, is_covered):
    assert LIST.covers(referrer) == is_covered


@pytest.mark.parametrize(
    ("referrer", "is_covered"),
    [
        pytest.param("https://a.added.example/", True, id="an added domain"),
        pytest.param("https://spam.example/", True, id="a listed domain"),
        pytest.param("https://good.spam.example/", False, id="a domain that was taken out"),
        pytest.param("https://a.good.spam.example/", False, id="below a domain that was taken out"),
        pytest.param("https://bad.good.spam.example/", True, id="an added domain below it"),
        pytest.param("https://notadded.example/", False, id="a domain that only ends like an added one"),
    ],
)
def test_users_change_the_list(referrer, is_covered):
    changed = LIST.changed({"added.example": True, "good.spam.example": False, "bad.good.spam.example": True})

    assert is_covered is changed.covers(referrer)
    assert is_covered is ReferrerSpam().changed({"x.example": True}).replaced(LIST).changed(
        {"added.example": True, "good.spam.example": False, "bad.good.spam.example": True}
    ).covers(referrer)
    assert LIST.changed({"x.example": True}).replaced(ReferrerSpam()).covers("https://x.example/")


@given(st.text(max_size=300))
@example("http://" + "." * 2000)
@example("https://\ud800.spam.example/")
def test_any_text_has_an_answer(text):
    assert LIST.covers(text) in (True, False)
    assert not ReferrerSpam().covers(text)


@given(st.from_regex(r"\A[a-z0-9.]{0,40}\Z"), st.text(max_size=20))
def test_whatever_stands_before_and_behind_a_listed_domain_is_covered(below, behind):
    assert LIST.covers(f"https://{below}.spam.example/{behind}")


def test_a_text_is_a_list_with_comments_and_empty_lines():
    text = "# ours\r\n\r\nwww.One.example   # seen in May\n\ttwo.example\n"

    read = referrer_spam.read(text)

    assert [read.covers(f"https://{name}.example/") for name in ("one", "two", "ours")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("one.example\nhttps://two.example\n", "line 2 is 'https://two.example'", id="a URL"),
        pytest.param("<!doctype html>\n<title>Not found</title>", "line 1 is '<!doctype html>'", id="a web page"),
        pytest.param("*.com", "line 1 is", id="a whole top level"),
        pytest.param("*", "line 1 is", id="everything"),
        pytest.param("example", "line 1 is 'example'", id="a word: a whole top level would be spam"),
        pytest.param("one.example two.example", "line 1 is", id="two on a line"),
        pytest.param("a..example", "line 1 is", id="an empty part"),
        pytest.param("", "the list has no domains", id="an empty file"),
        pytest.param("# nothing\n", "the list has no domains", id="comments alone"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(text, problem):
    with pytest.raises(SpamListError, match=problem):
        referrer_spam.read(text)


def test_the_list_that_comes_with_sillage_is_one():
    text = (files("ingest.enrich") / "data" / "referrer_spam.txt").read_text()
    domains = [line for line in text.splitlines() if not line.startswith("#")]

    assert len(domains) >= 1000
    assert domains == sorted(set(domains))
    assert [name for name in domains if not BUILT_IN.covers(f"https://{name.replace('*', 'x')}/")] == []


def test_the_list_has_no_public_suffix():
    text = (files("ingest.enrich") / "data" / "referrer_spam.txt").read_text()
    domains = [line for line in text.splitlines() if not line.startswith("#") and "*" not in line]

    suffixes = PublicSuffixList()

    assert [domain for domain in domains if suffixes.privatesuffix(ascii_host(domain)) is None] == []


def test_the_list_has_no_known_source():
    lines = (files("ingest.enrich") / "data" / "sources.tsv").read_text().splitlines()
    hosts = [host for line in lines if "\t" in line for host in line.split("\t")[1].split()]
    hosts = [host.replace("*", "com") for host in hosts if ":" not in host]

    assert [host for host in hosts if BUILT_IN.covers(f"https://{host}/")] == []


@pytest.mark.parametrize(
    "referrer",
    [
        pytest.param("https://1-best-seo.com/", id="a domain"),
        pytest.param("http://www.semalt.com/crawler.php?u=https://example.org", id="a path and a query"),
        pytest.param("http://site17.free-share-buttons.com/", id="a subdomain"),
        pytest.param("http://cookie-law-enforcement-zzz.xyz/", id="one of many"),
        pytest.param("http://bottraffic999.xyz/", id="one of many with a number"),
        pytest.param("https://ilovevitaly.su/", id="one of many under another top level"),
    ],
)
def test_the_list_has_well_known_spam(referrer):
    assert BUILT_IN.covers(referrer)


@pytest.mark.parametrize(
    "referrer",
    [
        "https://www.google.com/",
        "https://t.co/x",
        "https://www.theguardian.com/",
        "https://ahrefs.com/",
        "https://x.com/",
        "https://simplesharebuttons.com/",
        "https://www.semrush.com/",
        "https://best-seo.example.org/",
        "https://compliance.example.org/",
        "https://law.example.xyz/",
        "https://blog.example/1-best-seo.com",
    ],
)
def test_the_list_leaves_honest_sites_alone(referrer):
    assert not BUILT_IN.covers(referrer)
