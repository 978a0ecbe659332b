"""Detects that somebody has left a guild.

Discord sends that event only to bots with the privileged intent for members, which this bot does
without. So it asks about people on whom others depend, when there is a reason to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import discord

from bot.interaction import BotClient
from mentorship.faults import concerns_row
from mentorship.members import members
from mentorship.sessions import departures
from mentorship.sessions.departures import ExpectedMember
from storage import Database

log = logging.getLogger(__name__)

UNKNOWN_MEMBER = 10007
UNKNOWN_USER = 10013
"""Discord's JSON error codes for a person who does not exist."""


LOOKUP_ERRORS = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""What looking someone up can raise: they may have left, or Discord may be unreachable for now."""


def is_gone(error: Exception) -> bool:
    """Return whether Discord says that the person does not exist; other 404s have other reasons."""
    unknown_codes = (UNKNOWN_MEMBER, UNKNOWN_USER)
    return isinstance(error, discord.NotFound) and error.code in unknown_codes


class MembershipUnknown(Exception):
    """Discord can't say at the moment whether somebody is in a guild."""


async def fetch_member(bot: BotClient, guild_id: int, user_id: int) -> discord.Member | None:
    """Ask Discord for a member of a guild. Returns None if it knows no such member.

    Raises `MembershipUnknown`.
    """
    guild = bot.get_guild(guild_id)
    if guild is None:
        raise MembershipUnknown("the bot is not in the guild, or hasn't been sent it yet")
    try:
        return await guild.fetch_member(user_id)
    except LOOKUP_ERRORS as error:
        if is_gone(error):
            return None
        raise MembershipUnknown(str(error)) from error


async def record_screening(bot: BotClient, db: Database, guild_id: int, user_id: int) -> None:
    """Record whether somebody has accepted the guild's rules, as Discord says now.

    Discord sends no event about it to this bot. Without an answer, what was recorded last stays.
    """
    try:
        member = await fetch_member(bot, guild_id, user_id)
    except MembershipUnknown as error:
        log.info(
            "can't look up a member",
            extra={"guild": guild_id, "user": user_id, "problem": str(error)},
        )
        return
    if member is not None:
        await db.run(members.record_screening, guild_id, user_id, member.pending)


async def detect_departures(
    bot: BotClient,
    db: Database,
    within: timedelta | None = None,
    *,
    after_person: Callable[[], None] = lambda: None,
) -> int:
    """Check everybody who has a session `within` that time; with None everybody on whom others
    depend.

    `after_person` is called after each of them. Returns how many have left. Those who can't be
    checked now are checked the next time.
    """
    departed = 0
    for person in await db.read(departures.list_expected_members, within):
        try:
            departed += await detect_departure(bot, db, person)
        except Exception as error:
            # Something about this person; the others are checked.
            if not concerns_row(error):
                raise
            extra = {"guild": person.guild_id, "user": person.user_id}
            log.exception("can't check a member", extra=extra)
        after_person()
    return departed


async def detect_departure(bot: BotClient, db: Database, person: ExpectedMember) -> bool:
    """Return whether somebody has left the guild, and end their sessions there if so."""
    if bot.get_guild(person.guild_id) is None:
        return False
    try:
        if await fetch_member(bot, person.guild_id, person.user_id) is not None:
            return False
    except MembershipUnknown as error:
        log.warning(
            "can't check whether a member has left",
            extra={"guild": person.guild_id, "user": person.user_id, "problem": str(error)},
        )
        return False
    ended_sessions = await db.run(departures.record_departure, person.guild_id, person.user_id)
    log.info(
        "a member has left",
        extra={"guild": person.guild_id, "user": person.user_id, "sessions": ended_sessions},
    )
    return True
