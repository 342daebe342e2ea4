"""Keep the pages of a file in memory, so that the kernel does not write them to swap.

A file on tmpfs may be swapped like the memory of a process. Pages that are mapped and locked are not. The system limits
how much a user may lock (RLIMIT_MEMLOCK), and some systems have no such call: then nothing is locked.
"""

import ctypes
import mmap
import os


class MemoryLock:
    """A lock of the pages of an open file, as long as the file was when it was locked."""

    def __init__(self, file: int) -> None:
        self._mapping = _locked(file)

    @property
    def holds(self) -> bool:
        """True if the pages are locked."""
        return self._mapping is not None

    def release(self) -> None:
        if self._mapping is not None:
            self._mapping.close()
            self._mapping = None


def _locked(file: int) -> mmap.mmap | None:
    size = os.fstat(file).st_size
    if not size:
        return None
    mapping = mmap.mmap(file, size)
    first = ctypes.c_char.from_buffer(mapping)
    address = ctypes.c_void_p(ctypes.addressof(first))
    del first  # the mapping can't be closed while something points into it
    try:
        is_locked = ctypes.CDLL(None).mlock(address, ctypes.c_size_t(size)) == 0
    except (OSError, AttributeError):
        is_locked = False
    if not is_locked:
        mapping.close()
        return None
    return mapping
