"""Make a backup: the snapshot, the control file and the keys, file by file, and the manifest last."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts.backup import manifest
from scripts.backup.manifest import BackupError, File, Manifest
from scripts.backup.sealing import KEY_FILE, Sealing
from scripts.backup.source import Source
from scripts.backup.targets import Target

CONTROL = "control.sqlite3"
ROWS = ".native.zst"
# What else is in the data directory and can't be made anew: keys of links, and what the operator wrote.
KEPT = ("*.key", "exclusions.toml", "sillage.toml")


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    manifest: Manifest


def make(
    source: Source,
    target: Target,
    sealing: Sealing,
    *,
    data_dir: Path,
    made_at: float,
    progress: Callable[[Sequence[tuple[str, int]]], Iterator[tuple[str, int]]],
) -> Made:
    """Write a backup and return its manifest. progress: passes on the pieces to read, (table, rows) each.

    Raises BackupError, and as the source does.
    """
    name = manifest.name_of(made_at)
    if name in target.names():
        raise BackupError(f"{target.where(name)} exists already. Try again in a second.")
    writer = _Writer(name, target, sealing)
    if sealing.key is not None:
        writer.write_open(KEY_FILE, sealing.key)
    taken = source.take()
    writer.write(CONTROL, Path(taken.control).read_bytes())
    for file in sorted(file for pattern in KEPT for file in data_dir.glob(pattern) if file.is_file()):
        writer.write(file.name, file.read_bytes())
    for number, (table, rows) in enumerate(progress(taken.pieces)):
        writer.write(f"{table}.{number:06}{ROWS}", source.read(number), table=table, rows=rows)
    clickhouse, control = manifest.current_schemas()
    written = Manifest(
        format=manifest.FORMAT,
        sillage=version("sillage"),
        made_at=int(made_at),
        clickhouse_schema=clickhouse,
        control_schema=control,
        is_encrypted=sealing.key is not None,
        rows=taken.rows,
        files=writer.files,
    )
    written = manifest.sealed(written, sealing.signature(written))
    target.write(name, manifest.FILE, manifest.encoded(written))
    return Made(name, written)


class _Writer:
    def __init__(self, backup: str, target: Target, sealing: Sealing) -> None:
        self.files: list[File] = []
        self._backup = backup
        self._target = target
        self._sealing = sealing

    def write(self, name: str, content: bytes, *, table: str = "", rows: int = 0) -> None:
        """Write an encrypted file."""
        self.write_open(name + self._sealing.suffix, self._sealing.seal(content), table=table, rows=rows)

    def write_open(self, name: str, content: bytes, *, table: str = "", rows: int = 0) -> None:
        """Write a file as it is."""
        self._target.write(self._backup, name, content)
        self.files.append(manifest.described(name, content, table=table, rows=rows))
