"""Keeps Discord's scheduled events of group sessions in step, and notices what people change."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
from discord import EventStatus

from bot.formatting import plain
from bot.interaction import BotClient
from bot.readers import readers_in
from mentorship.faults import concerns_row
from mentorship.sessions.groups.discord_events import changes, sync
from mentorship.sessions.groups.discord_events.changes import ShownEvent
from mentorship.sessions.groups.discord_events.sync import DueEvent
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from storage import Database
from wording.translation import _, sentences, speaking

log = logging.getLogger(__name__)

UNKNOWN_EVENT = 10070
"""Discord's error code for a scheduled event that was deleted."""

MAX_DESCRIPTION = 1000
"""Characters of a description that Discord takes."""

_ENDED = (EventStatus.cancelled, EventStatus.completed)
_TRANSIENT = (discord.RateLimited, discord.HTTPException, aiohttp.ClientError, OSError)


class EventUnavailable(Exception):
    """The bot can't reach the guild now."""


async def update_events(
    bot: BotClient, db: Database, *, after_each: Callable[[], None] = lambda: None
) -> int:
    """Create, edit and end the scheduled events that are due. Returns how many were.

    `after_each` is called after each of them.
    """
    if not await db.read(sync.has_due):
        return 0
    updated = 0
    for due in await db.run(sync.claim):
        updated += await _update(bot, db, due)
        after_each()
    return updated


async def _update(bot: BotClient, db: Database, due: DueEvent) -> bool:
    """Do what an event needs; returns whether it worked.

    The mentor is told if the bot isn't allowed to. Other failures are tried again later. Raises
    only what isn't about this event, such as a database that is away.
    """
    try:
        if due.is_needed(db.now()):
            await _create_or_edit(bot, db, due)
        else:
            await db.run(sync.record_synced, due, None)
    except discord.Forbidden as error:
        reason = error.text
        await db.run(sync.record_forbidden, due)
    except (*_TRANSIENT, EventUnavailable) as error:
        reason = f"{type(error).__name__}: {error}"
        await db.run(sync.record_failure, due)
    except Exception as error:
        # Only this event fails; the others are handled.
        if not concerns_row(error):
            raise
        await db.run(sync.record_fault, due, error)
        return False
    else:
        return True
    log.warning(
        "can't create or edit a scheduled event",
        extra={"guild": due.group.guild_id, "group": due.group.id, "problem": reason},
    )
    return False


async def _create_or_edit(bot: BotClient, db: Database, due: DueEvent) -> None:
    group = due.group
    guild = bot.get_guild(group.guild_id)
    if guild is None:
        raise EventUnavailable("the bot is not in the guild, or hasn't been sent it yet")
    if group.event_id is None:
        event = await _find_unrecorded(bot, db, guild, group)
        if event is None:
            event = await guild.create_scheduled_event(
                start_time=group.starts_at,
                entity_type=discord.EntityType.external,
                privacy_level=discord.PrivacyLevel.guild_only,
                **_content(guild, due),
            )
    else:
        event = await _fetch(guild, group.event_id)
        if event is None or event.status in _ENDED:
            if group.status is SessionStatus.CONFIRMED:
                was_cancelled = event is None or event.status is EventStatus.cancelled
                await db.run(changes.record_end, group.event_id, was_cancelled=was_cancelled)
            else:
                await db.run(sync.record_synced, due, group.event_id)
            return
        if group.status.is_over:
            await _end(event, group)
        else:
            await _edit(guild, event, due)
    await db.run(sync.record_synced, due, event.id)


async def _find_unrecorded(
    bot: BotClient, db: Database, guild: discord.Guild, group: GroupView
) -> discord.ScheduledEvent | None:
    """Return an event that was created just before a crash, so that it isn't created twice."""
    assert bot.user is not None
    for event in await guild.fetch_scheduled_events(with_counts=False):
        is_like_it = event.name == group.title and event.start_time == group.starts_at
        is_own = event.creator_id == bot.user.id and event.status not in _ENDED
        if is_own and is_like_it and not await db.read(sync.is_recorded, event.id):
            return event
    return None


async def _fetch(guild: discord.Guild, event_id: int) -> discord.ScheduledEvent | None:
    """Return the event as Discord has it now, None if it was deleted."""
    try:
        return await guild.fetch_scheduled_event(event_id, with_counts=False)
    except discord.NotFound as error:
        if error.code == UNKNOWN_EVENT:
            return None
        raise


