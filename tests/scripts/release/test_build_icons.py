"""dashboard/static/icons.svg has exactly the icons of the dashboard's table."""

import json
import re
from xml.etree import ElementTree

import pytest

from dashboard.pages.report import icons
from scripts.release import build_icons
from scripts.release.build_icons import GLYPHS, GREY, ROOT, TARGET, slugs, visible

MAX_BYTES = 64_000
SVG = "{http://www.w3.org/2000/svg}"


def test_the_icons_are_those_of_the_table():
    built = [view.get("id") for view in ElementTree.parse(TARGET).iter(f"{SVG}view")]

    assert [*slugs(), *GLYPHS] == built, "run scripts/build-pictures and commit what it changes"


def test_the_icons_are_of_the_version_that_the_script_installs():
    [version] = re.findall(r"simple-icons@(\S+)", (ROOT / "scripts" / "build-pictures").read_text())

    assert f"simple-icons {version} (CC0-1.0)" in TARGET.read_text()
    assert f"| simple-icons {version} | CC0-1.0 |" in (ROOT / ".github" / "docs" / "LICENCES.md").read_text()


def test_the_glyphs_are_those_of_the_source():
    sprite = TARGET.read_text()

    assert all(f'fill="{GREY}" d="{path}"' in sprite for path in GLYPHS.values())


def test_the_icons_stay_small():
    assert TARGET.stat().st_size < MAX_BYTES


def test_every_icon_has_its_place():
    tree = ElementTree.parse(TARGET).getroot()
    views = [view.get("viewBox") for view in tree.iter(f"{SVG}view")]
    places = [path.get("transform") for path in tree.iter(f"{SVG}path")]

    assert [f"0 {24 * number} 24 24" for number in range(len(views))] == views
    assert [f"translate(0 {24 * number})" for number in range(len(views))] == places


@pytest.mark.parametrize(
    ("colour", "shown"),
    [
        pytest.param("#4285f4", "#4285f4", id="blue"),
        pytest.param("#d97757", "#d97757", id="orange"),
        pytest.param("#000000", GREY, id="black"),
        pytest.param("#181717", GREY, id="almost black"),
        pytest.param("#fffc00", GREY, id="bright yellow"),
        pytest.param("#ffffff", GREY, id="white"),
    ],
)
def test_a_colour_that_would_vanish_becomes_grey(colour, shown):
    assert shown == visible(colour)


def test_icons_are_collected_with_rounded_paths(tmp_path, monkeypatch):
    package = tmp_path / "simple-icons"
    (package / "icons").mkdir(parents=True)
    (package / "data").mkdir()
    (package / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    (package / "data" / "simple-icons.json").write_text(json.dumps([{"title": "Google", "hex": "4285F4"}]))
    for slug in slugs():
        (package / "icons" / f"{slug}.svg").write_text('<svg><path d="M1.23456 2a1 1 0 01.9951 3.128z"/></svg>')
    monkeypatch.setattr(build_icons, "TARGET", tmp_path / "icons.svg")
    build_icons.main(package)
    text = (tmp_path / "icons.svg").read_text()

    assert 'fill="#4285f4" d="M1.23 2a1 1 0 01.995 3.13z"' in text
    assert "simple-icons 1.2.3" in text

    (package / "icons" / "google.svg").write_text("<svg><path d='M1'/></svg>")
    with pytest.raises(ValueError, match="google is not one path"):
        build_icons.main(package)


def test_names_of_sources_browsers_and_systems_exist():
    table = ROOT / "ingest" / "enrich" / "data"
    sources = {line.split("\t")[0] for line in (table / "sources.tsv").read_text().splitlines()}
    kinds = [line.split("\t") for line in (table / "user_agents.tsv").read_text().splitlines()]
    agents = {line[1] for line in kinds if len(line) > 1 and line[0] in ("browser", "brand", "os", "platform")}

    assert set() == set(icons.SOURCES) - sources
    assert set() == {*icons.BROWSERS, *icons.SYSTEMS} - agents
