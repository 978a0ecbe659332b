"""`/sessions`, `/cancel`, `/reschedule` and `/rate`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.autocomplete import require_id
from bot.formatting import shortened, stars
from bot.interaction import BotClient, Interaction
from bot.replies import respond
from bot.views.sessions.cancellation import show_cancellation_preview
from bot.views.sessions.list_navigation import ListPosition
from bot.views.sessions.rating import rating_card
from bot.views.sessions.reschedule import show_days, show_proposal
from bot.views.sessions.session_list import show_list
from mentorship.errors import Field, MentorshipError, UnreadableTime
from mentorship.members import members
from mentorship.sessions import rescheduling, reviews, session_views
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.time.natural_time import parser
from wording import times
from wording.reader import ENGLISH

Choice = app_commands.Choice[str]


class Sessions(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(name="sessions", description="Your sessions, upcoming and past")
    async def list_(self, interaction: Interaction) -> None:
        await show_list(interaction, ListPosition())

    @app_commands.command(description="Cancel one of your sessions; you see the refund first")
    @app_commands.describe(session="Which one")
    async def cancel(self, interaction: Interaction, session: str) -> None:
        await show_cancellation_preview(interaction, _id(session))

    @cancel.autocomplete("session")
    async def suggest_to_cancel(self, interaction: Interaction, typed: str) -> list[Choice]:
        actor = actor_of(interaction)
        sessions = await self.bot.db.read(session_views.list_actionable, actor, Action.CANCEL)
        return await self._choices(interaction, sessions, typed)

    @app_commands.command(description="Ask for another time for one of your sessions")
    @app_commands.describe(session="Which one", when="One of the times that suit you both")
    async def reschedule(
        self, interaction: Interaction, session: str, when: str | None = None
    ) -> None:
        if when is not None and re.fullmatch(r"\d{9,11}", when):
            await show_proposal(interaction, _id(session), datetime.fromtimestamp(int(when), UTC))
            return
        # Without a chosen suggestion Discord sends the typed text.
        start = await self._typed_start(interaction, when)
        if start is not None:
            await show_proposal(interaction, _id(session), start)
        else:
            await show_days(interaction, _id(session))

    async def _typed_start(self, interaction: Interaction, text: str | None) -> datetime | None:
        """Return the start that a text names, None if it names no exact one."""
        actor = actor_of(interaction)
        zone = await self.bot.db.read(members.load_timezone, actor, "UTC")
        try:
            time = parser.parse(text or "", zone=zone, now=self.bot.db.now(), locale=actor.language)
        except UnreadableTime:
            return None
        return time.span.start if time.exact else None

    @reschedule.autocomplete("session")
    async def suggest_to_reschedule(self, interaction: Interaction, typed: str) -> list[Choice]:
        actor = actor_of(interaction)
        sessions = await self.bot.db.read(session_views.list_actionable, actor, Action.PROPOSE)
        return await self._choices(interaction, sessions, typed)

    @reschedule.autocomplete("when")
    async def suggest_times(self, interaction: Interaction, typed: str) -> list[Choice]:
        actor = actor_of(interaction)
        session = getattr(interaction.namespace, "session", None) or ""
        try:
            alternatives = await self.bot.db.read(
                rescheduling.list_options, actor, _id(session), text=typed
            )
        except MentorshipError:
            # Suggestions have no room for an explanation; the command itself gives it.
            return []
        zone = await self.bot.db.read(members.load_timezone, actor, alternatives.session.timezone)
        return [
            app_commands.Choice(
                name=times.describe_compact(start, zone, ENGLISH), value=str(int(start.timestamp()))
            )
            for start in alternatives.starts[:25]
        ]

    @app_commands.command(description="Rate a session that you had with a mentor")
    @app_commands.describe(session="Which one", choice="How good it was")
    @app_commands.rename(choice="stars")
    @app_commands.choices(
        choice=[app_commands.Choice(name=stars(count), value=count) for count in range(5, 0, -1)]
    )
    async def rate(
        self, interaction: Interaction, session: str, choice: app_commands.Choice[int]
    ) -> None:
        rating = await self.bot.db.run(
            reviews.rate, actor_of(interaction), _id(session), choice.value
        )
        embed, view = rating_card(rating.session, rating.text)
        await respond(interaction, embed=embed, view=view)

    @rate.autocomplete("session")
    async def suggest_to_rate(self, interaction: Interaction, typed: str) -> list[Choice]:
        sessions = await self.bot.db.read(session_views.list_rateable, actor_of(interaction))
        return await self._choices(interaction, sessions, typed)

    async def _choices(
        self, interaction: discord.Interaction, sessions: Iterable[SessionView], typed: str
    ) -> list[Choice]:
        actor = actor_of(interaction)
        zone = await self.bot.db.read(members.load_timezone, actor, "UTC")
        names = {
            session.id: shortened(
                f"{session.other(actor.user_id).name} · "
                f"{times.describe_compact(session.starts_at, zone, ENGLISH)}",
                100,
            )
            for session in sessions
        }
        return [
            app_commands.Choice(name=name, value=str(session_id))
            for session_id, name in names.items()
            if typed.casefold() in name.casefold()
        ][:25]


def _id(value: str) -> int:
    """Return the id of the chosen session. Raises `InvalidField` for typed text."""
    return require_id(value, Field.SESSION)
