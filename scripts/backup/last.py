"""When the last backup was made, in a file of the data directory."""

from contextlib import suppress
from pathlib import Path

NAME = "last-backup"  # has the time in epoch seconds


def note(data_dir: Path, *, at: float) -> None:
    """Store the time of a backup that has just been made. Without a writable data directory, nothing is stored."""
    with suppress(OSError):
        (data_dir / NAME).write_text(f"{at:.0f}\n", encoding="ascii")


def made_at(data_dir: Path) -> float | None:
    """Return the time of the last backup in epoch seconds. None if it is not known."""
    try:
        return float((data_dir / NAME).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
