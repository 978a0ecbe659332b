"""The type of interactions, and what the code that answers them may use of the bot.

Commands, views and notifications import this module instead of `bot.client`, which imports them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import discord
from discord.ext import commands

from bot.admission import Admission
from bot.drafts import Drafts, FlowStore
from bot.languages import LanguageChoices
from bot.pictures.renderer import PictureRenderer
from bot.telemetry import Observer
from mentorship.calendars.options import CalendarOptions
from mentorship.calendars.refreshing import BusyRefresher
from mentorship.delivery.turns import Turns
from mentorship.search.unmet import SearchMemory
from storage import Database


class BotClient(commands.Bot):
    """The bot as its commands, views and jobs see it; `bot.client.MentorBot` sets the attributes.

    `observe` is called with each interaction after it was answered. `waiting_for_timezone` holds
    what to do after somebody has chosen a time zone. `channel_creation_lock` keeps two presses of
    one button from creating a channel or role twice. `calendar_refresher` reads mentors' calendars
    before they are booked; None where nobody's can be read. `meeting_providers` are the
    places at meeting providers that can be chosen (`mentorship.meeting_places`). `search_memory`
    tells whose search has been counted today.
    """

    db: Database
    observe: Observer
    admission: Admission
    delivery_turns: dict[int, Turns]
    last_updated_guild: int
    last_compared_guild: int
    drafts: Drafts
    languages: LanguageChoices
    waiting_for_timezone: FlowStore[Continuation]
    channel_creation_lock: asyncio.Lock
    pictures: PictureRenderer
    calendar_refresher: BusyRefresher | None
    meeting_providers: tuple[str, ...]
    calendars: CalendarOptions
    search_memory: SearchMemory
    explanation_cooldown: commands.CooldownMapping[discord.Message]

    def handles_guild(self, guild_id: int) -> bool:
        """Return whether Discord sends this process the events of the guild."""
        raise NotImplementedError


Interaction: TypeAlias = discord.Interaction[BotClient]

Continuation: TypeAlias = Callable[[Interaction], Awaitable[None]]
"""A step to take with the latest interaction of a person."""
