"""Discord's scheduled events of group sessions: kept in step, in both directions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import pytest
import simcord
from discord import EventStatus
from sqlalchemy import update

from bot.guilds.announcements import update_announcements
from bot.guilds.scheduled_events import compare_events, update_events
from mentorship.sessions.groups import group_changes, moving, seats
from mentorship.sessions.groups.discord_events import sync
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from storage import Transaction
from storage.tables import GroupSession as GroupSessionRow
from tests.journeys.groups.support import GroupSession, actor, announce_group
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

HOUR = timedelta(hours=1)


def allow_events(guild: SimulatedGuild, *, allowed: bool = True) -> None:
    """Let the bot manage events, or not."""
    for role in guild.env.backend.get_guild(guild.id).roles.values():
        if role.managed:
            granted = discord.Permissions(role.permissions)
            # Discord takes Create Events for a bot's own events, simcord Manage Events.
            granted.update(create_events=allowed, manage_events=allowed)
            guild.env.backend.edit_role(guild.id, role.id, {"permissions": granted.value})


def events(guild: SimulatedGuild) -> list[Any]:
    return list(guild.env.backend.get_guild(guild.id).scheduled_events.values())


def status(event: Any) -> EventStatus:
    return EventStatus(event.status)


def start_of(event: Any) -> datetime:
    return datetime.fromisoformat(event.scheduled_start_time)


async def sync_events(guild: SimulatedGuild) -> int:
    """Run the job for announcements and events. Returns how many events it handled."""
    await update_announcements(guild.bot, guild.db)
    return await update_events(guild.bot, guild.db)


async def edit_in_discord(guild: SimulatedGuild, **changes: Any) -> None:
    """Let somebody change the event in Discord, and the bot receive it."""
    (event,) = events(guild)
    if "start" in changes:
        start = changes.pop("start")
        changes |= {
            "scheduled_start_time": start.isoformat(),
            "scheduled_end_time": (start + HOUR).isoformat(),
        }
    guild.env.backend.edit_scheduled_event(guild.id, event.id, changes)
    await guild.env.settle()
    await guild.deliver()


async def join(guild: SimulatedGuild, group: GroupSession, name: str) -> simcord.MemberActor:
    person = await guild.add_member(name, points=100)
    await guild.db.run(seats.join, actor(guild, person), JoinRequest(group.id))
    return person


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    allow_events(guild)
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def group(guild: SimulatedGuild, oliver: simcord.MemberActor) -> GroupSession:
    """A group session with an event."""
    group = await announce_group(guild, oliver, wants_event=True, description="Ask me about Rust.")
    await sync_events(guild)
    return group


async def test_an_event_shows_the_session_and_its_announcement(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    (event,) = events(guild)
    view = await group.view()
    assert (event.name, start_of(event)) == ("Office hours", view.starts_at)
    assert datetime.fromisoformat(event.scheduled_end_time) == view.ends_at
    assert event.description == "Ask me about Rust.\n\nWith Oliver. Sign up in the announcement."
    message_id = group.announcement.id
    assert event.entity_metadata == {
        "location": f"https://discord.com/channels/{guild.id}/{group.channel.id}/{message_id}"
    }
    # The link is for those with a seat.
    assert "meet.example.com" not in str(event)
    assert view.event_id == event.id
    assert await sync_events(guild) == 0


async def test_a_session_without_an_event_gets_none(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    await announce_group(guild, oliver)
    assert await sync_events(guild) == 0
    assert events(guild) == []


async def test_an_event_follows_edits_moves_and_the_end(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    mentor = actor(guild, group.mentor)
    await guild.db.run(group_changes.edit, mentor, group.id, GroupEdit(title="Rust clinic"))
    await sync_events(guild)
    (event,) = events(guild)
    assert event.name == "Rust clinic"
    later = (await group.view()).starts_at + 3 * HOUR
    await guild.db.run(moving.move, mentor, group.id, later)
    await sync_events(guild)
    assert start_of(event) == later
    assert datetime.fromisoformat(event.scheduled_end_time) == later + HOUR
    await guild.deliver()
    # The bot's own edits aren't asked about.
    texts = [message_text(message) for message in guild.inbox(group.mentor)]
    assert not any("Discord event" in text for text in texts)

    await guild.advance_to(later)
    await sync_events(guild)
    assert status(event) is EventStatus.active
    await guild.advance_to(later + HOUR)
    await sync_events(guild)
    assert status(event) is EventStatus.completed
    assert (await group.view()).event_id is None
    assert len(events(guild)) == 1


async def test_an_event_is_cancelled_with_its_session(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    await guild.db.run(group_changes.cancel, actor(guild, group.mentor), group.id)
    await sync_events(guild)
    (event,) = events(guild)
    assert status(event) is EventStatus.cancelled
    assert await compare_events(guild.bot, guild.db) == 0
    assert await sync_events(guild) == 0
    await guild.deliver()
    texts = [message_text(message) for message in guild.inbox(group.mentor)]
    assert not any("Discord event" in text for text in texts)


async def test_a_bot_without_permission_tells_the_mentor_once(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    allow_events(guild, allowed=False)
    group = await announce_group(guild, oliver, wants_event=True)
    for _ in range(3):
        await sync_events(guild)
        await guild.deliver()
        await guild.env.advance_time(3600)
    told = [
        message
        for message in guild.inbox(oliver)
        if "isn't in the server's events" in message_text(message)
    ]
    assert len(told) == 1
    assert "Create Events" in message_text(told[0])
    assert button_labels(told[0]) == ["Try again"]
    allow_events(guild)
    await guild.restart_bot()
    await oliver.user.click(told[0], label="Try again")
    await sync_events(guild)
    (event,) = events(guild)
    assert (await group.view()).event_id == event.id


async def test_an_event_is_not_created_twice_after_a_crash(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    group = await announce_group(guild, oliver, wants_event=True)
    # The program claims the event, creates it, and dies before recording it.
    (due,) = await guild.db.run(sync.claim)
    discord_guild = guild.bot.get_guild(guild.id)
    assert discord_guild is not None
    await discord_guild.create_scheduled_event(
        name=due.group.title,
        start_time=due.group.starts_at,
        end_time=due.group.ends_at,
        entity_type=discord.EntityType.external,
        privacy_level=discord.PrivacyLevel.guild_only,
        location="In this server",
    )
    assert len(events(guild)) == 1
    assert (await group.view()).event_id is None
    await guild.restart_bot()
    await guild.env.advance_time(sync.LEASE.total_seconds() + 1)
    assert await sync_events(guild) == 1
    (event,) = events(guild)
    assert (await group.view()).event_id == event.id


async def test_sessions_with_the_same_title_and_start_have_an_event_each(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    emma = await approved_mentor(guild, "Emma")
    other = await announce_group(guild, emma, wants_event=True)
    await sync_events(guild)
    ids = {(await group.view()).event_id, (await other.view()).event_id}
    assert ids == {event.id for event in events(guild)}
    assert len(ids) == 2


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_an_error_of_discord_is_retried_later(
    guild: SimulatedGuild, oliver: simcord.MemberActor, method: str
) -> None:
    path = f"/guilds/{guild.id}/scheduled-events"
    guild.env.inject_error(method, path, status=503, times=2)
    group = await announce_group(guild, oliver, wants_event=True)
    assert await sync_events(guild) == 0
    assert await sync_events(guild) == 0
    await guild.env.advance_time(sync.FIRST_RETRY_DELAY.total_seconds() + 1)
    assert await sync_events(guild) == 0
    await guild.env.advance_time(2 * sync.FIRST_RETRY_DELAY.total_seconds() + 1)
    assert await sync_events(guild) == 1
    (event,) = events(guild)
    assert (await group.view()).event_id == event.id
    await guild.deliver()
    assert "event" not in message_text(guild.last_dm(oliver))


async def test_a_change_while_an_event_is_edited_is_not_lost(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    mentor = actor(guild, group.mentor)
    await guild.db.run(group_changes.edit, mentor, group.id, GroupEdit(title="First"))
    (claimed,) = await guild.db.run(sync.claim)
    await guild.db.run(group_changes.edit, mentor, group.id, GroupEdit(title="Second"))
    await guild.db.run(sync.record_synced, claimed, claimed.group.event_id)
    await sync_events(guild)
    (event,) = events(guild)
    assert event.name == "Second"


async def test_a_move_in_discord_moves_the_session_once_the_mentor_agrees(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await join(guild, group, "Maya")
    old = (await group.view()).starts_at
    later = old + 2 * HOUR
    await edit_in_discord(guild, start=later)
    assert (await group.view()).starts_at == old
    question = guild.last_dm(group.mentor)
    text = message_text(question)
    assert text.startswith("Somebody moved the Discord event of “Office hours”.")
    assert "1 person has a seat. If you move it, I'll ask each of them again." in text
    assert button_labels(question) == ["Move session", "Keep current time"]
    # It is noticed again by the job, and asked once.
    count = len(guild.inbox(group.mentor))
    assert await compare_events(guild.bot, guild.db) == 1
    await guild.deliver()
    assert len(guild.inbox(group.mentor)) == count

    await guild.restart_bot()
    answer = await group.mentor.user.click(question, label="Move session")
    assert f"Moved to {discord.utils.format_dt(later, 'F')}." in message_text(answer.response)
    assert (await group.view()).starts_at == later
    await guild.deliver()
    assert "Keep my seat" in button_labels(guild.last_dm(maya))
    await sync_events(guild)
    (event,) = events(guild)
    assert start_of(event) == later


async def test_a_move_agreed_to_before_someone_joined_is_shown_again(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    old = (await group.view()).starts_at
    await edit_in_discord(guild, start=old + 2 * HOUR)
    question = guild.last_dm(group.mentor)
    guild.refuse_edits()
    await join(guild, group, "Maya")
    await group.mentor.user.click(question, label="Move session")
    assert (await group.view()).starts_at == old


async def test_keeping_the_time_sets_the_event_back(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    old = (await group.view()).starts_at
    await edit_in_discord(guild, start=old + 2 * HOUR)
    question = guild.last_dm(group.mentor)
    answer = await group.mentor.user.click(question, label="Keep current time")
    assert "I'm setting the Discord event back." in message_text(answer.response)
    await sync_events(guild)
    (event,) = events(guild)
    assert start_of(event) == old


async def test_a_new_title_in_discord_renames_the_session_if_the_mentor_agrees(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    await edit_in_discord(guild, name="Rust *clinic*")
    question = guild.last_dm(group.mentor)
    text = message_text(question)
    assert text.startswith("Somebody renamed the Discord event of “Office hours”.")
    assert button_labels(question) == ["Rename session", "Keep current title"]
    assert (await group.view()).title == "Office hours"
    await guild.restart_bot()
    answer = await group.mentor.user.click(question, label="Rename session")
    assert "The session is now called" in message_text(answer.response)
    assert (await group.view()).title == "Rust *clinic*"
    await sync_events(guild)
    assert [event.name for event in events(guild)] == ["Rust *clinic*"]


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_an_event_cancelled_in_discord_asks_about_the_session(
    guild: SimulatedGuild, group: GroupSession, is_deleted: bool
) -> None:
    maya = await join(guild, group, "Maya")
    await guild.deliver()
    if is_deleted:
        (event,) = events(guild)
        guild.env.backend.delete_scheduled_event(guild.id, event.id)
        await guild.env.settle()
        await guild.deliver()
    else:
        await edit_in_discord(guild, status=EventStatus.cancelled.value)
    question = guild.last_dm(group.mentor)
    text = message_text(question)
    assert text.startswith("Somebody cancelled the Discord event of “Office hours”.")
    assert "1 person has a seat. They are refunded in full if you cancel." in text
    assert button_labels(question) == ["Cancel session", "Keep session"]
    # It isn't created again.
    mentor = actor(guild, group.mentor)
    changes = GroupEdit(description="Also about Go.")
    await guild.db.run(group_changes.edit, mentor, group.id, changes)
    assert await sync_events(guild) == 0
    assert len(events(guild)) == (0 if is_deleted else 1)
    assert not (await group.view()).status.is_over
    await group.mentor.user.click(guild.last_dm(group.mentor), label="Cancel session")
    assert (await group.view()).status == "cancelled"
    await guild.deliver()
    assert "You're refunded in full: 🪙 30." in message_text(guild.last_dm(maya))


async def test_an_event_deleted_while_the_bot_was_offline_is_noticed(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    (event,) = events(guild)
    # As if the bot hadn't received it.
    del guild.env.backend.get_guild(guild.id).scheduled_events[event.id]
    assert await compare_events(guild.bot, guild.db) == 1
    await guild.deliver()
    text = message_text(guild.last_dm(group.mentor))
    assert text.startswith("Somebody cancelled the Discord event of “Office hours”.")
    await group.mentor.user.click(guild.last_dm(group.mentor), label="Keep session")
    assert (await group.view()).status == "confirmed"
    assert await compare_events(guild.bot, guild.db) == 0
    assert await sync_events(guild) == 0
    assert events(guild) == []


async def test_an_event_started_early_in_discord_changes_nothing(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    before = len(guild.inbox(group.mentor))
    await edit_in_discord(guild, status=EventStatus.active.value)
    assert len(guild.inbox(group.mentor)) == before
    assert (await group.view()).status == "confirmed"
    assert await sync_events(guild) == 0


async def test_events_of_others_are_left_alone(
    guild: SimulatedGuild, group: GroupSession, oliver: simcord.MemberActor
) -> None:
    start = (await group.view()).starts_at

    async def drop(tx: Transaction) -> None:
        values = {"event_id": None, "event_due_at": tx.now}
        await tx.connection.execute(update(GroupSessionRow).values(**values))

    (event,) = events(guild)
    event.creator_id = oliver.id
    await guild.db.run(drop)
    await sync_events(guild)
    assert len(events(guild)) == 2
    before = len(guild.inbox(oliver))
    later = {"scheduled_start_time": (start + HOUR).isoformat()}
    guild.env.backend.edit_scheduled_event(guild.id, event.id, later)
    await guild.env.settle()
    await guild.deliver()
    assert len(guild.inbox(oliver)) == before
