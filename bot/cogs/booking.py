"""`/book` and the suggestions for its options."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.readers import reader_of
from bot.views.booking.flow import start_booking
from bot.views.booking.mentor_options import find_mentor, load_mentor_options
from mentorship.availability import slot_queries
from mentorship.errors import MentorshipError
from mentorship.members import members
from mentorship.sessions.booking import LONGEST_TOPIC
from wording import times
from wording.durations import session_length

Choice = app_commands.Choice[str]


class Booking(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Book a session with a mentor")
    @app_commands.describe(
        mentor="A name or what you want to learn",
        when="An open slot, or a time such as tomorrow evening",
        minutes="Length of the session in minutes",
        topic="What you'd like to talk about; your mentor reads it",
    )
    async def book(
        self,
        interaction: Interaction,
        mentor: str | None = None,
        when: str | None = None,
        minutes: app_commands.Range[int, 15, 240] | None = None,
        topic: app_commands.Range[str, 0, LONGEST_TOPIC] = "",
    ) -> None:
        await start_booking(interaction, mentor=mentor, when=when, minutes=minutes, topic=topic)

    @book.autocomplete("mentor")
    async def mentors(self, interaction: Interaction, typed: str) -> list[Choice]:
        options = await load_mentor_options(interaction, typed)
        return [
            app_commands.Choice(name=name, value=str(user_id)) for user_id, name in options.items()
        ]

    @book.autocomplete("when")
    async def slots(self, interaction: Interaction, typed: str) -> list[Choice]:
        actor = actor_of(interaction)
        mentor = await find_mentor(interaction, getattr(interaction.namespace, "mentor", None))
        if mentor is None:
            return []
        minutes = getattr(interaction.namespace, "minutes", None)
        try:
            slots = await self.bot.db.read(
                slot_queries.suggest_slots,
                actor,
                mentor,
                minutes=minutes if isinstance(minutes, int) else None,
                text=typed,
            )
        except MentorshipError:
            # Suggestions have no room for an explanation; the command itself gives it.
            return []
        zone = await self.bot.db.read(members.load_timezone, actor, "UTC")
        reader = reader_of(interaction)
        return [
            app_commands.Choice(
                name=times.describe_compact(start, zone, reader), value=str(int(start.timestamp()))
            )
            for start in slots.starts
        ]

    @book.autocomplete("minutes")
    async def lengths(
        self, interaction: Interaction, _typed: str
    ) -> list[app_commands.Choice[int]]:
        mentor = await find_mentor(interaction, getattr(interaction.namespace, "mentor", None))
        if mentor is None:
            return []
        try:
            durations = await self.bot.db.read(
                slot_queries.load_durations, actor_of(interaction), mentor
            )
        except MentorshipError:
            return []
        reader = reader_of(interaction)
        return [
            app_commands.Choice(name=session_length(length, reader), value=length)
            for length in durations
        ]
