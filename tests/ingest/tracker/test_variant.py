import gzip
from pathlib import Path

import pytest

import ingest.tracker
from ingest.tracker import names
from ingest.tracker.variant import kept_lines, variant

SOURCE = Path(ingest.tracker.__file__).with_name("script.js").read_text()

EVERY_EXTENSION = f"script.{'.'.join(names.EXTENSIONS - {'manual', 'local', 'frames'})}.js"


@pytest.mark.parametrize(
    ("features", "max_bytes"),
    [
        pytest.param(names.TAG, 700, id="without options"),
        pytest.param(names.features(EVERY_EXTENSION), 1_500, id="with every extension"),
        pytest.param(names.SITE, 1_600, id="made for a site"),
        pytest.param(names.MODULE, 1_650, id="the module"),
    ],
)
def test_a_script_stays_small(features, max_bytes):
    assert len(gzip.compress(variant(features))) <= max_bytes


@pytest.mark.parametrize("features", [names.TAG, names.features(EVERY_EXTENSION), names.SITE, names.MODULE])
def test_a_script_is_minified(features):
    script = variant(features)

    assert b"/*" not in script
    assert b"\n" not in script


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(b"File Download", "script.file-downloads.js", id="downloads"),
        pytest.param(b"Outbound Link", "script.outbound-links.js", id="links to other sites"),
        pytest.param(b"plausible-(event|revenue)", "script.tagged-events.js", id="tagged elements"),
        pytest.param(b"event-", "script.pageview-props.js", id="properties"),
    ],
)
def test_a_feature_is_only_in_scripts_that_ask_for_it(text, name):
    assert (text in variant(names.TAG), text in variant(names.features(name))) == (False, True)


def test_every_block_of_the_source_ends():
    words = [line.split()[0] for line in SOURCE.splitlines() if line.strip()]

    assert words.count("//+") == words.count("//-")


MARKED = ["all", "//+ hash exclusions", "either", "//+ compat", "both", "//-", "either", "//-", "all"]


@pytest.mark.parametrize(
    ("features", "undecided", "lines"),
    [
        pytest.param(set(), set(), ["all", "all"], id="no feature"),
        pytest.param({"hash"}, set(), ["all", "either", "either", "all"], id="one of the block's features"),
        pytest.param({"compat"}, set(), ["all", "all"], id="the feature of a block within one that is left out"),
        pytest.param({"hash", "compat"}, set(), ["all", "either", "both", "either", "all"], id="both features"),
        pytest.param(set(), {"hash", "exclusions", "compat"}, MARKED, id="all undecided"),
        pytest.param(
            {"hash"},
            {"compat"},
            ["all", "either", "//+ compat", "both", "//-", "either", "all"],
            id="the inner undecided",
        ),
        pytest.param(
            set(),
            {"hash", "exclusions"},
            ["all", MARKED[1], "either", "either", "//-", "all"],
            id="the outer undecided",
        ),
        pytest.param(set(), {"hash", "compat"}, ["all", "all"], id="only one of the block's features undecided"),
    ],
)
def test_a_block_is_kept_for_its_features(features, undecided, lines):
    assert lines == list(kept_lines(MARKED, features, undecided=undecided))


@pytest.mark.parametrize("features", [names.TAG, names.features(EVERY_EXTENSION), names.SITE, names.MODULE])
def test_no_mark_and_no_barrier_is_served(features):
    assert not [text for text in (b"//+", b"//-", b"debugger") if text in variant(features)]


def test_names_of_properties_are_kept():
    assert b".scrollHeight" in variant(names.TAG)
    assert b"customProperties" in variant(names.SITE)
