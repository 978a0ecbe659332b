"""A mentor's availability as one thing: looked at with its version, and replaced at once.

Discord's panel changes one piece at a time (`mentorship.availability.editor`); a page with a form
sends all of it, and says which version the form was filled from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.availability.editor import Timetable
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.errors import ChangedMeanwhile
from storage import Transaction
from storage.tables import DateOverrideRow, MentorProfile, WeeklyHoursRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What availability is to become; None and empty leave a part as it is.

    `zone` is a canonical IANA name: the clock of `weekly` and `overrides`. `limits` are those of
    `timetable.set_limits`, by name.
    """

    zone: str | None = None
    weekly: tuple[WeeklyHours, ...] | None = None
    overrides: tuple[DateOverride, ...] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Availability:
    """A timetable, and the version that says whether it has changed since."""

    timetable: Timetable
    version: int


async def look(tx: Transaction, actor: Actor) -> Availability:
    """The actor's availability. Raises what `timetable.look` does."""
    found = await editor.look(tx, actor)
    _, version = await _profile(tx, actor)
    return Availability(found, version)


async def replace(
    tx: Transaction, actor: Actor, wanted: Wanted, version: int | None = None
) -> Availability:
    """Let the actor's availability be as wanted; with a version, only if it still is that one.

    What is booked stands. Raises `ChangedMeanwhile`, `InvalidField` and what `timetable.look` does.
    """
    await editor.look(tx, actor)  # whoever is no mentor hears that first
    profile_id, current = await _profile(tx, actor)
    if version not in (None, current):
        raise ChangedMeanwhile()
    if wanted.limits:
        await editor.set_limits(tx, actor, **wanted.limits)
    if wanted.weekly is not None:
        await _write_week(tx, profile_id, editor.joined(wanted.weekly))
    if wanted.overrides is not None:
        await _write_dates(tx, profile_id, wanted.overrides)
    changes: dict[str, Any] = {"availability_version": current + 1}
    if wanted.zone is not None:
        changes["timezone"] = wanted.zone
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == profile_id).values(**changes)
    )
    return await look(tx, actor)


async def _profile(tx: Transaction, actor: Actor) -> tuple[int, int]:
    """The id of the actor's profile, and the version of its availability."""
    row = (
        await tx.connection.execute(
            select(MentorProfile.id, MentorProfile.availability_version).where(
                MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
            )
        )
    ).one()
    return row.id, row.availability_version


async def _write_week(tx: Transaction, profile_id: int, weekly: Sequence[WeeklyHours]) -> None:
    await tx.connection.execute(
        delete(WeeklyHoursRow).where(WeeklyHoursRow.profile_id == profile_id)
    )
    rows = [
        {
            "profile_id": profile_id,
            "weekday": hours.weekday,
            "start_minute": hours.start,
            "end_minute": hours.end,
        }
        for hours in weekly
    ]
    if rows:
        await tx.connection.execute(insert(WeeklyHoursRow), rows)


async def _write_dates(tx: Transaction, profile_id: int, overrides: Sequence[DateOverride]) -> None:
    await tx.connection.execute(
        delete(DateOverrideRow).where(DateOverrideRow.profile_id == profile_id)
    )
    rows = [
        {"profile_id": profile_id, "date": each.date, "start_minute": start, "end_minute": end}
        for each in overrides
        for start, end in (each.hours or ((None, None),))
    ]
    if rows:
        await tx.connection.execute(insert(DateOverrideRow), rows)
