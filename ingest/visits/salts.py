"""Per site: the salt of its local day, and for thirty minutes after midnight the one before.

Salts live on memory-backed storage or in process memory, never in the data directory: they outlive a restart of the
process, not of the machine. An old salt is overwritten where it lay once its file is replaced, or if it can't be. No
hit depends on that file: without it the salts live in process memory alone, until writing it works again.
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
    previous_until: int  # epoch seconds; 0: there is none


class Salts:
    """The salts of every site, kept in step with a file where there is one."""

    def __init__(self, file: Path | None) -> None:
        """file: on memory-backed storage; None: they end with the process."""
        self._file = file and MemoryFile(
            file, holds="salts", otherwise="a restart makes new ones, and counts the day's visitors twice"
        )
        self._saved: set[bytes] = set()  # the salts in the file
        self._pairs = self._read(self._file) if self._file else {}

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

    def save_again(self) -> None:
        """Write the file if it is gone or could not be written; called now and then."""
        if self._file and self._file.needs_writing:
            self._save()

    def close(self) -> None:
        """Close the file, which stays."""
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
            pairs, salts = {}, {content}  # whatever it was must be overwritten
        self._saved = salts
        return pairs

    def _save(self) -> None:
        if not self._file:
            return
        salts = _salts(self._pairs)
        if self._file.write(msgspec.msgpack.encode(self._pairs), wipe=not self._saved <= salts):
            self._saved = salts


def memory_backed_file(data_dir: Path, *, directory: Path | None = None) -> Path | None:
    """Return where the salts of a data directory live, on memory-backed storage; None where there is none.

    directory: chosen by the operator instead. A directory that someone else made or may write to is refused.
    """
    candidates = [Path(place) for place in ("/run", "/dev/shm", f"/run/user/{os.getuid()}")]  # noqa: S108 (memory)
    parents = [directory] if directory else candidates
    mounts = memory_mounts()
    name = f"sillage-{os.getuid()}-{sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]}"
    for parent in parents:
        if not os.access(parent, os.W_OK) or (directory is None and mount_of(parent) not in mounts):
            continue
        place = parent / name
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
        if is_private(place.lstat()):
            return place / "salts"
    return None


def _rotated(pair: SaltPair | None, day: LocalDay, now: float) -> SaltPair:
    until = day.start + CARRY_OVER_S
    carries_over = pair is not None and pair.day == day.number - 1 and now < until
    previous = pair.current if pair is not None and carries_over else None
    return SaltPair(day.number, token_bytes(SALT_BYTES), previous, until if previous else 0)


def _salts(pairs: dict[int, SaltPair]) -> set[bytes]:
    return {salt for pair in pairs.values() for salt in (pair.current, pair.previous) if salt is not None}
