"""Active swap of the machine: where the kernel may write memory, and so salts, to a disk."""

from dataclasses import dataclass
from pathlib import Path

_SWAPS, _BLOCK_DEVICES = Path("/proc/swaps"), Path("/sys/class/block")


@dataclass(frozen=True, slots=True)
class Swap:
    name: str
    is_safe: bool  # in memory itself (zram), or encrypted

    @property
    def sentence(self) -> str:
        """What it means for salts."""
        if self.is_safe:
            return f"Swap on {self.name} is compressed memory or encrypted: salts that are swapped stay unreadable."
        return (
            f"Swap on {self.name} is not visibly encrypted: the kernel may write salts to it, where they outlive their"
            " day. Encrypt it with a random key, use zram, or switch it off."
        )


def active(swaps: Path = _SWAPS, devices: Path = _BLOCK_DEVICES) -> list[Swap]:
    """Return the active swaps of the machine; none where the system does not report them."""
    try:
        lines = swaps.read_text().splitlines()[1:]
    except OSError:
        return []
    return [Swap(name, is_safe=_is_safe(name, devices)) for name in (line.split()[0] for line in lines if line.strip())]


def _is_safe(name: str, devices: Path) -> bool:
    device = Path(name).resolve().name
    if device.startswith("zram"):
        return True
    try:
        return (devices / device / "dm" / "uuid").read_text().startswith("CRYPT-")
    except OSError:
        return False
