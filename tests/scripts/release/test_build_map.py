"""dashboard/charts/world.json is small, and has the countries of the world."""

import gzip
import json
import re

import pytest

from dashboard.charts.world_map import shapes
from dashboard.stats.answer import countries
from scripts.release import build_map
from scripts.release.build_map import ROOT, TARGET, WIDTH, pieces, projected

MAX_BYTES, MAX_COMPRESSED_BYTES = 40_000, 15_000


def test_the_map_is_of_the_version_that_the_script_installs():
    [version] = re.findall(r"world-atlas@(\S+)", (ROOT / "scripts" / "build-pictures").read_text())

    assert f"from world-atlas {version};" in json.loads(TARGET.read_text())["source"]
    assert f"| world-atlas {version} |" in (ROOT / ".github" / "docs" / "LICENCES.md").read_text()


def test_the_map_stays_small():
    assert TARGET.stat().st_size <= MAX_BYTES
    assert len(gzip.compress(TARGET.read_bytes())) <= MAX_COMPRESSED_BYTES


def test_the_map_has_the_countries_of_the_world():
    world = shapes()

    assert {"FR", "DE", "US", "CN", "ZA", "BR", "XK"} <= world.shapes.keys()
    assert {"SG", "MT", "MC", "HK", "BH"} <= world.points.keys()
    assert not world.shapes.keys() & world.points.keys()
    assert set() == {*world.shapes, *world.points} - countries.NAMES.keys()
    assert all(0 <= x <= world.width and 0 <= y <= world.height for x, y in world.points.values())


@pytest.mark.parametrize(
    ("longitude", "latitude", "place"),
    [
        pytest.param(-180, 0, 0, id="the left"),
        pytest.param(0, 0, WIDTH // 2, id="the middle"),
        pytest.param(180, 0, WIDTH, id="the right"),
    ],
)
def test_the_equator_is_as_wide_as_the_map(longitude, latitude, place):
    assert (place, projected(0, 0)[1]) == projected(longitude, latitude)


def test_north_is_up_and_the_poles_are_narrower():
    assert 0 == projected(0, 84)[1] < projected(0, 40)[1] < projected(0, -40)[1]
    assert projected(180, 60)[0] < projected(180, 30)[0] < WIDTH


@pytest.mark.parametrize(
    ("border", "parts"),
    [
        pytest.param([(10, 0), (20, 0), (20, 9)], [[(10, 0), (20, 0), (20, 9)]], id="a border on one side"),
        pytest.param([(-180, 0), (180, 0)], [[(-180, 0), (-180, 0)]][:0], id="a line along the meridian"),
        pytest.param(
            [(170, 0), (-170, 0), (-170, 9), (170, 9)],
            [
                [(170, 0), (180, 0), (180, 9), (170, 9)],
                [(-180, 0), (-170, 0), (-170, 9), (-180, 9)],
            ],
            id="a border across the meridian",
        ),
        pytest.param(
            [(-170, 0), (170, 0), (170, 9)],
            [[(-170, 0), (-180, 0), (-180, 9)], [(180, 0), (170, 0), (170, 9)]],
            id="across it from the east",
        ),
    ],
)
def test_a_border_across_the_180th_meridian_is_in_two_pieces(border, parts):
    assert parts == list(pieces(border))


def test_no_country_spans_the_whole_map():
    world = shapes()
    for code, path in world.shapes.items():
        for ring in path.split("M")[1:]:
            start, _, steps = ring.partition("l")
            xs = [int(number) for number in re.findall(r"-?\d+", steps)][::2]
            positions = [sum(xs[:end]) for end in range(len(xs) + 1)]
            assert max(positions) - min(positions) < world.width / 2, (code, start)


def test_countries_are_drawn_from_a_topology(tmp_path, monkeypatch):
    package = tmp_path / "world-atlas"
    package.mkdir()
    (package / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    # A square of 20 degrees, of two arcs, the second of them backwards; and a country too small for a shape.
    arcs = [[[0, 0], [20, 0], [0, 20]], [[0, 0], [0, 20], [20, 0]], [[40, 40], [1, 0], [0, 1], [-1, -1]]]
    square = {"type": "Polygon", "id": "250", "arcs": [[0, -2]], "properties": {"name": "France"}}
    small = {"type": "MultiPolygon", "id": "702", "arcs": [[[2]]], "properties": {"name": "Singapore"}}
    nobody = {"type": "Polygon", "arcs": [[0, -2]], "properties": {"name": "N. Cyprus"}}
    for name, geometries in (("countries-110m", [square, nobody]), ("countries-50m", [square, small])):
        topology = {
            "transform": {"scale": [1, 1], "translate": [0, 0]},
            "arcs": arcs,
            "objects": {"countries": {"geometries": geometries}},
        }
        (package / f"{name}.json").write_text(json.dumps(topology))
    monkeypatch.setattr(build_map, "TARGET", tmp_path / "world.json")
    build_map.main(package)
    world = json.loads((tmp_path / "world.json").read_text())

    corners = [projected(*corner) for corner in ((0, 0), (20, 0), (20, 20), (0, 20))]
    numbers = [int(number) for number in re.findall(r"-?\d+", world["shapes"]["FR"])]
    xs, ys = numbers[::2], numbers[1::2]
    walked = [(sum(xs[:end]), sum(ys[:end])) for end in range(1, len(xs) + 1)]
    assert [*corners, corners[0]] == walked
    assert ["FR"] == list(world["shapes"])
    assert ["SG"] == list(world["points"])
    assert world["source"].startswith("Natural Earth (public domain), from world-atlas 1.2.3")
