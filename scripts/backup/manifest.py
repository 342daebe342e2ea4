"""The manifest of a backup: its files with their checksums. It is written last: without one, a backup is incomplete."""

import hashlib
import re
from datetime import UTC, datetime

import msgspec

from schema.stores.migrate import CLICKHOUSE, CONTROL, load

FILE = "manifest.json"
FORMAT = 1
_NAME = re.compile(r"\d{8}T\d{6}Z")


class BackupError(Exception):
    """A backup can't be made, read or restored. The message says what to do."""


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of the backup, as it is stored."""

    name: str
    bytes: int
    sha256: str
    table: str = ""  # whose rows it contains; empty: a file of the data directory
    rows: int = 0


class Manifest(msgspec.Struct, frozen=True):
    format: int
    sillage: str  # version that made it
    made_at: int  # epoch seconds
    clickhouse_schema: int  # number of the last migration
    control_schema: int
    is_encrypted: bool
    rows: dict[str, int]  # by table, without rows that others replace
    files: list[File]
    seal: str = ""  # of an encrypted backup: keyed hash of all the rest


def name_of(made_at: float) -> str:
    """Return the name of a backup, such as 20261130T031500Z."""
    return datetime.fromtimestamp(made_at, UTC).strftime("%Y%m%dT%H%M%SZ")


def is_name(text: str) -> bool:
    """True for the name of a backup."""
    return _NAME.fullmatch(text) is not None


def current_schemas() -> tuple[int, int]:
    """Return the numbers of the last migrations of ClickHouse and of the control file."""
    return len(load(CLICKHOUSE)), len(load(CONTROL))


def described(name: str, content: bytes, *, table: str = "", rows: int = 0) -> File:
    """Return the entry of a file with this content."""
    return File(name, len(content), hashlib.sha256(content).hexdigest(), table, rows)


def encoded(manifest: Manifest) -> bytes:
    """Return the manifest as a person can read it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decoded(content: bytes, *, where: str) -> Manifest:
    """Return the manifest of a file. Raises BackupError."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError:
        raise BackupError(f"The manifest of {where} can't be read. Choose another backup with --backup.") from None
    clickhouse, control = current_schemas()
    if manifest.format > FORMAT or manifest.clickhouse_schema > clickhouse or manifest.control_schema > control:
        raise BackupError(
            f"Sillage {manifest.sillage} made {where}, and this version is older. Install that version, or a newer one."
        )
    return manifest


def check(content: bytes, file: File, *, where: str) -> None:
    """Raise BackupError if a file is not as it was written."""
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        raise BackupError(
            f"{file.name} of {where} is damaged: its checksum is wrong. Choose another backup with --backup."
        )


def sealed(manifest: Manifest, signature: str) -> Manifest:
    """Return the manifest with a signature."""
    return msgspec.structs.replace(manifest, seal=signature)
