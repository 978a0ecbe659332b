"""Gives and takes the guild's mentor role after moderators' decisions."""

from __future__ import annotations

import logging

import discord

from bot.guilds.membership import is_gone
from bot.interaction import BotClient
from mentorship.delivery.loading import DueNotification
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind

log = logging.getLogger(__name__)

UNKNOWN_ROLE = 10011
"""https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""

ROLE_CHANGES = {
    NotificationKind.APPROVED: "give",
    NotificationKind.REINSTATED: "give",
    NotificationKind.SUSPENDED: "take",
    NotificationKind.REJECTED: "leave",
    NotificationKind.CHANGES_REQUESTED: "leave",
}
"""What a notification about a decision does to the role of the person whom it concerns.

A later decision may have been made in the meantime. So the role is given if the person is a mentor
now, and taken otherwise.
"""


async def update_role(bot: BotClient, notification: DueNotification) -> DeliveryProblem | None:
    """Give or take the role that goes with a notification.

    Returns a problem that moderators should hear about: the role can't be changed, or the person
    has left. Raises discord.py's errors for problems that may be temporary.
    """
    change = ROLE_CHANGES[notification.kind]
    guild = bot.get_guild(notification.guild.id)
    if guild is None or notification.user_id is None:
        return None
    try:
        member = await guild.fetch_member(notification.user_id)
    except discord.NotFound as error:
        if not is_gone(error):
            raise
        return DeliveryProblem.LEFT
    role_id = notification.guild.mentor_role_id
    if role_id is None or change == "leave":
        return None
    role = discord.Object(role_id)
    change = "give" if notification.is_mentor else "take"
    try:
        if change == "give":
            await member.add_roles(role, reason="Mentors here")
        else:
            await member.remove_roles(role, reason="Suspended as a mentor")
    except (discord.Forbidden, discord.NotFound) as error:
        role_deleted = error.code == UNKNOWN_ROLE
        if role_deleted and change == "take":
            return None
        log.warning(
            "can't change the mentor role",
            extra={"guild": guild.id, "user": notification.user_id, "problem": str(error)},
        )
        return DeliveryProblem.ROLE_GONE if role_deleted else DeliveryProblem.ROLE_REFUSED
    return None
