"""Asking mentors whose requests expire whether they still mentor, and after pausing them."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.notifications.message import Message
from bot.replies import respond
from mentorship.actors import MAX_ID
from mentorship.errors import NotFound, Subject
from mentorship.mentors import profiles, responsiveness
from wording.translation import _, ngettext, pgettext, sentences


def activity_question(guild_id: int, unanswered: int) -> Message:
    """Return the card that asks a mentor whether they still mentor."""
    return Message(
        _("Are you still mentoring?"),
        Card(
            title=_("Are you still mentoring?"),
            text=sentences(
                ngettext(
                    "Your last booking request expired without an answer, and the member who "
                    "sent it was refunded.",
                    "Your last {count} booking requests expired without an answer, and the "
                    "members who sent them were refunded.",
                    unanswered,
                ),
                _("If you're busy, pause your profile: nobody can book you until you resume."),
                _("If the next request expires too, you're paused automatically."),
            ),
            accent=Accent.WAITING,
        ),
        action_rows(StillActiveButton(guild_id), PauseMentoringButton(guild_id)),
    )


def paused_card(guild_id: int, unanswered: int) -> Message:
    """Return the card for a mentor who was paused."""
    return Message(
        _("Your mentor profile is paused."),
        Card(
            title=_("Your mentor profile is paused"),
            text=sentences(
                ngettext(
                    "{count} booking request expired without an answer, so members can't book "
                    "you for now.",
                    "{count} booking requests in a row expired without an answer, so members "
                    "can't book you for now.",
                    unanswered,
                ),
                _("Your profile, your hours and your booked sessions are unchanged."),
                _("Resume whenever you have time again."),
            ),
            accent=Accent.OVER,
        ),
        action_rows(ResumeButton(guild_id)),
    )


class _ActivityButton(PersistentButton, template="unused"):
    """A button of a mentor in the guild that its custom id names."""

    key, style = "", discord.ButtonStyle.secondary

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(template=rf"activity:(?P<guild>\d{{1,20}}):{cls.key}")

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"activity:{guild_id}:{self.key}", self.label(), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    def label(self) -> str:
        """Return what is on the button."""
        raise NotImplementedError

    async def on_press(self, interaction: Interaction) -> None:
        if self.guild_id > MAX_ID:
            raise NotFound(Subject.GUILD)
        await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        raise NotImplementedError


class StillActiveButton(_ActivityButton):
    """Says that the mentor still mentors. One who is paused is offered to resume."""

    key, style = "here", discord.ButtonStyle.success

    def label(self) -> str:
        return _("I'm still mentoring")

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction, self.guild_id)
        if await interaction.client.db.run(responsiveness.confirm_active, actor):
            await respond(interaction, _("Thanks! Members can keep booking you."))
        else:
            await respond(
                interaction,
                _("Thanks! Your profile is paused, so members can't book you yet."),
                actions=action_rows(ResumeButton(self.guild_id)),
            )


class PauseMentoringButton(_ActivityButton):
    """Pauses the mentor's profile until they resume."""

    key = "pause"

    def label(self) -> str:
        return pgettext("button", "Pause")

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction, self.guild_id)
        await interaction.client.db.run(profiles.pause, actor)
        await respond(
            interaction,
            _("Your profile is paused. Booked sessions are unaffected."),
            actions=action_rows(ResumeButton(self.guild_id)),
        )


class ResumeButton(_ActivityButton):
    """Takes bookings again."""

    key, style = "resume", discord.ButtonStyle.success

    def label(self) -> str:
        return pgettext("button", "Resume")

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(profiles.resume, actor_of(interaction, self.guild_id))
        await respond(interaction, _("Welcome back. Members can book you again."))
