"""Drafts that people can continue: rejected forms, and steps that wait for a time zone.

Kept in memory only: after a restart a form opens with the stored values, and a waiting step is
forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

import discord
from discord import ui

from bot.lru_cache import LruCache
from mentorship.calendars.accounts import DiscoveredCalendar

T = TypeVar("T")

DRAFT_LIFETIME = timedelta(hours=1)
"""How long a rejected form can be corrected."""

WAITING_LIFETIME = timedelta(minutes=15)
"""How long a step waits for its person to choose a time zone."""


class FlowKey(NamedTuple):
    """Whose draft it is: of one person, in one guild, in one flow.

    `guild_id` is None in a direct message, where `flow` names what it is about.
    """

    guild_id: int | None
    user_id: int
    flow: Hashable

    @classmethod
    def of(cls, interaction: discord.Interaction, flow: Hashable) -> FlowKey:
        """Return the key of a flow for the interaction's user and place."""
        return cls(interaction.guild_id, interaction.user.id, flow)


class FlowStore(Generic[T]):
    """Holds a value for each flow, for `lifetime` after it was stored."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._values: LruCache[FlowKey, tuple[datetime, T]] = LruCache()

    def put(self, key: FlowKey, value: T, now: datetime) -> None:
        """Store a value, in place of an earlier one of the same flow."""
        self._values.put(key, (now + self._lifetime, value))

    def get(self, key: FlowKey, now: datetime) -> T | None:
        """Return the flow's value, or None if there is none or it has expired."""
        expires_at, value = self._values.get(key) or (now, None)
        return value if now < expires_at else None

    def pop(self, key: FlowKey, now: datetime) -> T | None:
        """Remove and return the flow's value, or None if there is none or it has expired."""
        value = self.get(key, now)
        self._values.pop(key)
        return value


@dataclass(frozen=True, slots=True)
class FoundCalendars:
    """The calendars of an account, from which its owner is to choose one.

    Nothing but memory has the password until then.
    """

    calendars: tuple[DiscoveredCalendar, ...] = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)


class Drafts:
    """The latest rejected form of each flow.

    `typed` holds the text of a form with one field. `settings` holds, by field, what a form's
    reader changed. `forms` opens a form again, filled in. `found_calendars` are those of an account
    of which one is to be connected. `answers` are those to a mentor's questions, by question id.
    """

    def __init__(self) -> None:
        self.typed: FlowStore[str] = FlowStore(DRAFT_LIFETIME)
        self.settings: FlowStore[Mapping[str, Any]] = FlowStore(DRAFT_LIFETIME)
        self.answers: FlowStore[Mapping[int, str]] = FlowStore(DRAFT_LIFETIME)
        self.found_calendars: FlowStore[FoundCalendars] = FlowStore(WAITING_LIFETIME)
        self.forms: FlowStore[Callable[[], ui.Modal]] = FlowStore(DRAFT_LIFETIME)
