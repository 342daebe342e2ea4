import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.sites import referrers
from schema.sites.referrers import MAX_PATTERN_CHARACTERS, MAX_PATTERNS_OF_A_SITE, ReferrerError

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        pytest.param("https://www.PayPal.com/checkout/", "paypal.com/checkout", id="host and path"),
        pytest.param("https://paypal.com:443?token=secret", "paypal.com", id="no port, no query"),
        pytest.param("https://paypal.com/a#secret", "paypal.com/a", id="no fragment"),
        pytest.param("https://ann:secret@xn--mller-kva.example./", "müller.example", id="no user, the host as written"),
        pytest.param("android-app://com.example.app/", "com.example.app", id="an app"),
        pytest.param("http://203.0.113.7/a", "", id="an address that could be the visitor's"),
        pytest.param("http://[2001:db8::1]/a", "", id="an ipv6 address"),
        pytest.param("javascript:alert(1)", "", id="a script"),
        pytest.param("paypal.com", "", id="no url"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_referrer_names_a_page(referrer, page):
    assert page == referrers.page_of(referrer)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        pytest.param(" PayPal.com ", "paypal.com", id="a domain"),
        pytest.param("www.paypal.com.", "paypal.com", id="with www and a final dot"),
        pytest.param("https://www.paypal.com/checkout/", "paypal.com/checkout", id="a url"),
        pytest.param("xn--mller-kva.example", "müller.example", id="an international domain"),
        pytest.param("*.example.org", "*.example.org", id="a pattern"),
        pytest.param("*.Example", "*.example", id="a whole top level"),
        pytest.param("example.org/a*b", "example.org/a*b", id="a pattern in the path"),
        pytest.param("android-app://com.example.app", "com.example.app", id="an app"),
    ],
)
def test_a_pattern_has_a_normal_form(text, pattern):
    assert pattern == referrers.normal_pattern(text)
    assert pattern == referrers.normal_pattern(pattern)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("paypal", id="one word"),
        pytest.param("*", id="every referrer"),
        pytest.param("*.*", id="every referrer in two parts"),
        pytest.param("com", id="a top level"),
        pytest.param("paypal.com/?a=b", id="a query"),
        pytest.param("pay pal.com", id="white space"),
        pytest.param("/checkout", id="a path alone"),
        pytest.param("ftp://paypal.com", id="another scheme"),
        pytest.param("[2001:db8::1]", id="an address"),
        pytest.param("paypal.com/" + "a" * MAX_PATTERN_CHARACTERS, id="too long"),
    ],
)
def test_what_names_no_referrer_is_rejected(text):
    with pytest.raises(ReferrerError, match="is not a referrer: write it as in paypal"):
        referrers.normal_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "page", "is_one"),
    [
        pytest.param("paypal.com", "paypal.com", True, id="the domain"),
        pytest.param("paypal.com", "checkout.paypal.com/a", True, id="a page of a subdomain"),
        pytest.param("paypal.com", "notpaypal.com", False, id="a domain that only ends alike"),
        pytest.param("paypal.com", "paypal.com.example", False, id="a domain that only begins alike"),
        pytest.param("paypal.com", "blog.example/paypal.com", False, id="a page about it"),
        pytest.param("checkout.paypal.com", "paypal.com", False, id="the domain above"),
        pytest.param("shop.example/pay", "shop.example/pay", True, id="a page"),
        pytest.param("shop.example/pay", "www2.shop.example/pay/3", True, id="below a page, on a subdomain"),
        pytest.param("shop.example/pay", "shop.example/payments", False, id="a page that only begins alike"),
        pytest.param("shop.example/pay", "shop.example", False, id="above a page"),
        pytest.param("*.shop.example", "a.shop.example/b", True, id="any subdomain"),
        pytest.param("*.shop.example", "shop.example", False, id="any subdomain is not the domain"),
        pytest.param("pay*.example", "pay-3.example/a", True, id="a part of a host"),
        pytest.param("pay*.example", "pay.other/x.example", False, id="a star in a host stays in it"),
        pytest.param("shop.example/*/done", "shop.example/a/b/done", True, id="a star in a path"),
        pytest.param("shop.example/*/done", "shop.example/done", False, id="a star in a path needs its slashes"),
        pytest.param("a.example", "aXexample", False, id="a dot is a dot"),
        pytest.param("paypal.com", "", False, id="no referrer"),
        pytest.param("*.example", "", False, id="no referrer for a pattern"),
    ],
)
def test_a_pattern_covers_pages(pattern, page, is_one):
    assert is_one is referrers.test([pattern])(page)
    assert is_one is referrers.test(["other.test", "*.other.test", pattern])(page)


def test_no_patterns_cover_nothing():
    assert not referrers.test([])("paypal.com")


def test_the_patterns_of_a_site_are_few_and_apart():
    many = [f"{number}.example" for number in range(MAX_PATTERNS_OF_A_SITE)]

    assert ("a.example", "b.example") == referrers.checked(["B.example", "a.example", "www.a.example"])
    assert MAX_PATTERNS_OF_A_SITE == len(referrers.checked(many))
    with pytest.raises(ReferrerError, match="at most 100"):
        referrers.checked([*many, "one-more.example"])


@given(ANY_TEXT)
def test_any_text_has_an_answer(text):
    page = referrers.page_of(text)
    try:
        pattern = referrers.normal_pattern(text)
    except ReferrerError:
        pattern = "a.example"

    assert referrers.test([pattern])(page) in (True, False)
    assert (pattern,) == referrers.read(referrers.written([pattern]))
