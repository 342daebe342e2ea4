"""P2 and P3: salts are in memory, private, nowhere else, and each is of the present day of its site."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ingest.visits.memory_file import mount_of
from ingest.visits.salts import SaltPair
from schema.days.local_day import local_day
from schema.privacy.audits import Finding
from scripts.audit import traces
from scripts.audit.subject import Subject, green, listed, no_server, red, yellow

_MEMORY = ("tmpfs", "ramfs")
_DESTROYED_WITHIN_S = 60  # after its time, while the server runs
_OLDEST_S = 50 * 3600  # age of a salt: a day of 25 hours, and the time after midnight
_IN_MEMORY_SWAP = "/dev/zram"


def in_memory(subject: Subject) -> Finding:
    """P2: the file of the salts is in memory, and private to its owner."""
    file = subject.salts_file
    if file is None:
        return green("P2", "The salts are in the memory of the process only.")
    if not file.exists():
        return green("P2", "There are no salts now: %(file)s does not exist.", file=str(file))
    kind = _file_system(subject, file)
    if kind not in _MEMORY:
        return red("P2", "The salts are in %(file)s, which is on a disk (%(kind)s).", file=str(file), kind=kind)
    modes = [stat.S_IMODE(path.lstat().st_mode) for path in (file.parent, file)]
    if modes != [0o700, 0o600]:
        return red(
            "P2",
            "Other users of the machine can read the salts in %(file)s. Run `chmod 700` on its directory and `chmod "
            "600` on the file.",
            file=str(file),
        )
    return green(
        "P2", "The salts are in %(file)s, in memory (%(kind)s), for its owner only.", file=str(file), kind=kind
    )


def not_swapped(subject: Subject) -> Finding:
    """P2: the memory of the salts is not written to a disk by the system."""
    try:
        devices = [line.split()[0] for line in subject.swaps.read_text().splitlines()[1:] if line.strip()]
    except OSError:
        return yellow("P2", "The system does not show whether it swaps memory to a disk.")
    on_disk = [device for device in devices if not device.startswith(_IN_MEMORY_SWAP)]
    if not on_disk:
        return green("P2", "The system has no swap space on a disk, so memory is not written to one.")
    return yellow(
        "P2",
        "The system swaps memory to %(devices)s. The file of the salts is locked in memory if the system allows it, "
        "but a salt in the memory of the process could be written there. Turn swap off, or encrypt it with a random "
        "key.",
        devices=listed(on_disk),
    )


def without_copies(subject: Subject) -> Finding:
    """P2: the bytes of the salts are not in the data directory or in logs."""
    if subject.salts_file is None:
        return yellow("P2", "Salts in the memory of the process can't be read, so their copies were not searched for.")
    salts = {salt for pair in stored(subject.salts_file).values() for salt in (pair.current, pair.previous) if salt}
    forms = {(number, name): form for number, salt in enumerate(salts) for name, form in traces.of_bytes(salt).items()}
    places = [subject.settings.data_dir, *subject.logs]
    hits = traces.matches(forms, places, since=subject.now - _OLDEST_S) if forms else []
    if files := sorted({file for _, file in hits}):
        return red("P2", "Salts are also in these files: %(files)s.", files=listed(files))
    return green("P2", "None of the %(count)d salts is in a file of the data directory or in a log.", count=len(salts))


def of_today(subject: Subject) -> Finding:
    """P3: each salt belongs to the present local day of its site, and the one before is destroyed."""
    if subject.salts_file is None:
        return yellow("P3", "Salts in the memory of the process can't be read, so their days were not checked.")
    pairs = stored(subject.salts_file)
    if subject.process is None and not pairs:
        return no_server("P3")
    stale = [site.domain for site in subject.sites if site.id in pairs and _is_stale(subject, site.id, pairs)]
    if stale:
        return red(
            "P3",
            "Salts of an earlier day still exist for %(sites)s. A running server destroys them.",
            sites=listed(stale),
        )
    return green("P3", "Every salt is of the present day of its site, and earlier ones are destroyed.")


def stored(file: Path) -> Mapping[int, SaltPair]:
    """Return the salts in a file by site. Raises OSError, msgspec.DecodeError."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return {}
    return msgspec.msgpack.decode(content, type=dict[int, SaltPair]) if content else {}


def _is_stale(subject: Subject, site_id: int, pairs: Mapping[int, SaltPair]) -> bool:
    pair = pairs[site_id]
    site = next(site for site in subject.sites if site.id == site_id)
    today = local_day(subject.now - _DESTROYED_WITHIN_S, site.zone).number
    is_previous_due = pair.previous is not None and subject.now > pair.previous_until + _DESTROYED_WITHIN_S
    return pair.day < today or is_previous_due


def _file_system(subject: Subject, file: Path) -> str:
    """Return the type of the file system of a file, empty if the system does not show it."""
    point = os.fspath(mount_of(file))
    fields = [line.split() for line in subject.mounts.read_text().splitlines()]
    return next((field[2] for field in reversed(fields) if field[1] == point), "?")
