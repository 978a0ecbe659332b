"""Noticing that somebody has left a server.

Discord tells that only to bots that ask for the privileged intent Server Members, which this one
does without. So it asks about those on whom others count, when it has a reason to.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import aiohttp
import discord

from bot.interaction import BotClient
from mentorship.sessions import departures
from mentorship.sessions.departures import Expected
from storage import Database

log = logging.getLogger(__name__)

UNKNOWN_MEMBER = 10007
UNKNOWN_USER = 10013
"""Discord's codes for somebody who is not there (its documentation: "JSON Error Codes")."""


def is_gone(error: Exception) -> bool:
    """Whether Discord says that there is no such person; any other 404 is about something else."""
    gone = (UNKNOWN_MEMBER, UNKNOWN_USER)
    return isinstance(error, discord.NotFound) and error.code in gone


async def detect_departures(bot: BotClient, db: Database, within: timedelta | None = None) -> int:
    """Ask about everybody who has a session `within` that time, or without it about everybody on
    whom somebody counts. Returns how many have left.

    Who can't be asked about now is asked about the next time.
    """
    left = 0
    for person in await db.read(departures.expected, within):
        left += await detect_departure(bot, db, person)
    return left


async def detect_departure(bot: BotClient, db: Database, person: Expected) -> bool:
    """Whether somebody has left; then what they had promised in that server is called off."""
    guild = bot.get_guild(person.guild_id)
    if guild is None:
        # The bot itself is not there, or Discord has not told of the server yet.
        return False
    try:
        await guild.fetch_member(person.user_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        if not is_gone(error):
            log.warning(
                "a member can't be looked for",
                extra={"guild": person.guild_id, "user": person.user_id, "problem": str(error)},
            )
            return False
    else:
        return False
    ended = await db.run(departures.leave, person.guild_id, person.user_id)
    log.info(
        "a member has left",
        extra={"guild": person.guild_id, "user": person.user_id, "sessions": ended},
    )
    return True
