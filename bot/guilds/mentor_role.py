"""The guild's mentor role, which follows what moderators decide."""

from __future__ import annotations

import logging

import discord

from bot.guilds.membership import is_gone
from bot.interaction import BotClient
from mentorship.delivery.outbox import DueNotice
from mentorship.notifications.catalogue import Kind, Trouble

log = logging.getLogger(__name__)

UNKNOWN_ROLE = 10011
"""https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""

ROLE_CHANGES = {
    Kind.APPROVED: "give",
    Kind.REINSTATED: "give",
    Kind.SUSPENDED: "take",
    Kind.REJECTED: "leave",
    Kind.CHANGES_REQUESTED: "leave",
}
"""What becomes of the role with a notice to the person whom a decision concerns. By then another
decision may have come after it: the role is given to whoever is a mentor, and taken otherwise."""


async def update_role(bot: BotClient, notice: DueNotice) -> Trouble | None:
    """Give or take the role that goes with a notice. Returns what moderators must hear of, if
    anything: a role that can't be changed, or that the person is not there any more.

    Raises discord.py's errors for what may be better another time.
    """
    act = ROLE_CHANGES[notice.kind]
    guild = bot.get_guild(notice.guild.id)
    if guild is None or notice.user_id is None:
        return None
    try:
        member = await guild.fetch_member(notice.user_id)
    except discord.NotFound as error:
        if not is_gone(error):
            raise
        return Trouble.LEFT
    role_id = notice.guild.mentor_role_id
    if role_id is None or act == "leave":
        return None
    role = discord.Object(role_id)
    act = "give" if notice.is_mentor else "take"
    try:
        if act == "give":
            await member.add_roles(role, reason="Mentors here")
        else:
            await member.remove_roles(role, reason="Suspended as a mentor")
    except (discord.Forbidden, discord.NotFound) as error:
        gone = error.code == UNKNOWN_ROLE
        if gone and act == "take":
            return None
        log.warning(
            "the mentor role can't be changed",
            extra={"guild": guild.id, "user": notice.user_id, "problem": str(error)},
        )
        return Trouble.ROLE_GONE if gone else Trouble.ROLE_REFUSED
    return None
