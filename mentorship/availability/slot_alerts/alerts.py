"""A member's own slot alerts: ask to be told of a mentor's slot, list, and remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Row, Select, bindparam, delete, func, select

from mentorship import events, limits
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.slot_alerts.open_slots import schedule_look, suitable_slots
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.errors import Limit, NotFound, OwnSlots, SlotsOpen, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import blocks, members
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.time.timezones import ZoneName
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member, MentorProfile, SlotAlert

MAX_LISTED = 100
"""Alerts that are listed. A guild's limit may be higher."""


@dataclass(frozen=True, slots=True)
class SlotAlertView:
    """A member's alert for the slots of a mentor.

    `is_muted` tells whether the member has switched off the notification, so that they aren't told
    until they switch it on again.
    """

    mentor_id: int
    mentor_name: str
    wish: SlotWish
    created_at: datetime
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class AlertForm:
    """What a member is shown before they set an alert. `alert` is the one that they have.

    `zone` is the member's.
    """

    mentor_name: str
    zone: ZoneName
    alert: SlotAlertView | None


_OWN = (
    SlotAlert.guild_id == bindparam("guild"),
    SlotAlert.user_id == bindparam("user"),
)
_COUNT = select(func.count()).where(*_OWN)
_PROFILE = (
    select(MentorProfile.id)
    .where(
        MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("mentor")
    )
    .scalar_subquery()
)
_FIND = select(SlotAlert.id).where(*_OWN, SlotAlert.profile_id == bindparam("profile"))
_DELETE = delete(SlotAlert).where(*_OWN, SlotAlert.profile_id == _PROFILE)


def _select_views() -> Select[*tuple[Any, ...]]:
    return (
        select(
            SlotAlert.weekdays,
            SlotAlert.part_of_day,
            SlotAlert.created_at,
            MentorProfile.user_id.label("mentor_id"),
            Member.name.label("mentor_name"),
        )
        .join(MentorProfile, MentorProfile.id == SlotAlert.profile_id)
        .join(
            Member,
            (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
        )
        .where(*_OWN)
    )


_SELECT_OWN = _select_views().order_by(SlotAlert.id).limit(MAX_LISTED)
_SELECT_ONE = _select_views().where(SlotAlert.profile_id == _PROFILE)


@cache
def _upsert(dialect: str) -> Insert:
    statement = upsert(dialect, SlotAlert)
    return statement.on_conflict_do_update(
        index_elements=["profile_id", "user_id"],
        set_={
            "weekdays": statement.excluded.weekdays,
            "part_of_day": statement.excluded.part_of_day,
        },
    )


async def before_set(tx: Transaction, actor: Actor, mentor_id: int) -> AlertForm:
    """Load what the actor is shown before they set an alert. Writes nothing.

    Raises `TimezoneNeeded`, and what `set_alert` does of the mentor.
    """
    member = await members.load(tx, actor)
    member.require_screened()
    if mentor_id == actor.user_id:
        raise OwnSlots()
    profile = await mentor_calendar.load_approved_profile(tx, actor.guild, mentor_id)
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, mentor_id)
    alert = await find_own(tx, actor, mentor_id)
    return AlertForm(profile.name, member.require_timezone(), alert)


async def set_alert(tx: Transaction, actor: Actor, mentor_id: int, wish: SlotWish) -> SlotAlertView:
    """Have the actor told when a mentor has a slot that suits them.

    Asking again changes the wish and keeps the place in line. An alert is for slots that aren't
    there yet: if one is open already, `SlotsOpen` names it, and nothing is stored. Raises
    `NotAMember`, `ScreeningPending`, `OwnSlots`, `NotAMentor`, `NotAvailable`, `BlockedByYou`,
    `TimezoneNeeded` for weekdays or a part of the day without a clock, and `LimitReached`.
    """
    await members.require_member_of(tx, actor, actor.guild)
    guild = await guild_settings.load_or_create(tx, actor.guild)
    # The row is locked from here on, so that nobody gets more alerts than the limit by a race.
    member = await members.record(tx, actor)
    member.require_screened()
    if mentor_id == actor.user_id:
        raise OwnSlots()
    calendar, busy = await mentor_calendar.load_with_commitments(
        tx, actor.guild, mentor_id, actor.user_id
    )
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, mentor_id)
    if not wish.is_any:
        member.require_timezone()
    zone = member.timezone or calendar.schedule.zone
    minutes, starts = suitable_slots(calendar, wish, zone, busy, tx.now)
    if starts:
        raise SlotsOpen(calendar.name, minutes, starts)
    own = {"guild": actor.guild, "user": actor.user_id}
    existing = await tx.connection.scalar(_FIND, {**own, "profile": calendar.profile_id})
    if existing is None:
        limits.require(Limit.SLOT_ALERTS, guild, await count_own(tx, actor))
    alert = {
        "guild_id": actor.guild,
        "profile_id": calendar.profile_id,
        "user_id": actor.user_id,
        "weekdays": list(wish.weekdays),
        "part_of_day": wish.part,
        "created_at": tx.now,
    }
    await tx.connection.execute(_upsert(tx.dialect), alert)
    await schedule_look(tx, calendar.profile_id)
    facts = {"profile": calendar.profile_id, "weekdays": list(wish.weekdays), "part": wish.part}
    event = Event(EventType.SLOT_ALERT_SET, actor.guild, actor.user_id, facts=facts)
    await events.record(tx, event)
    view = await find_own(tx, actor, mentor_id)
    assert view is not None
    return view


async def remove(tx: Transaction, actor: Actor, mentor_id: int) -> None:
    """Remove the actor's alert for a mentor. Raises `NotFound` if there is none."""
    params = {"guild": actor.guild, "user": actor.user_id, "mentor": mentor_id}
    if not (await tx.connection.execute(_DELETE, params)).rowcount:
        raise NotFound(Subject.SLOT_ALERT)
    event = Event(EventType.SLOT_ALERT_REMOVED, actor.guild, actor.user_id)
    await events.record(tx, event)


async def count_own(tx: Transaction, actor: Actor) -> int:
    """Return for how many mentors' slots the actor waits."""
    own = {"guild": actor.guild, "user": actor.user_id}
    return await tx.connection.scalar(_COUNT, own) or 0


async def find_own(tx: Transaction, actor: Actor, mentor_id: int) -> SlotAlertView | None:
    """Find the actor's alert for a mentor, None if there is none."""
    params = {"guild": actor.guild, "user": actor.user_id, "mentor": mentor_id}
    row = (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()
    return None if row is None else _view(row, await _is_muted(tx, actor))


async def list_own(tx: Transaction, actor: Actor) -> tuple[SlotAlertView, ...]:
    """List the actor's alerts in the order of asking, at most `MAX_LISTED`. Raises `NotAMember`."""
    await members.require_present(tx, actor)
    params = {"guild": actor.guild, "user": actor.user_id}
    rows = (await tx.connection.execute(_SELECT_OWN, params)).all()
    is_muted = bool(rows) and await _is_muted(tx, actor)
    return tuple(_view(row, is_muted) for row in rows)


async def _is_muted(tx: Transaction, actor: Actor) -> bool:
    return NotificationKind.SLOT_OPENED in (await preferences.load(tx, actor)).muted


def _view(row: Row[*tuple[Any, ...]], is_muted: bool) -> SlotAlertView:
    wish = SlotWish.of(row.weekdays, row.part_of_day)
    return SlotAlertView(row.mentor_id, row.mentor_name, wish, row.created_at, is_muted)
