import pytest
import re2

from schema.measures import wildcard


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        pytest.param("/blog/*", "/blog/a/b", True, id="any characters"),
        pytest.param("/blog/*", "/blog/", True, id="no characters"),
        pytest.param("/blog/*", "/blogs", False, id="another beginning"),
        pytest.param("/blog/**", "/blog/a/b", True, id="two stars are one"),
        pytest.param("*.pdf", "/a.pdf", True, id="an end"),
        pytest.param("*.pdf", "/a-pdf", False, id="a dot is a dot"),
        pytest.param("/a*|/b*", "/b1", True, id="one of two"),
        pytest.param("/a*|/b*", "/c", False, id="neither of two"),
        pytest.param("/a*", "/a\nb", True, id="a line break"),
    ],
)
def test_a_pattern_matches_a_whole_text(pattern, text, is_match):
    assert is_match == bool(re2.search(wildcard.regex(pattern), text))


@pytest.mark.parametrize(
    ("text", "matches", "differs"),
    [
        pytest.param("/a", "/a", "/ab", id="a plain text"),
        pytest.param("/a|/b", "/a|/b", "/a", id="a bar without a star is a bar"),
        pytest.param("/a(1)", "/a(1)", "/a1", id="characters of regular expressions"),
        pytest.param("/a*", "/ab", "/b", id="a pattern"),
    ],
)
def test_a_text_that_is_not_a_pattern_stands_for_itself(text, matches, differs):
    expression = wildcard.whole(text)

    assert re2.search(expression, matches)
    assert not re2.search(expression, differs)


@pytest.mark.parametrize(("text", "is_pattern"), [("/a*", True), ("/a|/b", False), ("", False)])
def test_a_star_makes_a_pattern(text, is_pattern):
    assert is_pattern == wildcard.is_pattern(text)
