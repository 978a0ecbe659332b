"""What happens when a mentor's command shows that they have returned, or lack their role."""

from __future__ import annotations

import logging

import discord

from bot.actors import actor_of
from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton
from bot.guilds import mentor_role
from bot.guilds.membership import LOOKUP_ERRORS
from bot.interaction import Interaction
from bot.replies import respond, send_ephemeral
from mentorship.members import members
from mentorship.mentors import mentor_roles, profiles
from wording.translation import _

log = logging.getLogger(__name__)


async def look_at_mentor(interaction: Interaction) -> None:
    """After a command, give or take the person's mentor role if that was missed.

    A mentor who stopped because they left the server is asked once whether they want to resume.
    """
    member, db = interaction.user, interaction.client.db
    if not isinstance(member, discord.Member):
        return
    if member.pending:
        # For the API, which can't ask Discord if it runs without the bot.
        await db.run(members.record_screening, member.guild.id, member.id, member.pending)
    standing = await db.read(mentor_roles.find, member.guild.id, member.id)
    if standing is None:
        return
    if standing.has_left:
        await db.run(members.record_return, member.guild.id, member.id)
        if standing.has_stopped:
            await send_ephemeral(
                interaction,
                _(
                    "Welcome back. You stopped mentoring when you left this server, so "
                    "nobody can find or book you. Your profile and hours are as you left "
                    "them."
                ),
                actions=action_rows(ResumeMentoringButton()),
            )
    try:
        await mentor_role.reconcile_and_report(db, member, standing)
    except LOOKUP_ERRORS as error:
        # The next command and the daily check try again.
        extra = {"guild": member.guild.id, "user": member.id, "problem": str(error)}
        log.info("can't change the mentor role now", extra=extra)


class ResumeMentoringButton(PersistentButton, template=r"mentor:resume"):
    """Takes bookings again, as `/mentor resume` does."""

    def __init__(self) -> None:
        super().__init__("mentor:resume", _("Resume mentoring"), discord.ButtonStyle.success)

    async def on_press(self, interaction: Interaction) -> None:
        await resume_mentoring(interaction)


async def resume_mentoring(interaction: Interaction) -> None:
    """Take bookings again."""
    await interaction.client.db.run(profiles.resume, actor_of(interaction))
    await respond(
        interaction, _("Members can find and book you again. Your hours: `/mentor hours`.")
    )
