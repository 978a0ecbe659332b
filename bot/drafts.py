"""What people typed into forms that could not be saved, so that a mistake does not cost the rest.

Kept in memory only: after a restart the form opens with the stored values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from discord import ui

from bot.lru_cache import LruCache


class SettingsDraft(NamedTuple):
    """A form of `/setup` that was rejected: its group, and the value of each field as sent."""

    group: str
    values: Mapping[str, Any]


class Drafts:
    """The latest rejected form of each person, by user id.

    `weekly_hours` holds the typed text; `profile_forms` opens the form again, filled in.
    """

    def __init__(self) -> None:
        self.weekly_hours: LruCache[str] = LruCache()
        self.settings: LruCache[SettingsDraft] = LruCache()
        self.profile_forms: LruCache[Callable[[], ui.Modal]] = LruCache()
