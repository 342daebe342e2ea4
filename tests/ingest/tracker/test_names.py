import pytest

from ingest.tracker import names

CLICKS = {"clicks"}


@pytest.mark.parametrize(
    ("name", "more", "less"),
    [
        pytest.param("script.js", set(), set(), id="the script itself"),
        pytest.param("plausible.js", set(), set(), id="another name"),
        pytest.param("analytics.js", set(), set(), id="a third name"),
        pytest.param("p.js", set(), set(), id="the shortest name"),
        pytest.param("script.hash.js", {"hash"}, set(), id="hash routing"),
        pytest.param("script.outbound-links.js", {"outbound-links"} | CLICKS, set(), id="links to other sites"),
        pytest.param("script.file-downloads.js", {"file-downloads"} | CLICKS, set(), id="downloads"),
        pytest.param("script.tagged-events.js", {"tagged-events"} | CLICKS, set(), id="tagged elements"),
        pytest.param("script.exclusions.js", {"exclusions"}, set(), id="pages left out"),
        pytest.param("script.pageview-props.js", {"pageview-props"}, set(), id="properties"),
        pytest.param("script.compat.js", {"compat"}, set(), id="a tag found by its id"),
        pytest.param("script.local.js", set(), {"developer"}, id="developers counted"),
        pytest.param("script.manual.js", set(), {"auto"}, id="page views by hand"),
        pytest.param("script.frames.js", set(), {"top"}, id="framed pages counted"),
        pytest.param("script.revenue.js", set(), set(), id="money, which every script can"),
        pytest.param("script.pageleave.js", set(), set(), id="pages left, which every script reports"),
        pytest.param("plausible.manual.hash.local.js", {"hash"}, {"auto", "developer"}, id="several in any order"),
        pytest.param("script.hash.hash.js", {"hash"}, set(), id="one twice"),
    ],
)
def test_a_name_says_what_is_in_the_script(name, more, less):
    assert names.TAG - less | more == names.features(name)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("other.js", id="another script"),
        pytest.param("script", id="no ending"),
        pytest.param("script.other.js", id="an unknown extension"),
        pytest.param("script.hash.other.js", id="an unknown extension beside a known one"),
        pytest.param("script.developer.js", id="a feature without a word of its own"),
        pytest.param("script..js", id="an empty extension"),
        pytest.param("p.hash.js", id="extensions of the name that takes none"),
        pytest.param("scripthash.js", id="no dot"),
        pytest.param("script.hash.js\n", id="a line's end"),
    ],
)
def test_there_is_no_script_named(name):
    assert names.features(name) is None
