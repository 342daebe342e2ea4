"""The numbers at which a scale has its lines."""

import math
from collections.abc import Iterator

MOST = 4  # lines above zero
_DECIMAL_STEPS = (1.0, 2.0, 2.5, 5.0)
_SIXTY_STEPS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0)


def ticks(highest: float, *, base: int = 10, whole: bool = True) -> tuple[float, ...]:
    """Return up to five round numbers, from 0 to at least `highest`.

    base: 60 for seconds, which puts lines on whole minutes and hours. whole: whole numbers only. If `highest` is zero,
    the scale goes from 0 to 1.
    """
    for step in _steps(base):
        count = math.ceil(highest / step - 1e-9)
        if count <= MOST and (step.is_integer() or not whole):
            return tuple(round(step * number, 6) for number in range(max(count, 1) + 1))
    raise AssertionError("steps grow without end")


def _steps(base: int) -> Iterator[float]:
    """Yield growing round steps: from a tenth for decimals, from one for seconds."""
    steps, power = (_SIXTY_STEPS, 0) if base == 60 else (_DECIMAL_STEPS, -1)
    while True:
        yield from (step * float(base) ** power for step in steps)
        power += 1
