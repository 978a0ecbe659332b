"""One run of a function serves all who ask."""

from __future__ import annotations

import asyncio

import pytest

from mentorbot.metrics.shared_result import SharedResult


class Source:
    """A function that counts its runs, and waits in each until it is released."""

    def __init__(self) -> None:
        self.runs = 0
        self.released = asyncio.Event()
        self.error: Exception | None = None

    async def read(self) -> int:
        self.runs += 1
        await self.released.wait()
        if self.error is not None:
            raise self.error
        return self.runs


async def test_a_slow_run_is_awaited_by_later_callers() -> None:
    source = Source()
    shared = SharedResult(source.read, max_age_s=3600)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await shared.get(within_s=0.01)
    assert source.runs == 1
    source.released.set()
    assert await shared.get(within_s=10) == 1
    assert await shared.get(within_s=10) == 1


async def test_an_old_result_is_read_again() -> None:
    source = Source()
    source.released.set()
    shared = SharedResult(source.read, max_age_s=0)
    assert [await shared.get(within_s=10) for _ in range(2)] == [1, 2]


async def test_an_error_is_raised_once_and_not_kept() -> None:
    source = Source()
    source.released.set()
    source.error = ConnectionError("gone")
    shared = SharedResult(source.read, max_age_s=3600)
    with pytest.raises(ConnectionError):
        await shared.get(within_s=10)
    source.error = None
    assert await shared.get(within_s=10) == 2
