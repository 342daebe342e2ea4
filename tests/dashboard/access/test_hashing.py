import asyncio
import threading

import pytest

from dashboard.access.hashing import BusyError, Lane


def test_work_runs_in_a_thread_of_the_lane():
    name = asyncio.run(Lane("test").run(lambda: threading.current_thread().name))

    assert name.startswith("argon2-test")


def test_work_gets_its_arguments_and_its_error_comes_back():
    assert 10 == asyncio.run(Lane("test").run(int, "1010", base=2))

    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(Lane("test").run(int, "x"))


@pytest.mark.parametrize(
    ("max_queued", "rejected"),
    [pytest.param(2, 1, id="a short queue"), pytest.param(None, 0, id="a queue without a limit")],
)
def test_a_full_queue_rejects_at_once(max_queued, rejected):
    async def run() -> list[object]:
        lane, may_end = Lane("test", max_queued=max_queued), threading.Event()
        waiting = [asyncio.create_task(lane.run(may_end.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        may_end.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert rejected == sum(isinstance(result, BusyError) for result in asyncio.run(run()))


def test_a_lane_takes_work_again_after_an_error():
    async def run() -> int:
        lane = Lane("test", max_queued=1)
        with pytest.raises(ValueError, match="invalid literal"):
            await lane.run(int, "x")
        return await lane.run(int, "1")

    assert 1 == asyncio.run(run())
