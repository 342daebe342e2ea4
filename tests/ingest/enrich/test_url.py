from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ingest.enrich import url
from ingest.enrich.url import MAX_PATH_CHARACTERS, MAX_TAG_CHARACTERS, NO_TAGS, Page, Tags
from schema.privacy import redaction

SITE = "https://example.org"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)


def read(text: str, *, hash_mode: bool = False) -> Page:
    return url.read(text, hash_mode=hash_mode)


@pytest.mark.parametrize(
    ("address", "hostname"),
    [
        pytest.param("https://example.org/", "example.org", id="a host"),
        pytest.param("https://www.Example.org:8443/", "example.org", id="www, capitals and a port"),
        pytest.param("https://blog.example.org/", "blog.example.org", id="a subdomain"),
        pytest.param("http://localhost:3000/", "localhost", id="this machine"),
        pytest.param("http://[::1]:3000/", "::1", id="ipv6"),
        pytest.param("https://ann:secret@example.org/", "example.org", id="user and password"),
        pytest.param("https://[::1/", "(none)", id="ipv6 whose bracket never closes"),
        pytest.param("app://main/page", "main", id="another scheme"),
        pytest.param("//example.org/page", "example.org", id="no scheme"),
        pytest.param("/page", "(none)", id="a path alone"),
        pytest.param("about:config", "(none)", id="no host"),
        pytest.param("https://", "(none)", id="an empty host"),
        pytest.param("https://www.", "(none)", id="www and nothing else"),
    ],
)
def test_the_hostname_is_that_of_the_url(address, hostname):
    assert hostname == read(address).hostname


@pytest.mark.parametrize(
    ("address", "path"),
    [
        pytest.param(f"{SITE}/blog", "/blog", id="a path"),
        pytest.param(f"{SITE}/blog/", "/blog/", id="a trailing slash stays"),
        pytest.param(SITE, "/", id="no path"),
        pytest.param(f"{SITE}?a=b", "/", id="a query right after the host"),
        pytest.param(f"{SITE}/Blog//index.html", "/Blog//index.html", id="case, double slash and index stay"),
        pytest.param(f"{SITE}/caf%C3%A9", "/café", id="percent-encoded letters"),
        pytest.param(f"{SITE}/a+b", "/a+b", id="a plus is no space in a path"),
        pytest.param(f"{SITE}/a%20b%20%20", "/a b", id="white space at the end is trimmed"),
        pytest.param(f"{SITE}/a%2", "/a%2", id="half a percent sequence stays"),
        pytest.param(f"{SITE}/100%zz", "/100%zz", id="a percent sign that means nothing stays"),
        pytest.param(f"{SITE}/%ff", "/\ufffd", id="bytes that are no text"),
        pytest.param(f"{SITE}/a%00%0d%0ab", "/ab", id="control characters"),
        pytest.param(f"{SITE}/a\ud800", "/a\ufffd", id="half a character"),
        pytest.param(f"{SITE}/%20", "/", id="white space alone, after the slash"),
        pytest.param("about:config", "config", id="a scheme without slashes"),
        pytest.param("about:%20", "/", id="white space alone"),
        pytest.param("example.org/page", "example.org/page", id="a host without a scheme is a path"),
        pytest.param(f"{SITE}/page#part", "/page", id="the fragment is dropped"),
        pytest.param(f"{SITE}/page?token=secret", "/page", id="the query is dropped"),
        pytest.param(f"{SITE}/page#part?token=secret", "/page", id="a query behind the fragment is dropped"),
    ],
)
def test_the_path_is_what_the_address_bar_shows(address, path):
    assert path == read(address).path


