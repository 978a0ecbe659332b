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


def activity_question(guild_id: int, unanswered: int) -> Message:
    """Return the card that asks a mentor whether they still mentor."""
    return Message(
        "Are you still mentoring?",
        Card(
            title="Are you still mentoring?",
            text=f"Your last {unanswered} booking requests expired without an answer, and "
            "the members who sent them were refunded. If you're busy, pause your profile: nobody "
            "can book you until you resume. If the next request expires too, you're paused "
            "automatically.",
            accent=Accent.WAITING,
        ),
        action_rows(StillActiveButton(guild_id), PauseMentoringButton(guild_id)),
    )


def paused_card(guild_id: int, unanswered: int) -> Message:
    """Return the card for a mentor who was paused."""
    return Message(
        "Your mentor profile is paused.",
        Card(
            title="Your mentor profile is paused",
            text=f"{unanswered} booking requests in a row expired without an answer, so "
            "members can't book you for now. Your profile, your hours and your booked sessions "
            "are unchanged. Resume whenever you have time again.",
            accent=Accent.OVER,
        ),
        action_rows(ResumeButton(guild_id)),
    )


class _ActivityButton(PersistentButton, template="unused"):
    """A button of a mentor in the guild that its custom id names."""

    key, label, style = "", "", discord.ButtonStyle.secondary

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(template=rf"activity:(?P<guild>\d{{1,20}}):{cls.key}")

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        super().__init__(f"activity:{guild_id}:{self.key}", self.label, self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]))

    async def on_press(self, interaction: Interaction) -> None:
        if self.guild_id > MAX_ID:
            raise NotFound(Subject.GUILD)
        await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        raise NotImplementedError


class StillActiveButton(_ActivityButton):
    """Says that the mentor still mentors. One who is paused is offered to resume."""

    key, label, style = "here", "I'm still mentoring", discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction, self.guild_id)
        if await interaction.client.db.run(responsiveness.confirm_active, actor):
            await respond(interaction, "Thanks! Members can keep booking you.")
        else:
            await respond(
                interaction,
                "Thanks! Your profile is paused, so members can't book you yet.",
                actions=action_rows(ResumeButton(self.guild_id)),
            )


class PauseMentoringButton(_ActivityButton):
    """Pauses the mentor's profile until they resume."""

    key, label = "pause", "Pause"

    async def perform(self, interaction: Interaction) -> None:
        actor = actor_of(interaction, self.guild_id)
        await interaction.client.db.run(profiles.pause, actor)
        await respond(
            interaction,
            "Your profile is paused. Booked sessions are unaffected.",
            actions=action_rows(ResumeButton(self.guild_id)),
        )


class ResumeButton(_ActivityButton):
    """Takes bookings again."""

    key, label, style = "resume", "Resume", discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(profiles.resume, actor_of(interaction, self.guild_id))
        await respond(interaction, "Welcome back. Members can book you again.")
