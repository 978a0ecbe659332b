"""Each request to Discord on each journey fails once, with each kind of error.

The acting person sees an error message or the normal result, or the error is in the log. Trying
again then succeeds.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.faults.discord_faults import FAULTS, RequestMonitor
from tests.faults.journeys import JOURNEYS, Journey, Participants, Result, Step, deliver
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text
from tests.mentorship.support.community import assert_ledger_consistent

NEVER_SEEN = ("Traceback", "Error(", "discord.errors", "sqlalchemy", "BackendError", "Exception")
REQUESTS = {
    "becoming a mentor": 14,
    "a text that is changed": 25,
    "a session": 35,
    "another time": 15,
    "a session that is called off": 4,
    "a dispute": 37,
    "looking around": 16,
    "meeting in a thread": 26,
    "meeting in a voice channel": 22,
}
"""How many requests each journey makes. Each of them fails in one test."""

FAST_TEST_INTERVAL = 37
"""One in this many tests is in `make test`; that covers all kinds of errors and all journeys."""


async def take_steps(
    participants: Participants,
    journey: Journey,
    monitor: RequestMonitor,
    caplog: pytest.LogCaptureFixture,
) -> bool:
    """Take all steps, and repeat the one in which a request has failed.

    After a permanent error that is reported in the log channel, the journey ends, because its next
    step may depend on the request. Returns whether all steps were taken.
    """
    for step in journey.steps:
        failed_before = monitor.has_failed
        caplog.clear()
        error, result = await _try(participants, step)
        if monitor.has_failed and not failed_before:
            if error is not None:
                _assert_shown_or_logged(result, caplog)
            await deliver(participants)
            if monitor.failed_permanently and await participants.is_reported():
                return False
            error, result = await _try(participants, step)
            _assert_no_internals(result)
            # If the first try has succeeded after all, the repetition may fail.
            continue
        if error is not None:
            raise error
    return not monitor.failed_deleting_missing_channel


async def _try(
    participants: Participants, step: Step
) -> tuple[Exception | AssertionError | None, Result]:
    try:
        return None, await step(participants)
    except Exception as error:
        return error, None


def _assert_shown_or_logged(result: Result, caplog: pytest.LogCaptureFixture) -> None:
    _assert_no_internals(result)
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert logged or _texts(result), "it failed without a message or a log entry"


def _assert_no_internals(result: Result) -> None:
    for text in _texts(result):
        assert not any(word in text for word in NEVER_SEEN), text


def _texts(result: Result) -> list[str]:
    if result is None:
        return []
    return [message_text(each) for each in (result.response, *result.followups) if each is not None]


@pytest.fixture
async def participants(fault_guild: SimulatedGuild) -> AsyncIterator[Participants]:
    log = fault_guild.handle.create_text_channel("mentor-log")
    await fault_guild.configure(log_channel_id=log.id)
    participants = Participants(fault_guild, log)
    yield participants
    await participants.guild.db.read(assert_ledger_consistent)


async def run_with_fault(
    participants: Participants,
    journey: Journey,
    monitor: RequestMonitor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await journey.prepare(participants)
    with monitor.recording(monkeypatch):
        completed = await take_steps(participants, journey, monitor, caplog)
        await deliver(participants)
    if completed:
        await journey.assert_done(participants)
    for person in participants.people.values():
        if hasattr(person, "user"):
            for message in participants.guild.inbox(person):
                assert not any(word in message_text(message) for word in NEVER_SEEN)


@pytest.mark.parametrize("name", JOURNEYS)
async def test_each_journey_succeeds_without_faults(
    name: str,
    participants: Participants,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monitor = RequestMonitor()
    await run_with_fault(participants, JOURNEYS[name], monitor, monkeypatch, caplog)
    assert len(monitor.requests) == REQUESTS[name], "update REQUESTS"
    assert participants.guild.env.errors == []


def _each_request() -> Iterator[Any]:
    """Yield parameters for each request of each journey and each kind of error."""
    number = 0
    for name, requests in REQUESTS.items():
        for at in range(requests):
            for fault in FAULTS:
                number += 1
                marks = () if number % FAST_TEST_INTERVAL == 0 else (pytest.mark.long,)
                yield pytest.param(name, at, fault, id=f"{name}-{at}-{fault}", marks=marks)


@pytest.mark.parametrize(("name", "at", "fault"), list(_each_request()))
async def test_each_request_to_discord_may_fail_once(
    name: str,
    at: int,
    fault: str,
    participants: Participants,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monitor = RequestMonitor(at, FAULTS[fault])
    await run_with_fault(participants, JOURNEYS[name], monitor, monkeypatch, caplog)
    assert monitor.has_failed