@pytest.mark.parametrize(
    ("address", "path"),
    [
        pytest.param(f"{SITE}/#/about", "/#/about", id="a route"),
        pytest.param(f"{SITE}/app#caf%C3%A9", "/app#café", id="decoded"),
        pytest.param(f"{SITE}/app", "/app", id="no fragment"),
        pytest.param(f"{SITE}/app#", "/app", id="an empty fragment"),
        pytest.param(f"{SITE}#/about", "/#/about", id="a route right after the host"),
        pytest.param(f"{SITE}/app?token=secret#/about", "/app#/about", id="the query is dropped"),
        pytest.param(f"{SITE}/#/reset?token=secret", "/#/reset", id="the route's own query is dropped"),
        pytest.param(f"{SITE}/app#a#b", "/app#a#b", id="two hash signs"),
        pytest.param(f"{SITE}/app#a%20", "/app#a", id="white space at the end is trimmed"),
    ],
)
def test_in_hash_mode_the_fragment_belongs_to_the_path(address, path):
    assert path == read(address, hash_mode=True).path


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        pytest.param(
            "utm_source=a&utm_medium=b&utm_campaign=c&utm_content=d&utm_term=e",
            Tags("a", "b", "c", "d", "e"),
            id="all five",
        ),
        pytest.param("source=a", Tags("a"), id="source"),
        pytest.param("ref=a", Tags("a"), id="ref"),
        pytest.param("ref=c&source=b&utm_source=a", Tags("a"), id="utm_source outweighs the others"),
        pytest.param("ref=b&source=a", Tags("a"), id="source outweighs ref"),
        pytest.param("utm_source=&ref=a", Tags("a"), id="an empty one gives way"),
        pytest.param("utm_source=%20+&source=a", Tags("a"), id="a blank one gives way"),
        pytest.param("referrer=a&resource=b", NO_TAGS, id="names that only look alike"),
        pytest.param("UTM_SOURCE=a", NO_TAGS, id="names mind case"),
        pytest.param("utm_source=a&utm_source=b", Tags("b"), id="given twice, the last counts"),
        pytest.param("utm_campaign=spring+sale%21", Tags(utm_campaign="spring sale!"), id="spaces and percent"),
        pytest.param("utm%5Fmedium=email", Tags(utm_medium="email"), id="an encoded name"),
        pytest.param("utm_medium=CPC", Tags(utm_medium="CPC"), id="case stays"),
        pytest.param("utm_term=a=b", Tags(utm_term="a=b"), id="an equals sign in the value"),
        pytest.param("utm_term=%ff%00", Tags(utm_term="\ufffd"), id="bytes that are no text"),
        pytest.param("utm_source=a?fbclid=SECRET", Tags("a"), id="tagged twice with a question mark"),
        pytest.param("utm_source=a%3Fb", Tags("a?b"), id="a question mark of the tag's own"),
        pytest.param("utm_source", NO_TAGS, id="no value"),
        pytest.param("gclid=secret", Tags(click_id_param="gclid"), id="a click identifier by name"),
        pytest.param("fbclid=secret&gclid=secret", Tags(click_id_param="gclid"), id="two of them: gclid first"),
        pytest.param("twclid", Tags(click_id_param="twclid"), id="one without a value"),
        pytest.param("xclid=secret", NO_TAGS, id="one we do not know"),
        pytest.param("email=ann%40example.com&session=1", NO_TAGS, id="anything else"),
        pytest.param("&&=&=a&", NO_TAGS, id="nothing but signs"),
    ],
)
def test_of_a_query_only_campaign_tags_are_read(query, tags):
    assert tags == read(f"{SITE}/page?{query}#part").tags


