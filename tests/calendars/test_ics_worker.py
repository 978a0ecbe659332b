"""Reading files in another process: its limits, its death, and the program meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_process import MAX_MEMORY
from integrations.calendars.ics_worker import IcsWorker
from mentorship.errors import CalendarProblem
from tests.calendars.ics_files import REQUEST, calendar, event

GOOD = calendar(event("20260304T090000Z", "20260304T100000Z"))


@pytest.fixture
def worker() -> Iterator[IcsWorker]:
    worker = IcsWorker()
    yield worker
    worker.close()


async def test_a_file_is_read_in_another_process(worker: IcsWorker):
    busy = await worker.read(GOOD, REQUEST)

    assert len(busy.spans) == 1
    assert worker.process_id not in (None, os.getpid())


async def test_why_a_file_is_unreadable_reaches_the_caller(worker: IcsWorker):
    with pytest.raises(UnreadableCalendar) as error:
        await worker.read(b"<html>", REQUEST)

    assert error.value.problem is CalendarProblem.NOT_A_CALENDAR
    assert len((await worker.read(GOOD, REQUEST)).spans) == 1


async def test_a_process_that_died_is_replaced_by_the_next_file(worker: IcsWorker):
    await worker.read(GOOD, REQUEST)
    killed = worker.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)

    assert len((await worker.read(GOOD, REQUEST)).spans) == 1
    assert worker.process_id != killed


@pytest.mark.parametrize("size", [0, 5_000_000])
async def test_a_process_that_hangs_is_replaced(size: int):
    worker = IcsWorker(patience_s=20)
    await worker.read(GOOD, REQUEST)
    hanging = worker.process_id
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    worker._patience_s = 0.2
    with pytest.raises(UnreadableCalendar) as error:
        await worker.read(GOOD + b" " * size, REQUEST)
    worker._patience_s = 20

    assert error.value.problem is CalendarProblem.TOO_COMPLEX
    assert len((await worker.read(GOOD, REQUEST)).spans) == 1
    assert not Path(f"/proc/{hanging}").exists()
    worker.close()


async def test_the_process_has_little_memory_and_knows_no_secrets(
    worker: IcsWorker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MENTORBOT_DISCORD_TOKEN", "a-secret")
    await worker.read(GOOD, REQUEST)
    process = Path(f"/proc/{worker.process_id}")

    limits = (process / "limits").read_text().splitlines()
    (memory,) = [line.split() for line in limits if line.startswith("Max address space")]
    assert str(MAX_MEMORY) in memory
    assert b"MENTORBOT_" not in (process / "environ").read_bytes()


async def test_the_event_loop_keeps_running_while_a_file_is_read(worker: IcsWorker):
    await worker.read(GOOD, REQUEST)
    events = [
        event("20200101T090000Z", "20200101T100000Z", "RRULE:FREQ=DAILY", uid=f"{number}")
        for number in range(20)
    ]
    reading = asyncio.create_task(worker.read(calendar(*events), REQUEST))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1

    assert len((await reading).spans) == 61
    assert turns > 10
