"""A crowd of interactions: all are acknowledged before the first is answered."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from bot import admission
from bot.admission import MAX_CONCURRENT, Admission


class Press:
    """Stands for Discord's interaction; it notes when it is deferred and answered."""

    def __init__(self, number: int, log: list[tuple[str, int]]) -> None:
        self.number, self.log = number, log
        self.message = None
        self.is_deferred = False
        self.response: Any = SimpleNamespace(defer=self._defer, is_done=lambda: self.is_deferred)

    async def _defer(self, **_: Any) -> None:
        # As discord.py, which raises `InteractionResponded`.
        assert not self.is_deferred
        self.is_deferred = True
        self.log.append(("deferred", self.number))

    async def answer(self, gate: Admission) -> None:
        async with gate.admit(self):  # type: ignore[arg-type]
            self.log.append(("answered", self.number))
            await asyncio.sleep(0)


async def arrive(number: int) -> list[tuple[str, int]]:
    """Let presses arrive, one in each turn of the event loop, and return what happened."""
    gate, log = Admission(), list[tuple[str, int]]()
    tasks = []
    for each in range(number):
        tasks.append(asyncio.create_task(Press(each, log).answer(gate)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return log


async def test_a_crowd_is_acknowledged_before_anyone_is_answered() -> None:
    log = await arrive(5 * MAX_CONCURRENT)
    first_answer = [what for what, _ in log].index("answered")
    assert first_answer >= 5 * MAX_CONCURRENT - 1, "all but the last, which needs not wait"
    answered = [number for what, number in log if what == "answered"]
    assert sorted(answered) == list(range(5 * MAX_CONCURRENT))


async def test_a_single_interaction_is_answered_without_being_deferred() -> None:
    assert await arrive(1) == [("answered", 0)]


async def test_interactions_that_never_end_do_not_hold_back_answers(monkeypatch: Any) -> None:
    monkeypatch.setattr(admission, "LONGEST_PAUSE_S", 0.0)
    log = await arrive(3 * MAX_CONCURRENT)
    assert [what for what, _ in log].index("answered") < 2 * MAX_CONCURRENT


async def test_an_act_that_runs_again_is_deferred_once() -> None:
    """`bot.guilds.presence` runs it again once it knows whether somebody is still a member."""
    gate, log = Admission(), list[tuple[str, int]]()

    async def answer_twice(press: Press) -> None:
        await press.answer(gate)
        await press.answer(gate)

    await asyncio.gather(*(answer_twice(Press(each, log)) for each in range(5 * MAX_CONCURRENT)))
    assert [what for what, _ in log].count("answered") == 10 * MAX_CONCURRENT
    assert any(what == "deferred" for what, _ in log)
