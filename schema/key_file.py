"""Random keys in the data directory, apart from the control file, so that a copy of that alone is worth nothing."""

import secrets
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32
HOMES = "homes.key"  # of schema.home
LINKS = "links.key"  # of schema.links


def read(data_dir: Path, name: str) -> bytes:
    """Return a key of an installation, made now where there is none. Raises OSError."""
    file = data_dir / name
    if not file.exists():
        fresh = file.with_name(f"{name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):  # another process was first
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_bytes()
