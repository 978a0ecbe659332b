"""The program is killed after each of its requests about a room: none is lost, none doubled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from simcord.enums import ChannelType
from simcord.http import router

from bot.guilds.meeting_rooms import update_meeting_rooms
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.places.meeting import CLOSES_AFTER, LEASE
from storage.tables import MeetingPlace
from tests.journeys.sessions.test_meeting_rooms import (
    advance_to,
    allow_rooms,
    enable_rooms,
    pair,
    rooms,
)
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.simulated_guild import SimulatedGuild

TO_OPEN = {"thread": 4, "voice": 1, "voice in a full server": 5}
TO_CLOSE = {"thread": 2, "voice": 1, "voice in a full server": 2}
"""How many requests it takes."""


def each_request(requests: dict[str, int]) -> list[tuple[str, int]]:
    return [(kind, number) for kind, most in requests.items() for number in range(most)]


class Killed(BaseException):
    """The process ends here, after Discord has done what it was asked for."""


@contextmanager
def killed_after(monkeypatch: pytest.MonkeyPatch, request: int) -> Iterator[None]:
    """Kill the program after its request number `request`, from 0."""
    original, requests = router.dispatch, itertools.count()

    def dispatch(backend: Any, method: str, path: str, **options: Any) -> Any:
        number = next(requests)
        try:
            return original(backend, method, path, **options)
        finally:
            if number == request:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(router, "dispatch", dispatch)
        yield


async def run_killed(guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, request: int) -> None:
    """Run the job, killed after a request, and start the program again."""
    with killed_after(monkeypatch, request), pytest.raises(Killed):
        await update_meeting_rooms(guild.bot, guild.db)
    await guild.restart_bot()
    await guild.env.advance_time(LEASE.total_seconds() + 1)
    await update_meeting_rooms(guild.bot, guild.db)


async def prepare(guild: SimulatedGuild, kind: str) -> Any:
    """Let a session with a room begin soon. Returns its people and start."""
    await enable_rooms(guild, kind.split()[0])
    if kind == "voice in a full server":
        notices = guild.handle.create_text_channel("notices")
        await guild.configure(notices_channel_id=notices.id)
        allow_rooms(guild, "voice", "thread")
        guild.env.inject_error("POST", "/guilds/*/channels", status=400, code=30013, times=None)
    oliver, maya, starts = await pair(guild)
    await guild.advance_to(starts - timedelta(minutes=20))
    await guild.env.advance_time((starts - OPENS_BEFORE - guild.now).total_seconds())
    return oliver, maya, starts


@pytest.mark.parametrize(("kind", "request_number"), each_request(TO_OPEN))
async def test_a_room_is_opened_once_whenever_the_program_is_killed(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, kind: str, request_number: int
) -> None:
    oliver, maya, starts = await prepare(guild, kind)
    await run_killed(guild, monkeypatch, request_number)
    (room,) = rooms(guild)
    if room.type == ChannelType.PRIVATE_THREAD:
        assert {oliver.id, maya.id} <= set(room.thread_members)
        greetings = guild.env.backend.messages[room.id].values()
        assert len([each for each in greetings if each.content]) == 1
    await advance_to(guild, starts)
    assert rooms(guild) == [room]
    assert await count_rows(guild, MeetingPlace) == 1


@pytest.mark.parametrize(("kind", "request_number"), each_request(TO_CLOSE))
async def test_a_room_is_closed_whenever_the_program_is_killed(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, kind: str, request_number: int
) -> None:
    _oliver, _maya, starts = await prepare(guild, kind)
    await advance_to(guild, starts)
    assert len(rooms(guild)) == 1
    await guild.env.advance_time((timedelta(hours=1) + CLOSES_AFTER).total_seconds())
    await run_killed(guild, monkeypatch, request_number)
    assert rooms(guild) == []
    assert await count_rows(guild, MeetingPlace) == 0
