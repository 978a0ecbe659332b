"""Where rooms are opened if the chosen place is full, hidden or closed, and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.enums import ChannelType
from sqlalchemy import select

from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.room_permissions import MAX_CHANNELS_IN_CATEGORY, room_needs
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.places import meeting
from mentorship.sessions.places.join_link import OPENS_BEFORE
from storage import Transaction
from storage.tables import Notification
from tests.journeys.sessions.test_meeting_rooms import (
    LINK,
    advance_to,
    allow_rooms,
    enable_rooms,
    pair,
    rooms,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

BEFORE = OPENS_BEFORE
MINUTE = timedelta(minutes=1)
FULL_CATEGORY = "In parent_id: Maximum number of channels in category reached (50)"


async def enable_voice_in_category(
    guild: SimulatedGuild,
) -> tuple[simcord.ChannelHandle, simcord.ChannelHandle]:
    """Let sessions have voice channels in a category. Returns the category and the log channel."""
    log = await enable_rooms(guild, "voice")
    category = guild.handle.create_category("Sessions")
    await guild.configure(meeting_parent_id=category.id)
    return category, log


def deny(
    guild: SimulatedGuild, channel: simcord.ChannelHandle, target_id: int, *names: str
) -> None:
    """Deny permissions in a channel to a role, or to a member."""
    is_role = target_id in guild.env.backend.get_guild(guild.id).roles
    kind = simcord.enums.OverwriteType.ROLE if is_role else simcord.enums.OverwriteType.MEMBER
    denied = discord.Permissions(**dict.fromkeys(names, True)).value
    overwrite = simcord.backend.models.Overwrite(target_id, kind, deny=denied)
    guild.env.backend.set_overwrite(channel.id, overwrite)


def log_texts(log: simcord.ChannelHandle) -> list[str]:
    return [
        text
        for text in map(message_text, log.history())
        if "I can't create meeting rooms for sessions" in text
    ]


def created(guild: SimulatedGuild) -> list[Any]:
    """Return the bodies of all requests that create a channel of the server."""
    return [
        request.json
        for request in guild.env.http_requests
        if (request.method, request.path) == ("POST", f"/guilds/{guild.id}/channels")
    ]


async def times_told(guild: SimulatedGuild, person: simcord.MemberActor) -> int:
    """Return how often somebody was told that a session takes place elsewhere."""

    async def count(tx: Transaction) -> int:
        told = (
            Notification.kind == NotificationKind.MEETING_LINK,
            Notification.user_id == person.id,
            Notification.status == "sent",
        )
        return len((await tx.connection.scalars(select(Notification.id).where(*told))).all())

    return await guild.db.read(count)


def way_in(guild: SimulatedGuild, room: Any) -> str:
    return f"https://discord.com/channels/{guild.id}/{room.id}"


async def test_permissions_in_the_category_alone_are_not_enough(guild: SimulatedGuild) -> None:
    category, log = await enable_voice_in_category(guild)
    allow_rooms(guild, "voice", allowed=False)
    backend = guild.env.backend
    needed = discord.Permissions(**dict.fromkeys(room_needs("voice").server, True)).value
    own = simcord.backend.models.Overwrite(
        guild.bot_id, simcord.enums.OverwriteType.MEMBER, allow=needed
    )
    backend.set_overwrite(category.id, own)
    _oliver, maya, starts = await pair(guild)
    # As Discord answers, but simcord doesn't.
    guild.env.inject_error("POST", "/guilds/*/channels", status=403, code=50013, times=None)
    await advance_to(guild, starts)
    assert rooms(guild) == []
    (text,) = log_texts(log)
    assert "Connect" in text
    assert "in the whole server" in text
    assert created(guild) == [], "what can't work isn't tried"
    assert f"Where: {LINK}" in message_text(guild.last_dm(maya))


async def test_a_room_allows_only_what_the_bot_may_everywhere(guild: SimulatedGuild) -> None:
    await enable_voice_in_category(guild)
    _oliver, _maya, starts = await pair(guild)
    await advance_to(guild, starts - BEFORE)
    (body,) = created(guild)
    allowed = discord.Permissions(**dict.fromkeys(room_needs("voice").server, True))
    for overwrite in body["permission_overwrites"]:
        for changed in (int(overwrite["allow"]), int(overwrite["deny"])):
            assert discord.Permissions(changed) <= allowed


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_full_category_gives_a_room_outside_of_it(
    guild: SimulatedGuild, is_known: bool
) -> None:
    category, log = await enable_voice_in_category(guild)
    oliver, maya, starts = await pair(guild)
    if is_known:
        for number in range(MAX_CHANNELS_IN_CATEGORY):
            guild.handle.create_text_channel(f"busy-{number}", category=category)
    else:
        guild.env.inject_error(
            "POST", "/guilds/*/channels", status=400, code=50035, message=FULL_CATEGORY
        )
    await advance_to(guild, starts - BEFORE)
    (room,) = rooms(guild)
    assert (room.type, room.parent_id) == (ChannelType.VOICE, None)
    (text,) = log_texts(log)
    assert f"<#{category.id}>" in text
    assert "I create them elsewhere" in text
    await advance_to(guild, starts)
    for person in (oliver, maya):
        assert way_in(guild, room) in message_text(guild.last_dm(person))
    assert len(log_texts(log)) == 1


async def test_a_full_server_gives_a_thread_instead(guild: SimulatedGuild) -> None:
    _category, log = await enable_voice_in_category(guild)
    notices = guild.handle.create_text_channel("notices")
    await guild.configure(notices_channel_id=notices.id)
    allow_rooms(guild, "voice", "thread")
    _oliver, maya, starts = await pair(guild)
    guild.env.inject_error("POST", "/guilds/*/channels", status=400, code=30013, times=None)
    await advance_to(guild, starts)
    (thread,) = rooms(guild)
    assert (thread.type, thread.parent_id) == (ChannelType.PRIVATE_THREAD, notices.id)
    assert way_in(guild, thread) in message_text(guild.last_dm(maya))
    (text,) = log_texts(log)
    assert "500 channels" in text
    await advance_to(guild, starts + timedelta(hours=1, minutes=30))
    assert thread.thread_metadata.archived


async def test_too_many_threads_give_a_voice_channel_instead(guild: SimulatedGuild) -> None:
    log = await enable_rooms(guild, "thread")
    allow_rooms(guild, "voice", "thread")
    _oliver, maya, starts = await pair(guild)
    guild.env.inject_error("POST", "/channels/*/threads", status=400, code=160006, times=None)
    await advance_to(guild, starts)
    (room,) = rooms(guild)
    assert room.type == ChannelType.VOICE
    assert way_in(guild, room) in message_text(guild.last_dm(maya))
    assert "1,000 active threads" in log_texts(log)[0]
    await advance_to(guild, starts + timedelta(hours=1, minutes=30))
    assert rooms(guild) == []


async def test_without_any_space_both_are_told_at_once_to_use_the_link(
    guild: SimulatedGuild,
) -> None:
    _category, log = await enable_voice_in_category(guild)
    oliver, maya, starts = await pair(guild)
    for path, code in (("/guilds/*/channels", 30013), ("/channels/*/threads", 160006)):
        guild.env.inject_error("POST", path, status=400, code=code, times=None)
    await advance_to(guild, starts - BEFORE)
    for person in (oliver, maya):
        text = message_text(guild.last_dm(person))
        assert "The voice channel can't be opened" in text
        assert LINK in text
        assert "Join" in button_labels(guild.last_dm(person))
    await advance_to(guild, starts - MINUTE)
    assert await times_told(guild, maya) == 1
    assert len(log_texts(log)) == 1


async def test_a_mentor_without_a_link_is_asked_for_one(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice", allowed=False)
    oliver, maya, starts = await pair(guild, link="")
    await advance_to(guild, starts - BEFORE)
    assert "Add meeting link" in button_labels(guild.last_dm(oliver))
    assert "Oliver will tell you where to meet" in message_text(guild.last_dm(maya))
    form = await oliver.user.click(guild.last_dm(oliver), label="Add meeting link")
    await oliver.user.submit_modal(form, {"link": LINK})
    await guild.deliver()
    assert LINK in message_text(guild.last_dm(maya))


async def test_a_room_that_can_be_opened_after_all_is_told(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice", allowed=False)
    oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts - BEFORE)
    allow_rooms(guild, "voice")
    await advance_to(guild, starts - timedelta(minutes=9))
    (room,) = rooms(guild)
    for person in (oliver, maya):
        assert await times_told(guild, person) == 2
        assert way_in(guild, room) in message_text(guild.last_dm(person))


async def test_nobody_is_led_to_another_place_after_the_start(guild: SimulatedGuild) -> None:
    await enable_rooms(guild, "voice", allowed=False)
    _oliver, maya, starts = await pair(guild)
    await advance_to(guild, starts)
    allow_rooms(guild, "voice")
    await advance_to(guild, starts + timedelta(minutes=20))
    assert rooms(guild) == []
    assert f"Where: {LINK}" in message_text(guild.last_dm(maya))


async def test_failures_of_discord_are_told_shortly_before_the_start(
    guild: SimulatedGuild,
) -> None:
    await enable_rooms(guild, "voice")
    _oliver, maya, starts = await pair(guild)
    guild.env.inject_error("POST", "/guilds/*/channels", status=503, times=None)
    told = "can't be opened"
    await advance_to(guild, starts - timedelta(minutes=6))
    assert told not in message_text(guild.last_dm(maya))
    await advance_to(guild, starts - timedelta(minutes=4))
    assert told in message_text(guild.last_dm(maya))


@pytest.mark.parametrize("is_by_role", [True, False])
async def test_a_thread_is_opened_where_both_can_see_it(
    guild: SimulatedGuild, is_by_role: bool
) -> None:
    log = await enable_rooms(guild, "thread")
    hidden, notices = guild.handle.channels["rooms"], guild.handle.create_text_channel("notices")
    await guild.configure(notices_channel_id=notices.id)
    oliver, maya, starts = await pair(guild)
    if is_by_role:
        staff = guild.handle.create_role("Staff")
        deny(guild, hidden, guild.id, "view_channel")
        seen = discord.Permissions(view_channel=True).value
        of_role, of_member = simcord.enums.OverwriteType.ROLE, simcord.enums.OverwriteType.MEMBER
        for target, kind in ((staff.id, of_role), (guild.bot_id, of_member)):
            overwrite = simcord.backend.models.Overwrite(target, kind, allow=seen)
            guild.env.backend.set_overwrite(hidden.id, overwrite)
        guild.env.backend.get_guild(guild.id).members[oliver.id].role_ids.append(staff.id)
    else:
        deny(guild, hidden, maya.id, "view_channel")
    await advance_to(guild, starts - BEFORE)
    (thread,) = rooms(guild)
    assert thread.parent_id == notices.id
    assert f"Not everyone who meets can see <#{hidden.id}>" in log_texts(log)[0]


async def test_without_a_visible_channel_both_are_told(guild: SimulatedGuild) -> None:
    log = await enable_rooms(guild, "thread")
    oliver, maya, starts = await pair(guild)
    deny(guild, guild.handle.channels["rooms"], maya.id, "view_channel")
    await advance_to(guild, starts - BEFORE)
    assert rooms(guild) == []
    for person in (oliver, maya):
        assert "The private thread can't be opened" in message_text(guild.last_dm(person))
    assert "Not everyone who meets can see" in log_texts(log)[0]


async def test_a_crash_while_another_kind_is_created_makes_no_second(
    guild: SimulatedGuild,
) -> None:
    await enable_voice_in_category(guild)
    notices = guild.handle.create_text_channel("notices")
    await guild.configure(notices_channel_id=notices.id)
    allow_rooms(guild, "voice", "thread")
    _oliver, maya, starts = await pair(guild)
    await guild.advance_to(starts - timedelta(minutes=20))
    await guild.env.advance_time(300)
    # The program finds no space, creates a thread, and dies before recording it.
    (claimed,) = await guild.db.run(meeting.claim_rooms_to_open)
    thread = guild.env.backend.create_thread(
        notices.id, claimed.name, guild.bot_id, type=ChannelType.PRIVATE_THREAD
    )
    guild.env.inject_error("POST", "/guilds/*/channels", status=400, code=30013, times=None)
    await guild.restart_bot()
    await advance_to(guild, starts)
    assert rooms(guild) == [thread]
    assert way_in(guild, thread) in message_text(guild.last_dm(maya))
    await guild.env.advance_time(timedelta(hours=1, minutes=30).total_seconds())
    await update_meeting_rooms(guild.bot, guild.db)
    assert thread.thread_metadata.archived
