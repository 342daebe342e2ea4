"""Periodic jobs run until the server stops, whatever happens to the others."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from ingest.outcome import UNKNOWN_SITE
from schema.stores.control import ControlUnavailableError
from scripts.server.heartbeat import Job, beating, jobs
from scripts.server.parts import Parts


class Counted:
    """A job that signals when it has run a number of times."""

    def __init__(self, times: int, run: Callable[[], Awaitable[object]] | None = None) -> None:
        self.is_done = asyncio.Event()
        self._left = times
        self._run = run

    async def __call__(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.is_done.set()
        if self._run:
            await self._run()


async def fail() -> None:
    raise OSError("the disk is on fire")


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.anyio
@pytest.mark.parametrize("other", [pytest.param(fail, id="fails"), pytest.param(hang, id="hangs")])
async def test_a_job_runs_although_another(other: Callable[[], Awaitable[None]]) -> None:
    bad, good = Counted(1, other), Counted(5)
    async with beating([Job("bad", 0, bad), Job("good", 0, good)]):
        await good.is_done.wait()

    assert bad.is_done.is_set()


@pytest.mark.anyio
async def test_a_job_that_fails_runs_again_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    bad = Counted(5, fail)
    async with beating([Job("put out fires", 0, bad)]):
        await bad.is_done.wait()

    assert ["A job failed: put out fires."] == [record.getMessage() for record in caplog.records]
    assert "the disk is on fire" in caplog.text


@pytest.mark.anyio
async def test_a_job_that_waits_for_the_control_file_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def be_read_only() -> None:
        raise ControlUnavailableError("The control file can't be used: it is read-only.")

    bad = Counted(2, be_read_only)
    async with beating([Job("send mail", 0, bad)]):
        await bad.is_done.wait()

    assert "A job waits: send mail. The control file can't be used: it is read-only." in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.anyio
async def test_each_failing_job_has_its_own_line(caplog: pytest.LogCaptureFixture) -> None:
    first, second = Counted(2, fail), Counted(2, fail)
    async with beating([Job("first", 0, first), Job("second", 0, second)]):
        await first.is_done.wait()
        await second.is_done.wait()

    assert {"A job failed: first.", "A job failed: second."} == {record.getMessage() for record in caplog.records}


@pytest.mark.anyio
async def test_jobs_end_with_the_block_and_the_running_one_is_interrupted() -> None:
    was_interrupted = asyncio.Event()

    async def work() -> None:
        try:
            await hang()
        finally:
            was_interrupted.set()

    running = Counted(1, work)
    async with beating([Job("work", 0, running)]):
        await running.is_done.wait()

    assert was_interrupted.is_set()


@pytest.mark.anyio
async def test_every_job_of_a_server_runs(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for job in jobs(parts):
        await job.run()

    assert [] == caplog.records


def test_jobs_have_names_of_their_own_and_periods(parts: Parts) -> None:
    periods = {job.name: job.every_s for job in jobs(parts)}

    assert len(jobs(parts)) == len(periods)
    assert {0.5, 1.0, 5.0, 30.0, 60.0, 3600.0} == set(periods.values())


@pytest.mark.anyio
async def test_drop_counts_are_sealed_for_clickhouse(parts: Parts) -> None:
    parts.counting.tally.add(UNKNOWN_SITE, now=0, zone=None)
    for job in jobs(parts):
        await job.run()

    assert [] == parts.counting.tally.take()
    assert 1 == len(parts.stores.spool.sealed())


@pytest.mark.anyio
async def test_edits_of_other_processes_are_followed(parts: Parts) -> None:
    body = json.dumps({"n": "pageview", "d": "example.org", "u": "https://example.org/"}).encode()
    scope = {"type": "http", "method": "POST", "path": "/api/event", "headers": [], "client": ("192.0.2.1", 1)}
    before = parts.counting.pipeline.site_of_host("example.org")
    for job in jobs(parts):
        await job.run()

    assert before is None
    assert parts.counting.pipeline.site_of_host("example.org")
    assert 202 == parts.app.take(scope, body).status
