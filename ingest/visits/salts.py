"""Salts: one per site and local day, and for thirty minutes after midnight also the previous one.

Salts live in memory-backed storage or in process memory, never in the data directory: they survive a restart of the
process, but not of the machine. An old salt is overwritten in place, whether or not its file can be replaced. If the
file can't be written, the salts stay in process memory until it can, and hits are not affected.
"""

import os
from collections.abc import Set
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import msgspec

from ingest.visits.memory_file import MemoryFile, is_private, memory_mounts, mount_of
from ingest.visits.visitor import SALT_BYTES
from schema.days.local_day import LocalDay

CARRY_OVER_S = 1800


class SaltPair(msgspec.Struct, frozen=True):
    day: int  # local day of `current`, days since 1970-01-01
    current: bytes
    previous: bytes | None
    previous_until: int  # epoch seconds; 0: no previous salt


class Salts:
    """The salts of all sites, saved to a file if possible."""

    def __init__(self, file: Path | None) -> None:
        """file: in memory-backed storage. None: the salts end with the process."""
        self._file = file and MemoryFile(
            file, holds="salts", otherwise="a restart creates new ones and counts the visitors of the day twice"
        )
        self._saved: set[bytes] = set()  # the salts in the file
        self._pairs = self._read(self._file) if self._file else {}

    @property
    def has_file(self) -> bool:
        """True if the salts survive a restart of the process, in memory-backed storage."""
        return self._file is not None

    def has(self, site_id: int, day: LocalDay) -> bool:
        """True if the salt of a site for this day exists."""
        pair = self._pairs.get(site_id)
        return pair is not None and pair.day == day.number

    @property
    def days(self) -> dict[int, int]:
        """Return site id -> local day of its salt, days since 1970-01-01."""
        return {site_id: pair.day for site_id, pair in self._pairs.items()}

    def of(self, site_id: int, day: LocalDay, *, now: float) -> SaltPair:
        """Return the salts of a site, rotated first if the day is new."""
        pair = self._pairs.get(site_id)
        # After a clock was set back, or a time zone moved west, the newest salt stays in use. After a clock was days
        # ahead, it must not stay in use for all those days.
        if pair is None or not 0 <= pair.day - day.number <= 1:
            pair = self._pairs[site_id] = _rotated(pair, day, now)
            self._save()
        elif pair.previous is not None and now >= pair.previous_until:
            self.destroy_expired(now)
            pair = self._pairs[site_id]
        return pair

    def destroy_expired(self, now: float) -> None:
        """Destroy expired salts. Called regularly, because some sites have no visitors."""
        expired = {
            site_id: SaltPair(pair.day, pair.current, None, 0)
            for site_id, pair in self._pairs.items()
            if pair.previous is not None and now >= pair.previous_until
        }
        if expired:
            self._pairs |= expired
            self._save()

    def keep(self, site_ids: Set[int]) -> None:
        """Destroy the salts of all other sites: without hits, they would never rotate."""
        if gone := self._pairs.keys() - site_ids:
            self._pairs = {site_id: pair for site_id, pair in self._pairs.items() if site_id not in gone}
            self._save()

    def save_again(self) -> None:
        """Write the file if it is missing or the last write failed. Called regularly."""
        if self._file and self._file.needs_writing:
            self._save()

    def close(self) -> None:
        """Close the file without deleting it."""
        if self._file:
            self._file.close()

    def _read(self, file: MemoryFile) -> dict[int, SaltPair]:
        content = file.read()
        if not content:
            return {}
        try:
            pairs = msgspec.msgpack.decode(content, type=dict[int, SaltPair])
            salts = _salts(pairs)
            if any(len(salt) != SALT_BYTES for salt in salts):
                raise msgspec.ValidationError("not salts")
        except msgspec.DecodeError as error:
            file.warn_unreadable(str(error))
            pairs, salts = {}, {content}  # unknown content must be overwritten too
        self._saved = salts
        return pairs

    def _save(self) -> None:
        if not self._file:
            return
        salts = _salts(self._pairs)
        if self._file.write(msgspec.msgpack.encode(self._pairs), wipe=not self._saved <= salts):
            self._saved = salts


def memory_backed_file(data_dir: Path, *, directory: Path | None = None) -> Path | None:
    """Return the path for the salts of a data directory in memory-backed storage, or None without such storage.

    directory: the operator's choice. A directory that other users own or can write to is rejected.
    """
    candidates = [Path(path) for path in ("/run", "/dev/shm", f"/run/user/{os.getuid()}")]  # noqa: S108 (memory)
    parents = [directory] if directory else candidates
    mounts = memory_mounts()
    name = f"sillage-{os.getuid()}-{sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]}"
    for parent in parents:
        if not os.access(parent, os.W_OK) or (directory is None and mount_of(parent) not in mounts):
            continue
        own = parent / name
        with suppress(FileExistsError):
            own.mkdir(mode=0o700)
        if is_private(own.lstat()):
            return own / "salts"
    return None


def _rotated(pair: SaltPair | None, day: LocalDay, now: float) -> SaltPair:
    until = day.start + CARRY_OVER_S
    carries_over = pair is not None and pair.day == day.number - 1 and now < until
    previous = pair.current if pair is not None and carries_over else None
    return SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)


def _salts(pairs: dict[int, SaltPair]) -> set[bytes]:
    return {salt for pair in pairs.values() for salt in (pair.current, pair.previous) if salt is not None}
