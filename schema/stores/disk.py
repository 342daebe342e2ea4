"""Syncing to disk, to survive a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Sync the content of a file, or the list of files in a directory. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
