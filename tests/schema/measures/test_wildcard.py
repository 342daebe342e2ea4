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
        pytest.param(r"*a\|b", "/a|b", True, id="a bar behind a backslash"),
        pytest.param(r"*a\|b", "b", False, id="no alternative behind a backslash"),
        pytest.param(r"*a\|b|/c", "/c", True, id="a bar and an alternative"),
        pytest.param(r"*a\b", r"/a\b", True, id="a backslash"),
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


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        pytest.param("a", ["a"], id="one"),
        pytest.param("a|b", ["a", "b"], id="two"),
        pytest.param(r"a\|b|c", ["a|b", "c"], id="a bar in one"),
        pytest.param("|", ["", ""], id="two empty ones"),
    ],
)
def test_a_pattern_is_split_and_joined(pattern, texts):
    assert texts == wildcard.split(pattern)
    assert pattern == wildcard.joined(texts)


@pytest.mark.parametrize(("text", "is_pattern"), [("/a*", True), ("/a|/b", False), ("", False)])
def test_a_star_makes_a_pattern(text, is_pattern):
    assert is_pattern == wildcard.is_pattern(text)


def test_an_invalid_expression_raises_and_logs_nothing(capfd):
    with pytest.raises(re2.error):
        wildcard.compiled("(")

    assert capfd.readouterr() == ("", "")
    assert wildcard.compiled("a+").fullmatch("aa")
