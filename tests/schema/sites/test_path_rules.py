import pytest

from schema.sites import path_rules
from schema.sites.path_rules import NONE, PathRuleError, PathRules


def stored(path: str, *patterns: str, merges_slashes: bool = False) -> str:
    rules = PathRules(merges_slashes=merges_slashes)
    for pattern in patterns:
        rules = path_rules.added(rules, pattern)
    rewrite = path_rules.rewriter(rules)
    return path if rewrite is None else rewrite(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/order/123", "/order/*", id="a segment"),
        pytest.param("/order/123/", "/order/*", id="a segment with a slash behind it"),
        pytest.param("/order/*", "/order/*", id="a path that is stored already"),
        pytest.param("/order/é\nb", "/order/*", id="any character"),
        pytest.param("/order/", "/order/", id="an empty segment"),
        pytest.param("/order", "/order", id="the page above"),
        pytest.param("/order/123/items", "/order/123/items", id="a page below"),
        pytest.param("/orders/123", "/orders/123", id="a path that only begins alike"),
        pytest.param("/shop/order/123", "/shop/order/123", id="a path that only ends alike"),
    ],
)
def test_a_star_is_one_segment(path, expected):
    assert expected == stored(path, "/order/*")


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        pytest.param("/a/b/c", "/a/**", "/a/**", id="any text"),
        pytest.param("/a/", "/a/**", "/a/", id="but some text"),
        pytest.param("/users/7/edit", "/users/*/edit", "/users/*/edit", id="a segment in the middle"),
        pytest.param("/users/7/8/edit", "/users/*/edit", "/users/7/8/edit", id="not two segments"),
        pytest.param("/p-12.html", "/p-*.html", "/p-*.html", id="a part of a segment"),
        pytest.param("/p-12xhtml", "/p-*.html", "/p-12xhtml", id="a dot is a dot"),
        pytest.param("/app#/user/5", "/app#/user/*", "/app#/user/*", id="a route in the fragment"),
    ],
)
def test_patterns_match_whole_paths(path, pattern, expected):
    assert expected == stored(path, pattern)


@pytest.mark.parametrize("order", [1, -1])
def test_the_most_exact_pattern_counts_in_any_order(order):
    patterns = ["/a/**", "/a/*", "/a/b-*"][::order]

    assert ["/a/b-*", "/a/*", "/a/**"] == [stored(path, *patterns) for path in ("/a/b-1", "/a/1", "/a/1/2")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a/", "/a"), ("/a//", "/a"), ("/", "/"), ("//", "/"), ("/a", "/a"), ("/app#/x/", "/app#/x")],
)
def test_slashes_at_the_end_are_merged_if_wanted(path, expected):
    assert expected == stored(path, merges_slashes=True)
    assert path == stored(path)


def test_a_site_without_rules_has_nothing_to_run():
    assert path_rules.rewriter(NONE) is None


@pytest.mark.parametrize(
    ("text", "pattern"),
    [(" /order/* ", "/order/*"), ("/order/*/", "/order/*"), ("/order/**/", "/order/**"), ("/a*/", "/a*")],
)
def test_a_pattern_has_a_normal_form(text, pattern):
    assert pattern == path_rules.normal_pattern(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order/*",
        "/order",
        "/*",
        "/**",
        "/*/*",
        "/a/***",
        "/a?b=*",
        "/a\n*",
        "/" + "a" * 500 + "*",
        "https://a.example/*",
    ],
)
def test_what_is_not_a_pattern_is_refused(text):
    with pytest.raises(PathRuleError):
        path_rules.normal_pattern(text)


def test_a_site_has_fifty_rules_once_each():
    rules = NONE
    for number in range(50):
        rules = path_rules.added(rules, f"/{number}/*")

    with pytest.raises(PathRuleError, match="the rule /7/\\* already exists"):
        path_rules.added(rules, "/7/*/")
    with pytest.raises(PathRuleError, match="at most 50 path rules"):
        path_rules.added(rules, "/50/*")
    with pytest.raises(PathRuleError, match="the site has no path rule /50/\\*"):
        path_rules.removed(rules, "/50/*")
    assert 49 == len(path_rules.removed(rules, "/7/*").patterns)


def test_rules_are_stored_as_text():
    rules = PathRules(("/é/*",), merges_slashes=True)

    assert rules == path_rules.read(path_rules.written(rules))
    assert NONE == path_rules.read("{}")


def test_changes_are_named():
    sentences = path_rules.changes(PathRules(("/a/*",)), PathRules(("/b/*",), merges_slashes=True))

    assert ["Added the path rule /b/*.", "Removed the path rule /a/*.", "Stored /page/ as /page."] == list(
        map(str, sentences)
    )
    assert [] == path_rules.changes(NONE, NONE)


def test_the_paths_that_rules_change_are_listed():
    rules = PathRules(("/order/*",), merges_slashes=True)

    assert [("/order/1", "/order/*"), ("/a/", "/a")] == path_rules.rewritten(rules, ["/order/1", "/a/", "/b"])
    assert [] == path_rules.rewritten(NONE, ["/order/1"])
