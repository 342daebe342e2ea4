"""A disk whose power can be cut: ext4 in an image file, of which what the kernel has written so far can be copied.

The server that writes to it is stopped for the moment of the copy, and goes on afterwards, so one run gives many cuts.
What the kernel still holds in memory is not in the copy, as it would not be on a disk that lost its power. The order
of writes is the kernel's own. Needs root, loop devices and mkfs.ext4.
"""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from filecmp import cmp
from pathlib import Path

from tests.server import Server

IMAGE_BYTES = 1_500_000_000  # sparse: only what is written takes room
WHAT_IT_NEEDS = "a power cut needs root, loop devices and mkfs.ext4 (on Debian: apt install e2fsprogs mount)"


def can_be_cut(directory: Path) -> bool:
    """True where this machine lets us mount an image."""
    if shutil.which("mkfs.ext4") is None:
        return False
    try:
        with mounted(an_image(directory / "probe.img")):
            return True
    except subprocess.CalledProcessError:
        return False


def an_image(path: Path) -> Path:
    """Make an image with an empty file system."""
    with path.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run("mkfs.ext4", "-q", "-F", path)
    return path


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Give the directory where the file system of an image is mounted, and unmount it afterwards."""
    directory = image.with_suffix(".mounted")
    directory.mkdir(exist_ok=True)
    _run("mount", "-o", "loop", image, directory)
    try:
        yield directory
    finally:
        _run("umount", directory)


def copy_of_what_is_on(image: Path, server: Server, *, to: Path) -> Path:
    """Copy what a power cut at this moment would leave of an image.

    The kernel writes on while the server stands still: a copy counts once a second one is equal to it.
    """
    second = to.with_suffix(".second")
    server.process.send_signal(signal.SIGSTOP)
    try:
        while True:
            for copy in (to, second):
                _run("cp", "--sparse=always", image, copy)
            if cmp(to, second, shallow=False):
                return to
    finally:
        server.process.send_signal(signal.SIGCONT)
        second.unlink(missing_ok=True)


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)
