"""Per site: the salt of its local day, and for thirty minutes after midnight the one before.

Salts live on memory-backed storage or in process memory, never in the data directory: they outlive a restart of the
process, not of the machine. An old salt is overwritten where it lay once its file is replaced.
"""

import os
import stat
from collections.abc import Set
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import msgspec

from ingest.day import LocalDay
from ingest.visitor import SALT_BYTES

CARRY_OVER_S = 1800


class SaltPair(msgspec.Struct, frozen=True):
    day: int  # local day of `current`, days since 1970-01-01
    current: bytes
    previous: bytes | None
    previous_until: int  # epoch seconds; 0: there is none


class Salts:
    """The salts of every site, kept in step with a file where there is one."""

    def __init__(self, file: Path | None) -> None:
        """file: on memory-backed storage; None: they end with the process."""
        self._file = file
        self._pairs: dict[int, SaltPair] = {}
        if file is not None and file.exists():
            self._pairs = msgspec.msgpack.decode(file.read_bytes(), type=dict[int, SaltPair])

    def of(self, site_id: int, day: LocalDay, *, now: float) -> SaltPair:
        """Return the salts for a site's present day, rotating them when the day is new."""
        pair = self._pairs.get(site_id)
        # A clock set back, or a time zone moved west: the salt of the newest day goes on. A clock that was days ahead
        # must not keep it going until it is right again.
        if pair is None or not 0 <= pair.day - day.number <= 1:
            pair = self._pairs[site_id] = _rotated(pair, day, now)
            self._save()
        elif pair.previous is not None and now >= pair.previous_until:
            self.destroy_expired(now)
            pair = self._pairs[site_id]
        return pair

    def destroy_expired(self, now: float) -> None:
        """Forget each salt whose time has passed; called now and then, for sites without a visitor too."""
        expired = {
            site_id: SaltPair(pair.day, pair.current, None, 0)
            for site_id, pair in self._pairs.items()
            if pair.previous is not None and now >= pair.previous_until
        }
        if expired:
            self._pairs |= expired
            self._save()

    def keep(self, site_ids: Set[int]) -> None:
        """Forget the salts of every other site: of those, nobody would come to rotate them."""
        if gone := self._pairs.keys() - site_ids:
            self._pairs = {site_id: pair for site_id, pair in self._pairs.items() if site_id not in gone}
            self._save()

    def _save(self) -> None:
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(msgspec.msgpack.encode(self._pairs))
        old = os.open(self._file, os.O_WRONLY) if self._file.exists() else None
        fresh.replace(self._file)
        if old is not None:
            # After the replacement: killed in between, a process must not leave a file of zeros to the next one.
            with os.fdopen(old, "wb") as out:
                out.write(b"\0" * os.fstat(old).st_size)


def memory_backed_file(data_dir: Path, *, directory: Path | None = None) -> Path | None:
    """Return where the salts of a data directory live, on memory-backed storage; None where there is none.

    directory: chosen by the operator instead. A directory that someone else made or may write to is refused.
    """
    candidates = [Path(place) for place in ("/run", "/dev/shm", f"/run/user/{os.getuid()}")]  # noqa: S108 (memory)
    parents = [directory] if directory else candidates
    mounts = _memory_mounts()
    name = f"sillage-{os.getuid()}-{sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]}"
    for parent in parents:
        if not os.access(parent, os.W_OK) or (directory is None and _mount_of(parent) not in mounts):
            continue
        place = parent / name
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
        found = place.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return place / "salts"
    return None


def _rotated(pair: SaltPair | None, day: LocalDay, now: float) -> SaltPair:
    until = day.start + CARRY_OVER_S
    carries_over = pair is not None and pair.day == day.number - 1 and now < until
    previous = pair.current if pair is not None and carries_over else None
    return SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)


def _memory_mounts() -> set[Path]:
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return set()
    fields = [line.split() for line in lines]
    return {Path(field[1]) for field in fields if field[2] in ("tmpfs", "ramfs")}


def _mount_of(path: Path) -> Path:
    path = path.resolve()
    while not path.is_mount():
        path = path.parent
    return path
