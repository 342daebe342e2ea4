"""Facts about the machine: its time zone, its available memory and its own names."""

import ctypes
import os
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TIMEX_BYTES = 256  # more than struct timex has; zeros ask for the state
_NOT_SYNCHRONIZED = 5  # TIME_ERROR of adjtimex(2)


def timezone(etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the host's time zone, or UTC if the host has none."""
    return _named(etc / "timezone") or _linked(etc / "localtime") or "UTC"


def is_timezone(name: str) -> bool:
    """True for a time zone in this machine's database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown; malformed; a directory such as "Europe"
        return False
    return True


def memory_bytes(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the memory of the machine, or of the control group (container, systemd unit) if that is less.

    own: file with the groups of this process, one `number:controllers:/path` per line. Version 2 names no controller.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [machine]
    for line in _text(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            limits += _limits(cgroups, path, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits(cgroups / "memory", path, "memory.limit_in_bytes")
    return min(limits)


def available_bytes(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Return the memory that programs could still get; 0 where the system does not report it."""
    for line in _text(meminfo).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def is_clock_synchronized() -> bool | None:
    """Return whether the kernel knows that a time service keeps the clock right. None if it does not tell."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    state = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _NOT_SYNCHRONIZED


def is_loopback(name: str) -> bool:
    """True for a loopback host name or address."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _limits(root: Path, path: str, file: str) -> list[int]:
    """Return the limits of a group and its parents. In a container the path may be the host's and not exist."""
    group = root / path.lstrip("/")
    texts = [_text(directory / file) for directory in (group, *group.parents) if directory.is_relative_to(root)]
    return [int(text) for text in texts if text.isdigit()]  # "max" means no limit


def _named(file: Path) -> str:
    name = _text(file)
    return name if is_timezone(name) else ""


def _linked(file: Path) -> str:
    """Return the zone named by a link into .../zoneinfo/."""
    name = str(file.resolve()).partition("/zoneinfo/")[2]
    return name if is_timezone(name) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
