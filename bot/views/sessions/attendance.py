"""After a session: whether it took place, as each of the two saw it."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.components.persistent import Interaction
from bot.formatting import plain
from bot.views.sessions.rating import show_rating
from bot.views.sessions.session_actions import SessionButton, ask, refresh
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.guilds.setting_limits import span_words
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus


class TookPlace(SessionButton):
    """One of the two says that they met. After the mentee's word come the stars."""

    does = Action.REPORT_MET
    act, label, style = "took-place", "It took place", discord.ButtonStyle.success

    async def done(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            session = (
                await db.run(transitions.report_attendance, actor, self.session_id, Attendance.MET)
            ).session
        except NotAllowedNow:
            # Pressed once more, perhaps since the first answer got lost.
            session = await db.read(session_views.load_for_participant, actor, self.session_id)
            if not _may_rate(session, actor.user_id):
                raise
        if _may_rate(session, actor.user_id):
            await show_rating(interaction, session)
        else:
            await refresh(interaction, self.session_id)


def _may_rate(session: SessionView, reader_id: int) -> bool:
    return (
        session.status is SessionStatus.COMPLETED
        and session.stars is None
        and session.mentee.user_id == reader_id
    )


class Missed(SessionButton):
    """One of the two says that the other did not come; asks once more first."""

    does = Action.REPORT_NO_SHOW
    act, label = "missed", "They didn't come"

    async def done(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        session = await db.read(
            transitions.load_actionable, actor, self.session_id, Action.REPORT_NO_SHOW
        )
        name = plain(session.other(actor.user_id).name)
        theirs = session.reports.get(session.party(actor.user_id).other)
        if theirs is None:
            guild = await db.read(guild_settings.load, session.guild_id)
            points = "everything comes back to you"
            if session.party(actor.user_id) is Party.MENTOR:
                points = "the points are yours"
            held = f" Then {points}." if session.price else ""
            text = (
                f"{name} will be asked, and has {span_words(guild.complete_after)} to say "
                f"otherwise. Without a word from them it stands.{held}"
            )
        else:
            text = f"{name} says otherwise, so the moderators of the server will decide."
        await ask(
            interaction,
            discord.Embed(
                title=f"{name} didn't come?", description=text, colour=discord.Colour.orange()
            ),
            ReallyMissed(self.session_id),
            LeaveIt(self.session_id),
        )


class ReallyMissed(SessionButton):
    """Says so after being asked once more."""

    act, label, style = "missed-really", "They didn't come", discord.ButtonStyle.danger

    async def done(self, interaction: Interaction) -> None:
        await interaction.client.db.run(
            transitions.report_attendance,
            actor_of(interaction),
            self.session_id,
            Attendance.NO_SHOW,
        )
        await refresh(interaction, self.session_id)


class LeaveIt(SessionButton):
    """Says nothing for now."""

    act, label = "leave", "Not now"

    async def done(self, interaction: Interaction) -> None:
        await refresh(interaction, self.session_id)


LASTING = (LeaveIt, Missed, ReallyMissed, TookPlace)
