"""Detects that somebody has left a guild.

Discord sends that event only to bots with the privileged intent for members, which this bot does
without. So it asks about people on whom others depend, when there is a reason to.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import aiohttp
import discord

from bot.interaction import BotClient
from mentorship.members import members
from mentorship.sessions import departures
from mentorship.sessions.departures import ExpectedMember
from storage import Database

log = logging.getLogger(__name__)

UNKNOWN_MEMBER = 10007
UNKNOWN_USER = 10013
"""Discord's JSON error codes for a person who does not exist."""


def is_gone(error: Exception) -> bool:
    """Return whether Discord says that the person does not exist; other 404s have other reasons."""
    unknown_codes = (UNKNOWN_MEMBER, UNKNOWN_USER)
    return isinstance(error, discord.NotFound) and error.code in unknown_codes


async def record_screening(bot: BotClient, db: Database, guild_id: int, user_id: int) -> None:
    """Record whether somebody has accepted the guild's rules, as Discord says now.

    Discord sends no event about it to this bot. Without an answer, what was recorded last stays.
    """
    guild = bot.get_guild(guild_id)
    if guild is None:
        return
    try:
        member = await guild.fetch_member(user_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.info(
            "can't look up a member",
            extra={"guild": guild_id, "user": user_id, "problem": str(error)},
        )
        return
    await db.run(members.record_screening, guild_id, user_id, member.pending)


async def detect_departures(bot: BotClient, db: Database, within: timedelta | None = None) -> int:
    """Check everybody who has a session `within` that time; with None everybody on whom others
    depend.

    Returns how many have left. Those who can't be checked now are checked the next time.
    """
    departed = 0
    for person in await db.read(departures.list_expected_members, within):
        departed += await detect_departure(bot, db, person)
    return departed


async def detect_departure(bot: BotClient, db: Database, person: ExpectedMember) -> bool:
    """Return whether somebody has left the guild, and end their sessions there if so."""
    guild = bot.get_guild(person.guild_id)
    if guild is None:
        # The bot is not in the guild, or Discord has not sent the guild yet.
        return False
    try:
        await guild.fetch_member(person.user_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        if not is_gone(error):
            log.warning(
                "can't check whether a member has left",
                extra={"guild": person.guild_id, "user": person.user_id, "problem": str(error)},
            )
            return False
    else:
        return False
    ended_sessions = await db.run(departures.record_departure, person.guild_id, person.user_id)
    log.info(
        "a member has left",
        extra={"guild": person.guild_id, "user": person.user_id, "sessions": ended_sessions},
    )
    return True
