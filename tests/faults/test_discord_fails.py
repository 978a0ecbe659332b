"""Every request to Discord on every journey fails once, in each way. Whoever acts is told or sees
what they would have seen; or the failure stands in the log. They try again, and arrive."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.faults.discord_faults import FAULTS, RequestMonitor
from tests.faults.journeys import JOURNEYS, Journey, Participants, Result, Step, deliver
from tests.journeys.support.world import World, words
from tests.mentorship.support.community import assert_ledger_consistent

NEVER_SEEN = ("Traceback", "Error(", "discord.errors", "sqlalchemy", "BackendError", "Exception")
REQUESTS = {
    "becoming a mentor": 12,
    "a text that is changed": 20,
    "a session": 21,
    "another time": 7,
    "a session that is called off": 3,
    "a dispute": 20,
    "looking around": 15,
    "meeting in a thread": 13,
    "meeting in a voice channel": 10,
}
"""How many requests each journey makes, from 0 on each of which fails."""

EVERY = 37
"""One in so many runs is in `make test`: each fault and each journey come up."""


async def walk(
    cast: Participants, journey: Journey, wire: RequestMonitor, caplog: pytest.LogCaptureFixture
) -> bool:
    """All steps; the one in which the wire broke is taken again, as people do.

    What Discord refuses for good stays undone, and then ends the journey, whose next step may need
    it: moderators read of it in their log channel. Returns whether it went on to the end.
    """
    for step in journey.steps:
        whole = wire.broke
        caplog.clear()
        trouble, seen = await _try(cast, step)
        if wire.broke and not whole:
            if trouble is not None:
                _told_or_logged(seen, caplog)
            await deliver(cast)
            if wire.refused_for_good and await cast.moderators_know():
                return False
            trouble, seen = await _try(cast, step)
            _speaks_to_people(seen)
            # Where the first try came to something after all, there is nothing left to press.
            continue
        if trouble is not None:
            raise trouble
    return not wire.says_gone_already


async def _try(cast: Participants, step: Step) -> tuple[Exception | AssertionError | None, Result]:
    try:
        return None, await step(cast)
    except Exception as error:
        return error, None


def _told_or_logged(seen: Result, caplog: pytest.LogCaptureFixture) -> None:
    _speaks_to_people(seen)
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert logged or _texts(seen), "it failed, and nobody can know"


def _speaks_to_people(seen: Result) -> None:
    for text in _texts(seen):
        assert not any(word in text for word in NEVER_SEEN), text


def _texts(seen: Result) -> list[str]:
    if seen is None:
        return []
    return [words(each) for each in (seen.response, *seen.followups) if each is not None]


@pytest.fixture
async def cast(broken_town: World) -> AsyncIterator[Participants]:
    log = broken_town.guild.create_text_channel("mentor-log")
    await broken_town.settle(log_channel_id=log.id)
    cast = Participants(broken_town, log)
    yield cast
    await cast.town.db.read(assert_ledger_consistent)


async def disturbed(
    cast: Participants,
    journey: Journey,
    wire: RequestMonitor,
    patched: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await journey.sets_out(cast)
    with wire.watched(patched):
        went_on = await walk(cast, journey, wire, caplog)
        await deliver(cast)
    if went_on:
        await journey.arrived(cast)
    for person in cast.people.values():
        if hasattr(person, "user"):
            for message in cast.town.inbox(person):
                assert not any(word in words(message) for word in NEVER_SEEN)


@pytest.mark.parametrize("name", JOURNEYS)
async def test_each_journey_succeeds_without_faults(
    name: str, cast: Participants, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire = RequestMonitor()
    await disturbed(cast, JOURNEYS[name], wire, monkeypatch, caplog)
    assert len(wire.requests) == REQUESTS[name], "REQUESTS says how many there are to fail"
    assert cast.town.env.errors == []


def _each_request() -> Iterator[Any]:
    """Every request of every journey with every fault; some of them in each run of the tests."""
    number = 0
    for name, requests in REQUESTS.items():
        for at in range(requests):
            for fault in FAULTS:
                number += 1
                marks = () if number % EVERY == 0 else (pytest.mark.long,)
                yield pytest.param(name, at, fault, id=f"{name}-{at}-{fault}", marks=marks)


@pytest.mark.parametrize(("name", "at", "fault"), list(_each_request()))
async def test_each_request_to_discord_may_fail_once(
    name: str,
    at: int,
    fault: str,
    cast: Participants,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire = RequestMonitor(at, FAULTS[fault])
    await disturbed(cast, JOURNEYS[name], wire, monkeypatch, caplog)
    assert wire.broke
