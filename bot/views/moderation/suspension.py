"""Suspending a mentor; cancelling their sessions with it asks first, with what that means."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from wording.points import format_points
from wording.translation import _, ngettext, pgettext, sentences


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
    person = f"<@{mentor_id}>"
    await respond(interaction, _("{person} is suspended and will be notified.", person=person))


async def _ask(
    interaction: Interaction, mentor_id: int, upcoming: UpcomingSessions, reason: str
) -> None:
    """Show what the suspension cancels and refunds. Nothing is done."""
    guild = await interaction.client.db.read(guild_settings.load, actor_of(interaction).guild)
    reader = reader_of(interaction)
    if upcoming.count:
        label = ngettext(
            "Suspend and cancel {count} session",
            "Suspend and cancel {count} sessions",
            upcoming.count,
        )
    else:
        label = ngettext(
            "Suspend and cancel {count} group session",
            "Suspend and cancel {count} group sessions",
            upcoming.groups,
        )
    refund = format_points(upcoming.refund, guild, reader)
    card = Card(
        title=_("Suspend and cancel?"),
        text=sentences(
            _("Members can no longer find or book them."),
            *(_cancelled(upcoming, refund) if upcoming.count else (_cancelled_groups(upcoming),)),
            _("Everyone is notified."),
        ),
        accent=Accent.FAULT,
    )
    card.add_kept(Kept.REASON, _("Reason"), reason)
    confirm = ConfirmSuspensionButton(mentor_id, upcoming.count, upcoming.refund, label)
    # Inside a card Discord shows mentions of unknown members as numbers.
    await respond(
        interaction,
        f"<@{mentor_id}>",
        card=card,
        actions=action_rows(confirm, DismissSuspensionButton()),
    )


def _cancelled(upcoming: UpcomingSessions, refund: str) -> Iterator[str]:
    """Yield sentences about the sessions that a suspension cancels."""
    yield ngettext(
        "This cancels **{count} session**.", "This cancels **{count} sessions**.", upcoming.count
    )
    if upcoming.refund:
        # Translators: {points} is what these people get back altogether
        yield ngettext(
            "**{points}** is refunded to {count} person.",
            "**{points}** is refunded to {count} people.",
            upcoming.mentees,
            points=refund,
        )
    else:
        # Translators: by the cancellation of sessions
        yield ngettext(
            "{count} person is affected.", "{count} people are affected.", upcoming.mentees
        )
    if upcoming.groups:
        yield ngettext(
            "That counts each seat in {count} group session.",
            "That counts each seat in {count} group sessions.",
            upcoming.groups,
        )


def _cancelled_groups(upcoming: UpcomingSessions) -> str:
    """Return a sentence about the group sessions that a suspension cancels."""
    return ngettext(
        "This cancels **{count} group session** that nobody has joined yet.",
        "This cancels **{count} group sessions** that nobody has joined yet.",
        upcoming.groups,
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
        outcome = _outcome(cancelled, is_refunded=self.refund > 0)
        person = f"<@{self.mentor_id}>"
        suspended = _("{person} is suspended and will be notified.", person=person)
        await respond(interaction, sentences(suspended, outcome))


def _outcome(cancelled: int, *, is_refunded: bool) -> str:
    """Return what became of the sessions of a mentor who was suspended."""
    if not cancelled:
        return _("Their group sessions were cancelled. Nobody had joined them yet.")
    if cancelled > departures.STEP:
        if is_refunded:
            return ngettext(
                "{count} session is being cancelled and refunded, which takes a few minutes.",
                "{count} sessions are being cancelled and refunded, which takes a few minutes.",
                cancelled,
            )
        return ngettext(
            "{count} session is being cancelled, which takes a few minutes.",
            "{count} sessions are being cancelled, which takes a few minutes.",
            cancelled,
        )
    if is_refunded:
        return ngettext(
            "{count} session was cancelled and refunded.",
            "{count} sessions were cancelled and refunded.",
            cancelled,
        )
    return ngettext("{count} session was cancelled.", "{count} sessions were cancelled.", cancelled)


class DismissSuspensionButton(PersistentButton, template=r"suspension:dismiss"):
    """Leaves the card without suspending anybody."""

    def __init__(self) -> None:
        super().__init__("suspension:dismiss", pgettext("button", "Dismiss"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nothing was changed."))