async def _edit(guild: discord.Guild, event: discord.ScheduledEvent, due: DueEvent) -> None:
    """Let the event show the session as it is now, with one request if it doesn't yet."""
    group, wanted = due.group, _content(guild, due)
    shown = {
        "name": event.name,
        "description": event.description,
        "location": event.location,
        "end_time": event.end_time,
    }
    edits: dict[str, Any] = {name: value for name, value in wanted.items() if value != shown[name]}
    if event.status is EventStatus.scheduled:
        if event.start_time != group.starts_at:
            # Discord checks the two times together.
            edits |= {"start_time": group.starts_at, "end_time": group.ends_at}
        if group.status is SessionStatus.IN_PROGRESS:
            edits["status"] = EventStatus.active
    if edits:
        await event.edit(**edits)


async def _end(event: discord.ScheduledEvent, group: GroupView) -> None:
    """Cancel or complete the event. Discord completes only what is active."""
    if event.status is EventStatus.active:
        await event.edit(status=EventStatus.completed)
    elif group.status is SessionStatus.CANCELLED:
        await event.edit(status=EventStatus.cancelled)
    else:
        active = await event.edit(status=EventStatus.active)
        await active.edit(status=EventStatus.completed)


def _content(guild: discord.Guild, due: DueEvent) -> dict[str, Any]:
    """Return what the event shows, in the language of the server.

    The meeting link isn't there: it is for those with a seat.
    """
    group = due.group
    is_announced = group.channel_id is not None and group.message_id is not None
    with speaking(readers_in(guild, due.guild).locale):
        # Translators: the mentor of a session, in the description of its Discord event.
        with_mentor = sentences(
            _("With {name}.", name=plain(group.mentor.name)),
            _("Sign up in the announcement.") if is_announced else "",
        )
        # Translators: where a Discord event takes place.
        location = _("In this server")
    if is_announced:
        location = (
            f"https://discord.com/channels/{group.guild_id}/{group.channel_id}/{group.message_id}"
        )
    description = plain(group.description)[: MAX_DESCRIPTION - len(with_mentor) - 2]
    return {
        "name": group.title,
        "description": f"{description}\n\n{with_mentor}".strip(),
        "location": location,
        "end_time": group.ends_at,
    }


async def notice_change(bot: BotClient, db: Database, guild_id: int, event_id: int) -> None:
    """Compare an event, of which Discord has sent a change, with its session.

    Discord sends the bot's own edits, too, and perhaps late. So the event is fetched again, unless
    it isn't one of a session.
    """
    guild = bot.get_guild(guild_id)
    if guild is None or not await db.read(sync.is_recorded, event_id):
        return
    try:
        event = await _fetch(guild, event_id)
    except _TRANSIENT as error:
        # The job compares it later.
        log.info("can't fetch a scheduled event", extra={"guild": guild_id, "problem": str(error)})
        return
    await _compare(db, event_id, event)


async def compare_events(
    bot: BotClient, db: Database, *, after_guild: Callable[[], None] = lambda: None
) -> int:
    """Compare the events of some guilds with their sessions, one request a guild.

    So what people changed while the bot was offline is noticed. The guilds take turns, from one
    call to the next. `after_guild` is called after each of them. Returns the number of events.
    """
    compared = 0
    watched = await db.read(changes.list_watched, bot.last_compared_guild)
    for guild_id, event_ids in watched.items():
        guild = bot.get_guild(guild_id)
        if guild is None:
            continue
        try:
            events = {
                event.id: event for event in await guild.fetch_scheduled_events(with_counts=False)
            }
        except _TRANSIENT as error:
            extra = {"guild": guild_id, "problem": str(error)}
            log.info("can't fetch scheduled events", extra=extra)
            continue
        for event_id in event_ids:
            try:
                await _compare(db, event_id, events.get(event_id))
            except Exception as error:
                # Something about this session; the others are compared.
                if not concerns_row(error):
                    raise
                log.exception("can't compare a scheduled event", extra={"guild": guild_id})
            compared += 1
        after_guild()
    is_last_round = len(watched) < changes.GUILDS_AT_ONCE
    bot.last_compared_guild = 0 if is_last_round else max(watched)
    return compared


async def _compare(db: Database, event_id: int, event: discord.ScheduledEvent | None) -> None:
    """Record what differs between an event as Discord has it now, None if deleted, and its session.

    An event that somebody has started or ended changes nothing about the session.
    """
    if event is None or event.status is EventStatus.cancelled:
        await db.run(changes.record_end, event_id, was_cancelled=True)
    elif event.status is EventStatus.completed:
        await db.run(changes.record_end, event_id, was_cancelled=False)
    else:
        shown = ShownEvent(event_id, event.name, event.start_time)
        if await db.run(changes.record_change, shown):
            log.info("somebody has changed a scheduled event", extra={"event": event_id})
