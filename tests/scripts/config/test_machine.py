import os

import pytest

from scripts.config import machine

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("timezone", "localtime", "name"),
    [
        pytest.param("Europe/Paris\n", None, "Europe/Paris", id="by name"),
        pytest.param(None, "/usr/share/zoneinfo/Europe/Oslo", "Europe/Oslo", id="by link"),
        pytest.param("Europe/Paris", "/usr/share/zoneinfo/Europe/Oslo", "Europe/Paris", id="the name goes first"),
        pytest.param("Mars/Olympus", "/usr/share/zoneinfo/Europe/Oslo", "Europe/Oslo", id="a name that is none"),
        pytest.param("", None, "UTC", id="an empty name"),
        pytest.param(None, "/somewhere/else", "UTC", id="a link to a file without a name"),
        pytest.param(None, None, "UTC", id="nothing"),
    ],
)
def test_the_time_zone_is_the_one_the_host_names(tmp_path, timezone, localtime, name):
    if timezone is not None:
        (tmp_path / "timezone").write_text(timezone)
    if localtime is not None:
        (tmp_path / "localtime").symlink_to(localtime)

    assert machine.timezone(tmp_path) == name


@pytest.mark.parametrize(
    ("groups", "limits", "memory"),
    [
        pytest.param("0::/", {}, MACHINE, id="no limit at all"),
        pytest.param("0::/unit", {"unit/memory.max": "max"}, MACHINE, id="a limit of max"),
        pytest.param("0::/unit", {"unit/memory.max": "1000"}, 1000, id="a limit of the own group"),
        pytest.param("0::/slice/unit", {"slice/memory.max": "900"}, 900, id="a limit of a group above"),
        pytest.param("0::/not/here", {"memory.max": "800"}, 800, id="a container that sees the path of its host"),
        pytest.param("0::/unit", {"other/memory.max": "700"}, MACHINE, id="a limit of another group"),
        pytest.param(
            "5:cpu,memory:/unit\n0::/", {"memory/unit/memory.limit_in_bytes": "600"}, 600, id="control groups version 1"
        ),
        pytest.param("", {"memory.max": "500"}, MACHINE, id="a system without control groups"),
    ],
)
def test_memory_is_the_machines_or_the_control_groups(tmp_path, groups, limits, memory):
    own = tmp_path / "own"
    own.write_text(groups)
    for name, limit in limits.items():
        file = tmp_path / "cgroup" / name
        file.parent.mkdir(parents=True)
        file.write_text(limit)

    assert machine.memory_bytes(tmp_path / "cgroup", own) == memory


def test_the_available_memory_is_that_of_the_kernel(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:        8000000 kB\nMemAvailable:    1000000 kB\n")

    assert 1_024_000_000 == machine.available_bytes(meminfo)
    assert 0 == machine.available_bytes(tmp_path / "missing")


def test_the_kernel_tells_whether_the_clock_is_synchronized():
    assert machine.is_clock_synchronized() in (True, False, None)
