"""The files in ingest/tracker/built are those that scripts/build-tracker makes of the present source."""

import json
import os
import re
import shutil
import subprocess
from itertools import combinations

import pytest

from ingest.tracker import names
from ingest.tracker.variant import KINDS, variant
from scripts.release import build_tracker
from scripts.release.build_tracker import ROOT, SOURCES, SUMS, sums
from tests.journeys.browser import missing

BUILT = ROOT / "ingest" / "tracker" / "built"
FILES = [f"{kind}.js" for kind in KINDS]
# Parses each script of a JSON list, without running it.
PARSE = 'JSON.parse(require("fs").readFileSync(0)).forEach((script) => new (require("vm").Script)(script))'


def built() -> dict[str, bytes]:
    return {name: (BUILT / name).read_bytes() for name in FILES}


def test_the_built_tracker_is_current():
    assert sums(built()) == (BUILT / SUMS).read_text(), "run scripts/build-tracker and commit what it changes"


def test_nothing_else_is_built():
    assert {*FILES, SUMS} == {path.name for path in BUILT.iterdir()}


@pytest.mark.parametrize("name", SOURCES)
def test_a_build_is_stale_after_a_change_of(monkeypatch, tmp_path, name):
    for source in SOURCES:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    monkeypatch.setattr(build_tracker, "ROOT", tmp_path)
    before = sums(built())
    (tmp_path / name).write_bytes((ROOT / name).read_bytes() + b"\n")

    assert before == (BUILT / SUMS).read_text()
    assert before != sums(built())


@pytest.mark.parametrize("name", FILES)
def test_a_build_that_was_edited_by_hand_is_not_current(name):
    assert sums(built() | {name: b"edited"}) != (BUILT / SUMS).read_text()


@pytest.mark.timeout(300)
def test_building_again_changes_nothing(tmp_path):
    if shutil.which("npm") is None:
        missing("npm is not installed (on Debian: apt-get install npm)")
    folder = tmp_path / "built"
    build = subprocess.run([ROOT / "scripts" / "build-tracker", folder], check=False, capture_output=True, text=True)
    if re.search("^npm (error|ERR!)", build.stderr, re.MULTILINE):
        missing("npm could not fetch terser")

    assert build.returncode == 0, build.stderr
    assert {path.name: path.read_text() for path in BUILT.iterdir()} == {
        path.name: path.read_text() for path in folder.iterdir()
    }


def test_every_combination_of_extensions_is_a_script():
    node = shutil.which("node")
    if node is None:
        missing("Node is not installed (on Debian: apt-get install npm)")
    words = sorted(names.EXTENSIONS - {"revenue", "pageleave"})
    chosen = [some for count in range(len(words) + 1) for some in combinations(words, count)]
    features = {names.features(".".join(["script", *some, "js"])) for some in chosen}
    scripts = [variant(some).decode() for some in features if some]
    done = subprocess.run([node, "-e", PARSE], input=json.dumps(scripts), check=False, capture_output=True, text=True)

    assert (1024, 0) == (len(scripts), done.returncode), done.stderr


def test_a_minifier_that_loses_a_mark_is_noticed(monkeypatch, tmp_path):
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\ncat >/dev/null; echo 'let a=1;'\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with pytest.raises(ValueError, match=r"moved or lost a mark of tag\.js"):
        build_tracker.main(tmp_path / "built")
