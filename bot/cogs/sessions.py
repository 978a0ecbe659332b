"""`/sessions`, `/cancel`, `/reschedule`, `/rate` and `/mentorship`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.autocomplete import chosen_by_name, parse_id
from bot.formatting import shortened, stars
from bot.interaction import BotClient, Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.mentorships.choosing import companion_choices, find_companion, read_companion
from bot.views.mentorships.page import show_mentorship
from bot.views.sessions.cancellation import show_cancellation_preview
from bot.views.sessions.list_navigation import ListPosition
from bot.views.sessions.rating import rating_card
from bot.views.sessions.reschedule import show_days, show_proposal, show_typed_text
from bot.views.sessions.session_list import show_list
from mentorship.actors import Actor
from mentorship.errors import Field, MentorshipError
from mentorship.members import members
from mentorship.sessions import rescheduling, session_views
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from storage import Database
from wording import times
from wording.names import tell_apart
from wording.reader import EVERY_HABIT

Choice = app_commands.Choice[str]
_Loader: TypeAlias = Callable[[Database, Actor], Awaitable[Sequence[SessionView]]]
"""Loads the sessions that an option offers."""


async def _load_cancellable(db: Database, actor: Actor) -> Sequence[SessionView]:
    return await db.read(session_views.list_actionable, actor, Action.CANCEL)


async def _load_reschedulable(db: Database, actor: Actor) -> Sequence[SessionView]:
    return await db.read(session_views.list_actionable, actor, Action.PROPOSE)


async def _load_rateable(db: Database, actor: Actor) -> Sequence[SessionView]:
    return await db.read(session_views.list_rateable, actor)


class Sessions(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(name="sessions", description="Your sessions, upcoming and past")
    async def list_(self, interaction: Interaction) -> None:
        await show_list(interaction, ListPosition())

    @app_commands.command(description="Cancel one of your sessions; you see the refund first")
    @app_commands.describe(session="Which one")
    async def cancel(self, interaction: Interaction, session: str) -> None:
        session_id = await self._chosen(interaction, session, _load_cancellable)
        await show_cancellation_preview(interaction, session_id)

    @cancel.autocomplete("session")
    async def suggest_to_cancel(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._choices(interaction, _load_cancellable, typed)

    @app_commands.command(description="Ask for another time for one of your sessions")
    @app_commands.describe(session="Which one", when="One of the times that suit you both")
    async def reschedule(
        self, interaction: Interaction, session: str, when: str | None = None
    ) -> None:
        session_id = await self._chosen(interaction, session, _load_reschedulable)
        if when is not None and re.fullmatch(r"\d{9,11}", when):
            await show_proposal(interaction, session_id, datetime.fromtimestamp(int(when), UTC))
            return
        # Without a chosen suggestion Discord sends the typed text.
        if when is not None:
            await show_typed_text(interaction, session_id, when)
        else:
            await show_days(interaction, session_id)

    @reschedule.autocomplete("session")
    async def suggest_to_reschedule(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._choices(interaction, _load_reschedulable, typed)

    @reschedule.autocomplete("when")
    async def suggest_times(self, interaction: Interaction, typed: str) -> list[Choice]:
        actor = actor_of(interaction)
        session = getattr(interaction.namespace, "session", None) or ""
        try:
            session_id = await self._chosen(interaction, session, _load_reschedulable)
            alternatives = await self.bot.db.read(
                rescheduling.list_options, actor, session_id, text=typed
            )
        except MentorshipError:
            # Suggestions have no room for an explanation; the command itself gives it.
            return []
        zone = await self.bot.db.read(members.load_timezone, actor, alternatives.session.timezone)
        return [
            app_commands.Choice(
                name=times.describe_compact(start, zone, reader_of(interaction)),
                value=str(int(start.timestamp())),
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
        session_id = await self._chosen(interaction, session, _load_rateable)
        rating = await self.bot.db.run(
            reviews.rate, actor_of(interaction), session_id, choice.value
        )
        card, actions = rating_card(rating.session, rating.text)
        await respond(interaction, card=card, actions=actions)

    @rate.autocomplete("session")
    async def suggest_to_rate(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await self._choices(interaction, _load_rateable, typed)

    @app_commands.command(description="Goals, notes and sessions that you share with someone")
    @app_commands.rename(person="with")
    @app_commands.describe(person="Your mentor or mentee")
    async def mentorship(self, interaction: Interaction, person: str) -> None:
        chosen = read_companion(person)
        if chosen is None:
            chosen = await find_companion(interaction, person)
        await show_mentorship(interaction, *chosen)

    @mentorship.autocomplete("person")
    async def suggest_companions(self, interaction: Interaction, typed: str) -> list[Choice]:
        return await companion_choices(interaction, typed)

    async def _choices(
        self, interaction: discord.Interaction, load: _Loader, typed: str
    ) -> list[Choice]:
        sessions = await self._load(interaction, load)
        return [
            app_commands.Choice(name=labels[0], value=str(session_id))
            for session_id, labels in sessions.items()
            if any(typed.casefold() in label.casefold() for label in labels)
        ][:25]

    async def _chosen(self, interaction: discord.Interaction, value: str, load: _Loader) -> int:
        """Return the id of the chosen session, also if a label of it was typed or pasted.

        Raises `InvalidField` for other text.
        """
        session_id = parse_id(value)
        if session_id is not None:
            return session_id
        sessions = await self._load(interaction, load)
        return chosen_by_name(value, sessions, Field.SESSION)

    async def _load(
        self, interaction: discord.Interaction, load: _Loader
    ) -> dict[int, tuple[str, ...]]:
        """Return the labels of each session by its id: the reader's, then those of other habits.

        People may paste a label that somebody with other habits sees, or that they saw before they
        changed their language.
        """
        actor = actor_of(interaction)
        sessions = await load(self.bot.db, actor)
        zone = await self.bot.db.read(members.load_timezone, actor, "UTC")
        people = (session.other(actor.user_id) for session in sessions)
        names = tell_apart({person.user_id: shortened(person.name, 40) for person in people})
        readers = (reader_of(interaction), *EVERY_HABIT)
        return {
            session.id: tuple(
                f"{names[session.other(actor.user_id).user_id]} · "
                f"{times.describe_compact(session.starts_at, zone, reader)}"
                for reader in readers
            )
            for session in sessions
        }
