"""Changes of single days and dates of a mentor's availability, several at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityChange, AvailabilityView
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from storage import Transaction

Hours = tuple[tuple[int, int], ...]
"""Ranges of minutes of the wall-clock day, as in `WeeklyHours`."""


@dataclass(frozen=True, slots=True)
class AvailabilityPatch:
    """The days and dates to change; the others stay as they are.

    `weekly` has the hours of weekdays (0 is Monday), `overrides` those of dates. No hours are a day
    off, and None lets the weekly hours apply again. `zone` and `limits` are as in
    `AvailabilityChange`.
    """

    zone: str | None = None
    weekly: Mapping[int, Hours] = field(default_factory=dict)
    overrides: Mapping[date, Hours | None] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


async def change(
    tx: Transaction,
    actor: Actor,
    patch: AvailabilityPatch,
    versions: Collection[int] | None = None,
) -> AvailabilityView:
    """Change parts of the actor's availability; with `versions`, only if it has one of them.

    Raises what `editor.load` and `editor.replace` do.
    """
    current = await editor.load(tx, actor)
    weekly = overrides = None
    if patch.weekly:
        weekly = (
            *(hours for hours in current.weekly if hours.weekday not in patch.weekly),
            *(
                WeeklyHours(weekday, start, end)
                for weekday, ranges in patch.weekly.items()
                for start, end in ranges
            ),
        )
    if patch.overrides:
        overrides = (
            *(day for day in current.overrides if day.date not in patch.overrides),
            *(
                DateOverride(day, hours)
                for day, hours in patch.overrides.items()
                if hours is not None
            ),
        )
    merged = AvailabilityChange(patch.zone, weekly, overrides, limits=patch.limits)
    return await editor.replace(tx, actor, merged, versions)
