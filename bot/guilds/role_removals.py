"""Takes the mentor role from people whose data was erased."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord

from bot.guilds.membership import MembershipUnknown, fetch_member
from bot.guilds.mentor_role import UNKNOWN_ROLE, role_change_reason
from bot.interaction import BotClient
from mentorship.mentors import role_removals
from mentorship.mentors.role_removals import RoleRemoval
from storage import Database

log = logging.getLogger(__name__)


async def take_roles(
    bot: BotClient, db: Database, *, after_each: Callable[[], None] = lambda: None
) -> int:
    """Take the roles that are due to be taken. Returns how many people don't have one any more.

    What fails is tried again later. `after_each` is called after each person.
    """
    if not await db.read(role_removals.has_due):
        return 0
    done = 0
    for removal in await db.run(role_removals.claim):
        try:
            await _take(bot, removal)
        except (MembershipUnknown, discord.HTTPException) as error:
            # Not who it is: their id isn't to outlast the erasure in a log.
            extra = {"guild": removal.guild_id, "problem": str(error)}
            log.warning("can't take the mentor role after an erasure", extra=extra)
            await db.run(role_removals.retry, removal)
        else:
            await db.run(role_removals.finish, removal.id)
            done += 1
        after_each()
    return done


async def _take(bot: BotClient, removal: RoleRemoval) -> None:
    """Take the role, if the person is a member and has it.

    Raises `MembershipUnknown` and discord.py's errors.
    """
    member = await fetch_member(bot, removal.guild_id, removal.user_id)
    if member is None or member.get_role(removal.role_id) is None:
        return
    try:
        await member.remove_roles(
            discord.Object(removal.role_id), reason=role_change_reason(member.guild, wanted=False)
        )
    except discord.NotFound as error:
        if error.code != UNKNOWN_ROLE:
            raise
