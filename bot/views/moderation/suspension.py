"""Suspending a mentor; cancelling their sessions with it asks first, with what that means."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import defer, respond, send_ephemeral
from mentorship.administration import moderation
from mentorship.administration.moderation import UpcomingSessions
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.sessions import departures
from wording.durations import counted
from wording.points import format_points


async def start_suspension(
    interaction: Interaction, mentor_id: int, reason: str, *, cancel_sessions: bool
) -> None:
    """Suspend a mentor. If that would cancel sessions, show how many, and ask first."""
    db, actor = interaction.client.db, actor_of(interaction)
    if cancel_sessions:
        upcoming = await db.read(moderation.preview_suspension, actor, mentor_id)
        if upcoming.count or upcoming.groups:
            await _ask(interaction, mentor_id, upcoming, reason)
            return
    await db.run(
        moderation.suspend,
        actor,
        mentor_id,
        reason,
        cancel_sessions=cancel_sessions,
        expected_sessions=0,
    )
    await respond(interaction, f"<@{mentor_id}> is suspended and will be notified.")


async def _ask(
    interaction: Interaction, mentor_id: int, upcoming: UpcomingSessions, reason: str
) -> None:
    """Show what the suspension cancels and refunds. Nothing is done."""
    guild = await interaction.client.db.read(guild_settings.load, actor_of(interaction).guild)
    reader = reader_of(interaction)
    sessions = counted(upcoming.count, "session", reader)
    people = counted(upcoming.mentees, "person", reader, "people")
    refund = format_points(upcoming.refund, guild, reader)
    effect = f"and refunds **{refund}** to {people}" if upcoming.refund else f"with {people}"
    groups = counted(upcoming.groups, "group session", reader)
    what = sessions if upcoming.count else groups
    cancels = f"This cancels **{what}**"
    if not upcoming.count:
        cancels += " that nobody has joined yet."
    elif upcoming.groups:
        cancels += f" {effect}. That counts each seat in {groups}."
    else:
        cancels += f" {effect}."
    card = Card(
        title="Suspend and cancel?",
        text=f"Members can no longer find or book them. {cancels} Everyone is notified.",
        accent=Accent.FAULT,
    )
    card.add_kept(Kept.REASON, "Reason", reason)
    confirm = ConfirmSuspensionButton(
        mentor_id, upcoming.count, upcoming.refund, f"Suspend and cancel {what}"
    )
    # Inside a card Discord shows mentions of unknown members as numbers.
    await respond(
        interaction,
        f"<@{mentor_id}>",
        card=card,
        actions=action_rows(confirm, DismissSuspensionButton()),
    )


class ConfirmSuspensionButton(
    PersistentButton,
    template=r"suspension:(?P<mentor>\d{1,20}):(?P<sessions>\d{1,9}):(?P<refund>\d{1,18})",
):
    """Suspends the mentor, if that still cancels and refunds what the card says."""

    def __init__(self, mentor_id: int, sessions: int, refund: int, label: str = "") -> None:
        self.mentor_id, self.sessions, self.refund = mentor_id, sessions, refund
        super().__init__(
            f"suspension:{mentor_id}:{sessions}:{refund}",
            label,
            discord.ButtonStyle.danger,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["mentor"]), int(match["sessions"]), int(match["refund"]))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        reason = kept_text(interaction.message).get(Kept.REASON, "")
        # Cancelling many sessions may take longer than three seconds.
        await defer(interaction)
        try:
            cancelled = await db.run(
                moderation.suspend,
                actor,
                self.mentor_id,
                reason,
                cancel_sessions=True,
                expected_sessions=self.sessions,
                expected_refund=self.refund,
            )
        except TermsChanged as error:
            upcoming = await db.read(moderation.preview_suspension, actor, self.mentor_id)
            await _ask(interaction, self.mentor_id, upcoming, reason)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
            return
        sessions = counted(cancelled, "session", reader_of(interaction))
        act = "cancelled and refunded" if self.refund else "cancelled"
        if not cancelled:
            outcome = "Their group sessions were cancelled. Nobody had joined them yet."
        elif cancelled > departures.STEP:
            outcome = f"{sessions} are being {act}, which takes a few minutes."
        else:
            outcome = f"{sessions} {'was' if cancelled == 1 else 'were'} {act}."
        await respond(
            interaction,
            f"<@{self.mentor_id}> is suspended and will be notified. {outcome}",
        )


class DismissSuspensionButton(PersistentButton, template=r"suspension:dismiss"):
    """Leaves the card without suspending anybody."""

    def __init__(self) -> None:
        super().__init__("suspension:dismiss", "Dismiss")

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, "Nothing was changed.")
