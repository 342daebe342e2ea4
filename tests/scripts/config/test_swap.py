"""Which swaps may keep a salt on a disk."""

from pathlib import Path

import pytest

from scripts.config import swap

HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


@pytest.mark.parametrize(
    ("name", "uuid", "is_safe"),
    [
        pytest.param("/dev/zram0", "", True, id="compressed memory"),
        pytest.param("/dev/dm-0", "CRYPT-PLAIN-cryptswap", True, id="encrypted"),
        pytest.param("/dev/dm-0", "LVM-abc", False, id="a logical volume that is not encrypted"),
        pytest.param("/dev/sda2", "", False, id="a partition"),
        pytest.param("/swapfile", "", False, id="a file"),
    ],
)
def test_an_active_swap_is_judged(tmp_path: Path, name: str, uuid: str, *, is_safe: bool) -> None:
    swaps = tmp_path / "swaps"
    swaps.write_text(f"{HEADER}{name}  partition  2097148  0  -2\n")
    if uuid:
        (tmp_path / Path(name).name / "dm").mkdir(parents=True)
        (tmp_path / Path(name).name / "dm" / "uuid").write_text(uuid)

    assert [(name, is_safe)] == [(one.name, one.is_safe) for one in swap.active(swaps, tmp_path)]


@pytest.mark.parametrize("content", [pytest.param(HEADER, id="no swap"), pytest.param(None, id="no such file")])
def test_without_swap_there_is_nothing_to_judge(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "swaps").write_text(content)

    assert [] == swap.active(tmp_path / "swaps", tmp_path)
