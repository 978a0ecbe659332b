"""Gives and takes the roles that mentors earn at thresholds."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord

from bot.guilds.membership import MembershipUnknown, fetch_member
from bot.guilds.mentor_role import UNKNOWN_ROLE
from bot.interaction import BotClient
from bot.readers import readers_in
from mentorship.recognition import earned_roles
from mentorship.recognition.earned_roles import RoleTask
from mentorship.sessions import departures
from storage import Database
from wording.translation import _, speaking

log = logging.getLogger(__name__)

DELETED, REFUSED = "deleted", "refused"
"""Why a rule stops; see `mentorship.recognition.earned_roles.stop`."""


async def update_threshold_roles(
    bot: BotClient, db: Database, *, after_each: Callable[[], None] = lambda: None
) -> int:
    """Give and take the roles that are due. Returns how many people were handled.

    A role that Discord refuses stops its rule. Other failures are retried later. `after_each` is
    called after each person.
    """
    if not await db.read(earned_roles.has_due):
        return 0
    done = 0
    for task in await db.run(earned_roles.claim):
        try:
            await _update(bot, db, task)
        except (discord.Forbidden, discord.NotFound) as error:
            problem = DELETED if error.code == UNKNOWN_ROLE else REFUSED
            log.warning("can't change a threshold role", extra=_extra(task, error))
            await db.run(earned_roles.stop, task, problem)
        except (MembershipUnknown, discord.HTTPException) as error:
            log.warning("can't change a threshold role now", extra=_extra(task, error))
            await db.run(earned_roles.retry, task)
        else:
            done += 1
        after_each()
    return done


async def _update(bot: BotClient, db: Database, task: RoleTask) -> None:
    """Give or take a role. Raises `MembershipUnknown` and discord.py's errors."""
    member = await fetch_member(bot, task.guild_id, task.user_id)
    if member is None:
        await db.run(departures.record_departure, task.guild_id, task.user_id)
        await db.run(earned_roles.finish, task, is_given=False)
        return
    role = discord.Object(task.role_id)
    if (member.get_role(task.role_id) is not None) != task.is_wanted:
        if task.is_wanted:
            await member.add_roles(role, reason=_reason(member.guild, task))
        else:
            await member.remove_roles(role, reason=_reason(member.guild, task))
    named = member.guild.get_role(task.role_id)
    await db.run(
        earned_roles.finish,
        task,
        is_given=task.is_wanted,
        role_name=None if named is None else named.name,
    )


def _reason(guild: discord.Guild, task: RoleTask) -> str:
    """Return what the server's audit log says."""
    with speaking(readers_in(guild, None).locale):
        if task.is_wanted:
            return _("Reached the thresholds of this role")
        return _("Below the thresholds of this role")


def _extra(task: RoleTask, error: Exception) -> dict[str, object]:
    # Not who it is: after an erasure, their id isn't to outlast it in a log.
    return {"guild": task.guild_id, "problem": str(error)}
