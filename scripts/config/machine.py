"""What the machine says about itself: its time zone, how much memory there is for us, and which names are its own."""

import os
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def timezone(etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the host's time zone, UTC where the host names none."""
    return _named(etc / "timezone") or _linked(etc / "localtime") or "UTC"


def is_timezone(name: str) -> bool:
    """True for a name this machine can compute with."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown; no name at all; a directory such as "Europe"
        return False
    return True


def memory_bytes(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the memory of the machine, or of the control group (container, systemd unit) where that is less.

    own: which groups this process is in, a line each: `number:controllers:/path`; version 2 names no controller.
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


def is_here(name: str) -> bool:
    """True for a host name or address by which only this machine itself can be reached."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _limits(root: Path, path: str, file: str) -> list[int]:
    """Return the limits of a group and of all above it. Inside a container the path may be the host's: look past it."""
    group = root / path.lstrip("/")
    texts = [_text(directory / file) for directory in (group, *group.parents) if directory.is_relative_to(root)]
    return [int(text) for text in texts if text.isdigit()]  # "max" is no limit


def _named(file: Path) -> str:
    name = _text(file)
    return name if is_timezone(name) else ""


def _linked(file: Path) -> str:
    """Return the zone a link into .../zoneinfo/ names."""
    name = str(file.resolve()).partition("/zoneinfo/")[2]
    return name if is_timezone(name) else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
