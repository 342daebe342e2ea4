"""dashboard/static/flags.svg has the flags of few bytes."""

import json
import re
from xml.etree import ElementTree

from scripts.release import build_flags
from scripts.release.build_flags import MAX_BYTES, ROOT, SIMPLER, TARGET

MAX_TOTAL_BYTES = 60_000
SVG = "{http://www.w3.org/2000/svg}"


def test_the_flags_are_of_the_version_that_the_script_installs():
    [version] = re.findall(r"flag-icons@(\S+)", (ROOT / "scripts" / "build-pictures").read_text())

    assert f"flag-icons {version} (MIT)" in TARGET.read_text()
    assert f"| flag-icons {version} | MIT |" in (ROOT / ".github" / "docs" / "LICENCES.md").read_text()


def test_the_simpler_flags_are_those_of_the_source():
    text = TARGET.read_text()

    assert [] == [code for code, shapes in SIMPLER.items() if f">{shapes}</svg>" not in text]


def test_the_flags_stay_small_and_each_has_its_place():
    tree = ElementTree.parse(TARGET).getroot()
    views = [(view.get("id"), view.get("viewBox")) for view in tree.iter(f"{SVG}view")]
    tops = [part.get("y") for part in tree.findall(f"{SVG}svg")]
    ids = [element.get("id") for element in tree.iter() if element.get("id")]

    assert TARGET.stat().st_size < MAX_TOTAL_BYTES
    assert [f"0 {480 * number} 640 480" for number in range(len(views))] == [view for _code, view in views]
    assert [str(480 * number) for number in range(len(views))] == tops
    assert len(set(ids)) == len(ids)
    assert {"fr", "de", "us", "gb", "be", "ch", "ca", "es", "unknown"} <= {code for code, _view in views}


def test_large_flags_are_left_out_unless_they_are_drawn(tmp_path, monkeypatch):
    flags = tmp_path / "flag-icons" / "flags" / "4x3"
    flags.mkdir(parents=True)
    (tmp_path / "flag-icons" / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    shape = '<path d="M0 0h640v480H0z"/>'
    for code, size in (("fr", 0), ("af", MAX_BYTES), ("es", MAX_BYTES), ("in", MAX_BYTES)):
        (flags / f"{code}.svg").write_text(f'<svg viewBox="0 0 640 480">\n  {shape}\n{" " * size}</svg>\n')
    (flags / "gb-wls.svg").write_text(f"<svg>{shape}</svg>")
    monkeypatch.setattr(build_flags, "TARGET", tmp_path / "flags.svg")
    build_flags.main(tmp_path / "flag-icons")
    text = (tmp_path / "flags.svg").read_text()

    assert {"fr", "in", *SIMPLER} == set(re.findall(r'<view id="([^"]+)"', text))
    assert f'height="480">{shape}</svg>' in text
    assert f'height="480">{SIMPLER["es"]}</svg>' in text
