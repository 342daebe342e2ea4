"""Visits that continue after midnight under a new visitor id, remembered across restarts.

At midnight a visitor gets a new id, but all stored rows of a visit keep the id of the day on which it began: storing
both on a disk would link a person across two days. The new id is therefore kept only here, in memory-backed storage
beside the salts, until the visit ends. Each such visit is appended to the file once, before its hit is answered.
"""

from pathlib import Path
from struct import Struct

from ingest.visits.memory_file import MemoryFile

_ENTRY = Struct("<QQQ")  # site id, visitor id of today, visit id

VisitorKey = tuple[int, int]  # site id, visitor id


class CarriedVisits:
    """Visitor -> visit, for visits that began under another visitor id."""

    def __init__(self, file: Path | None = None) -> None:
        """file: in memory-backed storage. None: carried visits end with the process."""
        self._file = file and MemoryFile(
            file,
            holds="visits carried over midnight",
            otherwise="a restart ends them and starts new ones",
        )
        # In the format of the file: a hundred thousand entries are rewritten in a few milliseconds.
        self._entries = _read(self._file.read()) if self._file else {}
        self._is_stale = False  # the file contains ended visits

    def add(self, visitor: VisitorKey, visit_id: int) -> None:
        """Remember a visit. It survives a restart once this returns."""
        entry = self._entries[visitor] = _ENTRY.pack(*visitor, visit_id)
        if self._file:
            self._file.append(entry)

    def remove(self, visitor: VisitorKey) -> None:
        """Forget the visit of a visitor, if any. `save` updates the file."""
        if self._entries.pop(visitor, None) is not None:
            self._is_stale = True

    def visitors(self) -> dict[int, VisitorKey]:
        """Return visit id -> visitor."""
        return {_ENTRY.unpack(entry)[2]: visitor for visitor, entry in self._entries.items()}

    def save(self) -> None:
        """Update the file if necessary. Called regularly."""
        if self._file and (self._is_stale or self._file.needs_writing):
            content = b"".join(self._entries.values())
            self._is_stale = not self._file.write(content, wipe=self._is_stale)

    def close(self) -> None:
        """Close the file without deleting it."""
        if self._file:
            self._file.close()


def _read(content: bytes) -> dict[VisitorKey, bytes]:
    # A process killed while appending may have left a partial entry.
    whole = range(0, len(content) - _ENTRY.size + 1, _ENTRY.size)
    entries = [content[start : start + _ENTRY.size] for start in whole]
    return {_ENTRY.unpack(entry)[:2]: entry for entry in entries}
