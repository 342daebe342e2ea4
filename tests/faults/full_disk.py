"""A disk that is full, for real: a small file system where one may be mounted, else the limits of a process."""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

_BLOCK = bytes(65_536)


class SmallDisk:
    """A directory that can be filled and freed, on a file system of its own where that may be mounted.

    Where it may not, the process that writes there may write no file any more, which the kernel reports by other words.
    """

    def __init__(self, path: Path, *, mounted: bool) -> None:
        self.path = path
        self.is_mounted = mounted
        self._filler = path / "filler"

    def fill(self, pid: int) -> None:
        """Let a process write nothing more."""
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        for size in (len(_BLOCK), 1):
            with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(_BLOCK[:size])

    def free(self, pid: int) -> None:
        """Let a process write again."""
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self._filler.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(path: Path, *, megabytes: int, files: int = 100_000) -> Iterator[SmallDisk]:
    """Give a disk, made at a path. files: how many there may be on it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [
        "mount",
        "-t",
        "tmpfs",
        "-o",
        f"size={megabytes}m,nr_inodes={files},mode=0700",
        "sillage-test",
        str(path),
    ]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            try:
                yield SmallDisk(path, mounted=True)
            finally:
                subprocess.run(["umount", "--lazy", str(path)], check=True)
            return
    yield SmallDisk(path, mounted=False)
