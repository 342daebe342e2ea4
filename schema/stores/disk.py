"""What a power cut must not undo is brought to the disk."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Bring the content of a file to the disk, or which files a directory lists. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
