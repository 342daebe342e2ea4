"""Sizes of files, for people."""


def readable(size: int) -> str:
    """Return a number of bytes in a unit that suits it, such as 1.4 MB."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
