"""Rooms stay open while people are in them, and what was written in a thread isn't lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord
from sqlalchemy import select

from bot.guilds.meeting_rooms import update_meeting_rooms
from mentorship.sessions.places.meeting import CLOSES_AFTER, LONGEST_STAY, LOOK_AGAIN
from storage import Transaction
from storage.tables import MeetingPlace, Session
from tests.journeys.sessions.test_meeting_rooms import advance_to, enable_rooms, pair, rooms
from tests.journeys.support.helpers import count_rows
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text

MINUTE = timedelta(minutes=1)
TO_THE_END = timedelta(hours=1)


async def close_due(guild: SimulatedGuild, now: datetime) -> None:
    """Let time pass, and run the job that closes rooms."""
    await guild.env.advance_time((now - guild.now).total_seconds())
    await update_meeting_rooms(guild.bot, guild.db)


async def meet(
    guild: SimulatedGuild, kind: str
) -> tuple[simcord.MemberActor, simcord.MemberActor, Any, datetime]:
    """Return Oliver and Maya, their open room, and when it is to be closed."""
    await enable_rooms(guild, kind)
    oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts)
    (room,) = rooms(guild)
    return oliver, maya, room, starts + TO_THE_END + CLOSES_AFTER


def handle(guild: SimulatedGuild, room: Any) -> simcord.ChannelHandle:
    return simcord.ChannelHandle(guild.env, guild.handle, room)


async def test_a_voice_channel_is_kept_until_everyone_has_left(guild: SimulatedGuild) -> None:
    oliver, maya, room, closes = await meet(guild, "voice")
    for person in (oliver, maya):
        await person.join_voice(handle(guild, room))
    await close_due(guild, closes)
    assert rooms(guild) == [room]
    # A restart doesn't forget who is in it.
    await guild.restart_bot()
    await close_due(guild, closes + LOOK_AGAIN)
    await maya.leave_voice()
    await close_due(guild, closes + 2 * LOOK_AGAIN)
    assert rooms(guild) == [room]
    await oliver.leave_voice()
    await close_due(guild, closes + 3 * LOOK_AGAIN)
    assert rooms(guild) == []


async def test_the_way_into_a_room_that_is_kept_stays(guild: SimulatedGuild) -> None:
    oliver, _maya, room, closes = await meet(guild, "voice")
    await oliver.join_voice(handle(guild, room))
    await close_due(guild, closes)

    async def channel_ids(tx: Transaction) -> list[int | None]:
        return list((await tx.connection.scalars(select(Session.meeting_channel_id))).all())

    assert await guild.db.read(channel_ids) == [room.id]


async def test_nobody_keeps_a_room_for_ever(guild: SimulatedGuild) -> None:
    oliver, _maya, room, closes = await meet(guild, "voice")
    await oliver.join_voice(handle(guild, room))
    now = closes
    while now <= closes + LONGEST_STAY - LOOK_AGAIN:
        await close_due(guild, now)
        assert rooms(guild) == [room]
        now += LOOK_AGAIN
    await close_due(guild, closes + LONGEST_STAY)
    assert rooms(guild) == []


async def test_a_bot_alone_does_not_keep_a_room(guild: SimulatedGuild) -> None:
    _oliver, _maya, room, closes = await meet(guild, "voice")
    recorder = guild.handle.add_member(guild.env.create_user("Recorder", bot=True))
    backend = guild.env.backend
    backend.set_voice_state(guild.id, recorder.id, room.id)
    await guild.env.settle()
    await close_due(guild, closes)
    assert rooms(guild) == []


async def test_a_cancelled_session_keeps_its_room_while_people_talk(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice")
    oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts - timedelta(minutes=9))
    (room,) = rooms(guild)
    await oliver.join_voice(handle(guild, room))
    preview = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    await maya.user.click(preview.response, label="Cancel session")
    await update_meeting_rooms(guild.bot, guild.db)
    assert rooms(guild) == [room]
    await oliver.leave_voice()
    await close_due(guild, guild.now + LOOK_AGAIN)
    assert rooms(guild) == []


async def test_a_thread_is_archived_with_all_that_was_written(guild: SimulatedGuild) -> None:
    _oliver, maya, thread, closes = await meet(guild, "thread")
    await maya.send(handle(guild, thread), "These are the links we talked about.")
    await close_due(guild, closes)
    backend = guild.env.backend
    assert rooms(guild) == []
    assert (thread.thread_metadata.archived, thread.thread_metadata.locked) == (True, True)
    written = [message.content for message in backend.messages[thread.id].values()]
    assert "These are the links we talked about." in written


async def test_a_thread_is_left_open_while_people_write(guild: SimulatedGuild) -> None:
    _oliver, maya, thread, closes = await meet(guild, "thread")
    await close_due(guild, closes - MINUTE)
    await maya.send(handle(guild, thread), "One more thing …")
    await close_due(guild, closes)
    assert rooms(guild) == [thread]
    await close_due(guild, closes + LOOK_AGAIN)
    assert rooms(guild) == [thread]
    await close_due(guild, closes + 2 * LOOK_AGAIN)
    assert rooms(guild) == []


@pytest.mark.parametrize("kind", ["thread", "voice"])
async def test_a_crash_after_closing_loses_nothing(guild: SimulatedGuild, kind: str) -> None:
    _oliver, maya, room, closes = await meet(guild, kind)
    backend = guild.env.backend
    if kind == "thread":
        # It was archived, but the program died before it recorded that.
        backend.edit_channel(room.id, {}, thread_metadata={"archived": True, "locked": True})
        guild.env.inject_error("PATCH", f"/channels/{room.id}", status=400, code=50083)
    else:
        backend.delete_channel(room.id)
    await guild.restart_bot()
    await close_due(guild, closes)
    assert rooms(guild) == []
    assert await count_rows(guild, MeetingPlace) == 0
    assert "Join" not in message_text(guild.last_dm(maya))
