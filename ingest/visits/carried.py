"""Visits that go on after midnight under their visitor's new number, known again after a restart.

At midnight a visitor gets a new number, but everything that is stored of a visit keeps the number of the day on which
it began: a disk that had both would link a person over two days. So the new number of such a visit is only here, beside
the salts in memory-backed storage, with the id of the visit; it is removed when the visit ends. The file is appended to
when a visit is carried, before the hit is answered: that is once a visit, in the first half hour of a day.
"""

from pathlib import Path
from struct import Struct

from ingest.visits.memory_file import MemoryFile

_ENTRY = Struct("<QQQ")  # site id, number of the visitor today, visit id

VisitorKey = tuple[int, int]  # site id, number of the visitor


class CarriedVisits:
    """Visitor -> visit, for visits that began under another number."""

    def __init__(self, file: Path | None = None) -> None:
        """file: on memory-backed storage; None: carried visits end with the process."""
        self._file = file and MemoryFile(
            file,
            holds="visits carried over midnight",
            otherwise="a restart ends them, and their visitors begin new ones",
        )
        # In the file's own form: a hundred thousand of them are written anew in a few milliseconds.
        self._entries = _read(self._file.read()) if self._file else {}
        self._is_stale = False  # the file has visits that ended

    def add(self, visitor: VisitorKey, visit_id: int) -> None:
        """Remember a visit, over a restart too from the moment this returns."""
        entry = self._entries[visitor] = _ENTRY.pack(*visitor, visit_id)
        if self._file:
            self._file.append(entry)

    def remove(self, visitor: VisitorKey) -> None:
        """Forget the visit of a visitor, if there is one; the file follows with `save`."""
        if self._entries.pop(visitor, None) is not None:
            self._is_stale = True

    def visitors(self) -> dict[int, VisitorKey]:
        """Return visit id -> visitor."""
        return {_ENTRY.unpack(entry)[2]: visitor for visitor, entry in self._entries.items()}

    def save(self) -> None:
        """Bring the file up to date where it is not; called now and then."""
        if self._file and (self._is_stale or self._file.needs_writing):
            content = b"".join(self._entries.values())
            self._is_stale = not self._file.write(content, wipe=self._is_stale)

    def close(self) -> None:
        """Close the file, which stays."""
        if self._file:
            self._file.close()


def _read(content: bytes) -> dict[VisitorKey, bytes]:
    # A process that was killed while it appended may have left a part of an entry.
    whole = range(0, len(content) - _ENTRY.size + 1, _ENTRY.size)
    entries = [content[start : start + _ENTRY.size] for start in whole]
    return {_ENTRY.unpack(entry)[:2]: entry for entry in entries}
