"""A member's notification preferences in a guild: muted kinds, reminders, quiet hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, Problem
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.notifications import reminder_changes
from mentorship.notifications.catalogue import MUTABLE_KINDS, RETIRED_KINDS, NotificationKind
from mentorship.notifications.writing import WAITING
from mentorship.time.quiet_hours import MINUTES_A_DAY, QuietHours
from storage import Transaction
from storage.tables import Member, Notification

MAX_REMINDERS = 5
MAX_LEAD_TIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Preferences:
    """A member's preferences.

    `reminders` are minutes before a session's start, the longest first; None for those of the
    guild, `guild_reminders`. `zone` is the member's time zone, in which the quiet hours are; None
    if it isn't set.
    """

    muted: frozenset[NotificationKind]
    reminders: tuple[int, ...] | None
    guild_reminders: tuple[int, ...]
    quiet: QuietHours | None
    zone: str | None

    @property
    def leads(self) -> tuple[int, ...]:
        """Return the reminders that the member gets, in minutes before the start."""
        return self.guild_reminders if self.reminders is None else self.reminders


async def load(tx: Transaction, actor: Actor) -> Preferences:
    """Load the actor's preferences, or the defaults if they have set none."""
    guild = await guild_settings.load(tx, actor.guild)
    row = (
        await tx.connection.execute(
            select(
                Member.muted_notices,
                Member.reminders,
                Member.quiet_from,
                Member.quiet_until,
                Member.timezone,
            ).where(*_is_actor(actor))
        )
    ).one_or_none()
    guild_reminders = _sort_leads(guild.reminders)
    if row is None:
        return Preferences(frozenset(), None, guild_reminders, None, None)
    return Preferences(
        muted=frozenset(kind for kind in MUTABLE_KINDS if kind in row.muted_notices),
        reminders=None if row.reminders is None else _sort_leads(row.reminders),
        guild_reminders=guild_reminders,
        quiet=None if row.quiet_from is None else QuietHours(row.quiet_from, row.quiet_until),
        zone=row.timezone,
    )


async def set_muted_kinds(
    tx: Transaction, actor: Actor, kinds: Iterable[NotificationKind]
) -> Preferences:
    """Switch these kinds off and all others on. Waiting notifications follow.

    `RETIRED_KINDS` are ignored. Raises `InvalidField` for others that can't be switched off.
    """
    muted = set(kinds) - set(RETIRED_KINDS)
    if not muted <= set(MUTABLE_KINDS):
        raise InvalidField(Field.MUTED, Problem.NOT_AN_OPTION)
    await _set(tx, actor, muted_notices=sorted(muted))
    return await load(tx, actor)


async def change_muted_kinds(
    tx: Transaction,
    actor: Actor,
    mute: Iterable[NotificationKind],
    unmute: Iterable[NotificationKind],
) -> Preferences:
    """Switch some kinds off and others on, and leave the rest.

    Raises what `set_muted_kinds` does.
    """
    current = await load(tx, actor)
    return await set_muted_kinds(tx, actor, {*current.muted, *mute}.difference(unmute))


async def change_reminders(
    tx: Transaction, actor: Actor, add: Iterable[int], remove: Iterable[int]
) -> Preferences:
    """Add some reminders and remove others, in minutes before the start, and leave the rest.

    Raises what `set_reminders` does.
    """
    current = await load(tx, actor)
    return await set_reminders(tx, actor, {*current.leads, *add}.difference(remove))


async def set_reminders(tx: Transaction, actor: Actor, leads: Iterable[int] | None) -> Preferences:
    """Set the actor's reminders, in minutes before a session's start.

    None means the guild's, and an empty iterable means no reminders. Waiting reminders of booked
    sessions are replaced; if they are many, a job replaces most of them (`reminder_changes`).
    Raises `InvalidField` for too many, or one out of range.
    """
    reminder_leads = None if leads is None else _sort_leads(leads)
    if reminder_leads is not None:
        if len(reminder_leads) > MAX_REMINDERS:
            raise InvalidField(Field.MEMBER_REMINDERS, Problem.TOO_MANY, most=MAX_REMINDERS)
        longest = MAX_LEAD_TIME // timedelta(minutes=1)
        if any(not 1 <= lead <= longest for lead in reminder_leads):
            raise InvalidField(Field.MEMBER_REMINDERS, Problem.OUT_OF_RANGE, least=1, most=longest)
    await _set(tx, actor, reminders=None if reminder_leads is None else list(reminder_leads))
    await reminder_changes.replace_of_member(tx, actor.guild, actor.user_id)
    return await load(tx, actor)


async def set_quiet_hours(tx: Transaction, actor: Actor, hours: QuietHours | None) -> Preferences:
    """Set the hours of each day, in the actor's time zone, in which only urgent notifications come.

    None removes them. Notifications that quiet hours hold already follow. Raises `TimezoneNeeded`
    if the actor has no time zone, or `InvalidField` for an empty span or one outside of the day.
    """
    if hours is not None:
        (await members.load(tx, actor)).require_timezone()
        day = range(MINUTES_A_DAY)
        if hours.start not in day or hours.end not in day or hours.start == hours.end:
            raise InvalidField(Field.QUIET_HOURS, Problem.OUT_OF_RANGE)
    await _set(
        tx,
        actor,
        quiet_from=hours and hours.start,
        quiet_until=hours and hours.end,
    )
    await tx.connection.execute(
        update(Notification)
        .where(
            WAITING,
            Notification.user_id == actor.user_id,
            Notification.guild_id == actor.guild,
            Notification.attempts == 0,
            Notification.next_at > Notification.due_at,
        )
        .values(next_at=Notification.due_at)
    )
    tx.wake_delivery = True
    return await load(tx, actor)


async def _set(tx: Transaction, actor: Actor, **values: object) -> None:
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    await tx.connection.execute(update(Member).where(*_is_actor(actor)).values(**values))
    event = Event(
        EventType.PREFERENCES_CHANGED,
        actor.guild,
        actor.user_id,
        facts={"changed": sorted(values)},
    )
    await events.record(tx, event)


def _is_actor(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return Member.guild_id == actor.guild, Member.user_id == actor.user_id


def _sort_leads(leads: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(leads), reverse=True))
