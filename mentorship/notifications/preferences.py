"""What a member wants to be told, and when not."""

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
from mentorship.notifications import reminders
from mentorship.notifications.catalogue import MUTABLE, NotificationKind
from mentorship.notifications.writing import WAITING
from mentorship.time.quiet_hours import MINUTES_A_DAY, QuietHours
from storage import Transaction
from storage.tables import Member, Notification

MAX_REMINDERS = 5
MAX_LEAD_TIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody has chosen in a guild.

    `reminders` are minutes before a start, the longest first, None while they are the guild's
    (`guild_reminders`). `zone` is whose clock the quiet hours follow, None if it isn't known.
    """

    muted: frozenset[NotificationKind]
    reminders: tuple[int, ...] | None
    guild_reminders: tuple[int, ...]
    quiet: QuietHours | None
    zone: str | None

    @property
    def leads(self) -> tuple[int, ...]:
        """The reminders that the person gets."""
        return self.guild_reminders if self.reminders is None else self.reminders


async def load(tx: Transaction, actor: Actor) -> Preferences:
    """What the actor has chosen; the defaults for whoever has chosen nothing yet."""
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
    of_guild = _in_order(guild.reminders)
    if row is None:
        return Preferences(frozenset(), None, of_guild, None, None)
    return Preferences(
        muted=frozenset(kind for kind in MUTABLE if kind in row.muted_notices),
        reminders=None if row.reminders is None else _in_order(row.reminders),
        guild_reminders=of_guild,
        quiet=None if row.quiet_from is None else QuietHours(row.quiet_from, row.quiet_until),
        zone=row.timezone,
    )


async def set_muted_kinds(
    tx: Transaction, actor: Actor, kinds: Iterable[NotificationKind]
) -> Preferences:
    """Switch these kinds off and all others on; it holds for what waits already.

    Raises `InvalidField` for a kind that everybody must hear of.
    """
    chosen = set(kinds)
    if not chosen <= set(MUTABLE):
        raise InvalidField(Field.MUTED, Problem.NOT_AN_OPTION)
    await _set(tx, actor, muted_notices=sorted(chosen))
    return await load(tx, actor)


async def set_reminders(tx: Transaction, actor: Actor, leads: Iterable[int] | None) -> Preferences:
    """Be reminded so many minutes before a start; None for what the guild has set, nothing for
    never. Sessions that are booked already follow.

    Raises `InvalidField`.
    """
    chosen = None if leads is None else _in_order(leads)
    if chosen is not None:
        if len(chosen) > MAX_REMINDERS:
            raise InvalidField(Field.MEMBER_REMINDERS, Problem.TOO_MANY, most=MAX_REMINDERS)
        longest = MAX_LEAD_TIME // timedelta(minutes=1)
        if any(not 1 <= lead <= longest for lead in chosen):
            raise InvalidField(Field.MEMBER_REMINDERS, Problem.OUT_OF_RANGE, least=1, most=longest)
    await _set(tx, actor, reminders=None if chosen is None else list(chosen))
    preferences = await load(tx, actor)
    await reminders.replace_reminders(tx, actor.guild, actor.user_id, preferences.leads)
    return preferences


async def set_quiet_hours(tx: Transaction, actor: Actor, hours: QuietHours | None) -> Preferences:
    """Hold what can wait during these hours of each day on the actor's own clock; None for never.

    What is held already is looked at anew. Raises `TimezoneNeeded`, `InvalidField`.
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


def _in_order(leads: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(leads), reverse=True))
