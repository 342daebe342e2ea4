import gzip

import pytest

from ingest.tracker import names
from ingest.tracker.variant import SOURCE, variant

EVERY_EXTENSION = f"script.{'.'.join(names.EXTENSIONS - {'manual', 'local'})}.js"


@pytest.mark.parametrize(
    ("features", "max_bytes"),
    [
        pytest.param(names.TAG, 700, id="without options"),
        pytest.param(names.features(EVERY_EXTENSION), 1_450, id="with every extension"),
        pytest.param(names.SITE, 1_450, id="made for a site"),
        pytest.param(names.MODULE, 1_500, id="the module"),
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


def test_names_of_properties_are_kept():
    assert b".scrollHeight" in variant(names.TAG)
    assert b"customProperties" in variant(names.SITE)
