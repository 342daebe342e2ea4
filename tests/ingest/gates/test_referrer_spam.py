from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.gates import referrer_spam
from ingest.gates.referrer_spam import ReferrerSpam, SpamListError

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

    assert len(domains) >= 100
    assert domains == sorted(set(domains))
    assert [domain for domain in domains if not referrer_spam.built_in().covers(f"https://{domain}/")] == []


@pytest.mark.parametrize(
    "referrer",
    [
        "https://www.google.com/",
        "https://t.co/x",
        "https://www.theguardian.com/",
        "https://ahrefs.com/",
        "https://x.com/",
    ],
)
def test_the_list_leaves_honest_sites_alone(referrer):
    assert not referrer_spam.built_in().covers(referrer)
