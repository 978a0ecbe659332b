"""Makes the guild's mentor role follow the state of its mentors.

An approved mentor who is in the guild and has accepted its rules has the role; nobody else with a
mentor profile has. Discord tells this bot neither who joined nor whose roles were changed. So
`reconcile` compares at every occasion: after each decision, at a mentor's next command, and once a
day.
"""

from __future__ import annotations

import logging

import discord

from bot.guilds.membership import is_gone
from bot.interaction import BotClient
from bot.readers import readers_in
from mentorship.delivery.loading import CHANGES_MENTOR_ROLE, DueNotification
from mentorship.members import members
from mentorship.mentors import mentor_roles
from mentorship.mentors.mentor_roles import MentorStanding
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.recognition import earned_roles
from mentorship.sessions import departures
from storage import Database
from wording.translation import _, speaking

log = logging.getLogger(__name__)

UNKNOWN_ROLE = 10011
"""https://docs.discord.com/developers/topics/opcodes-and-status-codes#json"""

NEEDS_PRESENCE = CHANGES_MENTOR_ROLE | {
    NotificationKind.REJECTED,
    NotificationKind.CHANGES_REQUESTED,
}
"""Notifications about decisions. Before sending one, the bot checks that the person is a member."""


async def update_role(
    bot: BotClient, db: Database, notification: DueNotification
) -> DeliveryProblem | None:
    """Give or take the role of the person whom a notification is about.

    Returns a problem that moderators should know about: the role can't be changed, or the person
    has left, which is recorded. Raises discord.py's errors for problems that may be temporary.
    """
    guild = bot.get_guild(notification.guild.id)
    if guild is None or notification.user_id is None:
        return None
    try:
        member = await guild.fetch_member(notification.user_id)
    except discord.NotFound as error:
        if not is_gone(error):
            raise
        await db.run(departures.record_departure, guild.id, notification.user_id)
        return DeliveryProblem.LEFT
    if notification.kind not in CHANGES_MENTOR_ROLE:
        return None
    # A later decision may have been made since the one that the notification is about.
    standing = await db.read(mentor_roles.find, guild.id, member.id)
    if standing is None:
        return None
    former_role_id = notification.facts.get("former_role")
    return await reconcile(db, member, standing, former_role_id)


async def update_role_and_report(
    bot: BotClient, db: Database, notification: DueNotification
) -> None:
    """Update the role for a notification that has no message of its own."""
    problem = await update_role(bot, db, notification)
    if problem not in (None, DeliveryProblem.LEFT) and notification.user_id is not None:
        await _report(db, notification.guild.id, notification.user_id, problem)


async def reconcile(
    db: Database,
    member: discord.Member,
    standing: MentorStanding,
    former_role_id: int | None = None,
) -> DeliveryProblem | None:
    """Make the mentor role of a member, as Discord has just sent them, what it should be.

    Also takes a former mentor role, and records whether they have accepted the guild's rules.
    Returns why the role can't be changed. Raises discord.py's errors for problems that may be
    temporary.
    """
    if member.pending != standing.screening_pending:
        await db.run(members.record_screening, member.guild.id, member.id, member.pending)
    problem = None
    if former_role_id not in (None, standing.role_id):
        problem = await _set_role(member, former_role_id, wanted=False)
    if standing.role_id is None:
        return problem
    wanted = standing.is_mentor and not member.pending
    if wanted and member.get_role(standing.role_id) is None:
        # Whoever leaves a server loses all roles.
        await db.run(earned_roles.give_again, member.guild.id, member.id)
    return await _set_role(member, standing.role_id, wanted=wanted) or problem


async def _set_role(
    member: discord.Member, role_id: int | None, *, wanted: bool
) -> DeliveryProblem | None:
    assert role_id is not None
    if (member.get_role(role_id) is not None) == wanted:
        return None
    role = discord.Object(role_id)
    try:
        if wanted:
            await member.add_roles(role, reason=role_change_reason(member.guild, wanted=True))
        else:
            await member.remove_roles(role, reason=role_change_reason(member.guild, wanted=False))
    except (discord.Forbidden, discord.NotFound) as error:
        role_deleted = error.code == UNKNOWN_ROLE
        if role_deleted and not wanted:
            return None
        log.warning(
            "can't change the mentor role",
            extra={"guild": member.guild.id, "user": member.id, "problem": str(error)},
        )
        return DeliveryProblem.ROLE_GONE if role_deleted else DeliveryProblem.ROLE_REFUSED
    log.info(
        "mentor role given" if wanted else "mentor role taken",
        extra={"guild": member.guild.id, "user": member.id},
    )
    return None


def role_change_reason(guild: discord.Guild, *, wanted: bool) -> str:
    """Return what the server's audit log says about a role that is given or taken."""
    with speaking(readers_in(guild, None).locale):
        return _("Approved mentor") if wanted else _("No longer a mentor")


async def reconcile_and_report(
    db: Database, member: discord.Member, standing: MentorStanding
) -> None:
    """Make the mentor role what it should be, and notify moderators if that isn't possible."""
    problem = await reconcile(db, member, standing)
    if problem is not None:
        await _report(db, member.guild.id, member.id, problem)


async def _report(db: Database, guild_id: int, user_id: int, problem: DeliveryProblem) -> None:
    await db.run(mentor_roles.report_problem, guild_id, user_id, problem)