@pytest.mark.parametrize(
    ("address", "hash_mode", "tags"),
    [
        pytest.param("/#/page?utm_source=a", True, Tags("a"), id="in a route"),
        pytest.param("/?utm_medium=b#/page?utm_source=a", True, Tags("a", "b"), id="in a route and before it"),
        pytest.param("/?utm_source=b#/page?utm_source=a", True, Tags("a"), id="the route's own is the last"),
        pytest.param("/?utm_source=b#/page", True, Tags("b"), id="before a route"),
        pytest.param("/#/page?gclid=secret", True, Tags(click_id_param="gclid"), id="a click identifier"),
        pytest.param("/#utm_source=a", True, NO_TAGS, id="a route that looks like a query"),
        pytest.param("/#/page?utm_source=a", False, NO_TAGS, id="in a fragment that is not a route"),
    ],
)
def test_a_route_has_tags(address, hash_mode, tags):
    assert tags == read(SITE + address, hash_mode=hash_mode).tags


def test_pages_that_differ_in_the_query_differ_in_the_tags_alone():
    first, second = read(f"{SITE}/page?ref=a"), read(f"{SITE}/page?ref=b")

    assert (first.hostname, first.path) == (second.hostname, second.path)
    assert (first.tags, second.tags) == (Tags("a"), Tags("b"))


@given(ANY_TEXT, st.booleans())
@example("https://[", False)
@example("\ud800://\ud800/\ud800?utm_source=\ud800", True)
@example("https://example.org/" + "a" * 10_000 + "?utm_source=" + "%C3" * 5000, True)
def test_any_text_is_a_page_within_limits(text, hash_mode):
    page = read(text, hash_mode=hash_mode)

    assert page.hostname
    assert page.path
    assert len(page.path) <= MAX_PATH_CHARACTERS
    assert page.path == page.path.rstrip()
    assert max(len(value) for value in _texts(page.tags)) <= MAX_TAG_CHARACTERS
    assert f"{page}".encode()


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=700), ANY_TEXT, st.booleans())
def test_no_value_of_a_click_identifier_or_unknown_parameter_is_kept(name, path, hash_mode):
    secret = "s3cr3t-v4lue"
    address = f"{SITE}/{quote(path, errors='replace')}?gclid={secret}&x{quote(name, errors='replace')}={secret}"

    assert secret not in f"{read(address, hash_mode=hash_mode)}"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=200))
def test_an_encoded_path_comes_back_as_it_was_but_for_white_space_at_the_end(path):
    assume("=" not in path and not redaction.clean(path).kinds)  # an encoded query, and what identifies a person
    assert f"/{path}".rstrip() == read(f"{SITE}/{quote(path)}").path


@pytest.mark.parametrize(
    ("hostname", "domain"),
    [
        pytest.param("example.org", "example.org", id="a domain"),
        pytest.param("a.b.example.org", "example.org", id="below it"),
        pytest.param("shop.example.co.uk", "example.co.uk", id="a suffix of two labels"),
        pytest.param("ann.github.io", "ann.github.io", id="a suffix anyone may register under"),
        pytest.param("bob.ann.github.io", "ann.github.io", id="below such a domain"),
        pytest.param("github.io", "github.io", id="a suffix itself"),
        pytest.param("www.ck", "www.ck", id="an exception to a wildcard"),
        pytest.param("localhost", "localhost", id="this machine"),
        pytest.param("printer.intranet", "printer.intranet", id="under no known suffix"),
        pytest.param("192.0.2.1", "192.0.2.1", id="ipv4"),
        pytest.param("2001:db8::1", "2001:db8::1", id="ipv6"),
        pytest.param("(none)", "(none)", id="no host"),
        pytest.param("a..example.org", "a..example.org", id="an empty label"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_registrable_domain_is_what_someone_registered(hostname, domain):
    assert domain == url.registrable_domain(hostname)


@given(ANY_TEXT)
def test_any_hostname_has_a_registrable_domain_that_ends_it(text):
    hostname = read(f"https://{text}").hostname

    assert hostname.removesuffix(".").endswith(url.registrable_domain(hostname).removesuffix("."))


def test_warming_up_changes_no_answer():
    url.warm()

    assert url.registrable_domain("www.example.org") == "example.org"


def _texts(tags: Tags) -> list[str]:
    return [getattr(tags, name) for name in Tags.__struct_fields__]
