"""Numbers that show nothing about fewer than ten visitors.

A cell is what some visitors did in a fixed block of days. With fewer than FEWEST visitors it is not shown: it stays in
the remainder of the next larger block, with other cells that were too small. All other cells are rounded to the nearest
multiple of UNIT. The shown cells therefore have FEWEST visitors or more and no visit in common, so two answers differ
by whole cells, whatever their periods are.
"""

from collections.abc import Sequence

from schema.privacy import profile

UNIT = profile.UNIT  # numbers are multiples of it
FEWEST = profile.UNIT  # visitors of a cell that is shown


def is_shown(visitors: float) -> bool:
    """True if a cell has enough visitors to be shown."""
    return visitors >= FEWEST


def rounded(number: float) -> int:
    """Return the nearest multiple of UNIT, halves rounded up."""
    return int(number + UNIT / 2) // UNIT * UNIT


def shown(number: float, visitors: float) -> int:
    """Return a number of a cell as it may leave: 0 for a cell with too few visitors. visitors: of the cell."""
    return rounded(number) if is_shown(visitors) else 0


def weighted(measure: float, count: float, visitors: float) -> int:
    """Return a measure so that its average over the shown count is the average over the count of the cell."""
    return rounded(measure * shown(count, visitors) / count) if count and is_shown(visitors) else 0


def tenths(share: float | None) -> float | None:
    """Return a share of some hits, 0 to 1, in tenths."""
    return None if share is None else round(share, 1)


def nested(counts: Sequence[int]) -> list[int]:
    """Return shrinking counts, each of a part of the visitors before it, such as the steps of a funnel.

    Visitors who came equally far are a cell. A cell that is too small counts as one that came less far.
    """
    total, remainder, protected = 0, 0, []
    for count, further in zip(reversed(counts), [0, *reversed(counts)], strict=False):
        remainder += count - further
        if is_shown(remainder):
            total, remainder = total + rounded(remainder), 0
        protected.append(total)
    return protected[::-1]
