"""Attendance reports after a session: we met, or no-show."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.formatting import discord_timestamp
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.sessions.attendance_texts import own_report_counts
from bot.views.sessions.people import other_name
from bot.views.sessions.rating import update_to_rating
from bot.views.sessions.session_actions import SessionButton, refresh_card, show_confirmation
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording.translation import N_, _, sentences


class ReportMetButton(SessionButton):
    """Reports that the participants met. The mentee can then rate the session."""

    action = Action.REPORT_MET
    # Translators: a button.
    key, label, style = "took-place", N_("We met"), discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            session = (
                await db.run(attendance.report, actor, self.session_id, Attendance.MET)
            ).session
        except NotAllowedNow:
            # A second press, perhaps because the response to the first was lost.
            session = await db.read(session_views.load_for_participant, actor, self.session_id)
            if not _may_rate(session, actor.user_id):
                raise
        if _may_rate(session, actor.user_id):
            await update_to_rating(interaction, session)
        else:
            await refresh_card(interaction, self.session_id)


def _may_rate(session: SessionView, reader_id: int) -> bool:
    return (
        session.status is SessionStatus.COMPLETED
        and session.stars is None
        and session.mentee.user_id == reader_id
    )


class ReportNoShowButton(SessionButton):
    """Shows what reporting a no-show means, and asks for confirmation."""

    action = Action.REPORT_NO_SHOW
    # Translators: a button.
    key, label = "missed", N_("No-show")

    async def perform(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        session = await db.read(transitions.load_actionable, actor, self.session_id, self.action)
        name = other_name(session, actor.user_id)
        party = session.party(actor.user_id)
        if session.reports.get(party.other) is None:
            guild = await db.read(guild_settings.load, session.guild_id)
            reader = reader_of(interaction)
            until = lifecycle.report_deadline(session.ends_at, db.now(), session.complete_after)
            text = sentences(
                _(
                    "{name} is notified and has until {time} to disagree.",
                    name=name,
                    time=discord_timestamp(until),
                ),
                own_report_counts(session, party, name, guild, reader),
            )
        else:
            text = _("{name} reported that you met, so the moderators will decide.", name=name)
        await show_confirmation(
            interaction,
            Card(
                title=_("Report that {name} didn't come?", name=name),
                text=text,
                accent=Accent.WAITING,
            ),
            ConfirmNoShowButton(self.session_id),
            DismissNoShowButton(self.session_id),
        )


class ConfirmNoShowButton(SessionButton):
    """Reports that the other participant did not come."""

    # Translators: a button.
    key, label, style = "missed-really", N_("Report no-show"), discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(
            attendance.report,
            actor_of(interaction),
            self.session_id,
            Attendance.NO_SHOW,
        )
        await refresh_card(interaction, self.session_id)


class DismissNoShowButton(SessionButton):
    """Leaves the confirmation card without a report."""

    # Translators: a button that leaves a question.
    key, label = "leave", N_("Cancel")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
