"""Tell members who wait for a mentor's slot, one after the other, when one is open.

Mentors with alerts are looked at again and again, in turn (`mentor_profiles.slot_alerts_at`):
whatever opens a slot, from a cancellation to the end of a pause or the passing of time, is noticed
at the next look. A mentor's line is walked through in the order of asking. The first member whom a
slot suits is told, and the alert is deleted; the next one is told `TELL_INTERVAL` later at the
earliest, so that the first has time to book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, Select, bindparam, delete, select

from mentorship import faults
from mentorship.availability import calendar_statements, mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar, default_duration
from mentorship.availability.slot_alerts.open_slots import (
    load_calendars,
    slots_in_booking_window,
    suitable_slots,
)
from mentorship.availability.slot_alerts.wishes import DayPart, SlotWish, day_part
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.members import blocks
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.publishing import publish
from mentorship.time.intervals import Span
from mentorship.time.timezones import ZoneName
from storage import Transaction
from storage.queries import instant_in_json, update_by_id
from storage.tables import Member, MentorProfile, SlotAlert

TELL_INTERVAL = timedelta(minutes=15)
"""The least time between two members who are told of a mentor's slots."""

LOOK_INTERVAL = timedelta(minutes=3)
"""How long after a look that told nobody a mentor is looked at again."""

REST_INTERVAL = timedelta(hours=1)
"""The same for a mentor who is suspended or has stopped."""

MENTORS_AT_ONCE = 10
"""Mentors whom one transaction looks at."""

ALERTS_AT_ONCE = 100
"""Members of a mentor's line whom one look considers. The next look continues behind them."""

_DUE = (
    select(
        MentorProfile.id,
        MentorProfile.guild_id,
        MentorProfile.user_id,
        MentorProfile.slot_alerts_after,
    )
    .where(
        MentorProfile.slot_alerts_at <= bindparam("now"),
        ~faults.awaits_retry(FaultKind.SLOT_ALERT, MentorProfile.id.expression, bindparam("now")),
        MentorProfile.guild_id.not_in(BEING_PURGED),
    )
    .order_by(MentorProfile.slot_alerts_at)
    .limit(bindparam("limit", type_=Integer))
    # Several processes look at different mentors, and tell nobody twice.
    .with_for_update(key_share=True, skip_locked=True)
)
_DELETE = delete(SlotAlert).where(SlotAlert.id == bindparam("alert"))
_DELETE_MANY = delete(SlotAlert).where(SlotAlert.id.in_(bindparam("alerts", expanding=True)))
_SCHEDULE = update_by_id(MentorProfile, "slot_alerts_at", "slot_alerts_after")


@cache
def _select_line(dialect: str) -> Select[*tuple[Any, ...]]:
    """Select the next alerts of a mentor's line, with what is known of their members."""
    user_id = SlotAlert.user_id.expression
    return (
        select(
            SlotAlert.id,
            SlotAlert.user_id,
            SlotAlert.weekdays,
            SlotAlert.part_of_day,
            Member.timezone,
            Member.left_at,
            Member.screening_pending,
            Member.muted_notices,
            blocks.blocked_with(
                SlotAlert.guild_id.expression, user_id, bindparam("mentor", type_=BigInteger)
            ).label("is_blocked"),
            calendar_statements.commitments_column(dialect, user_id).label("busy"),
        )
        .join(
            Member, (Member.guild_id == SlotAlert.guild_id) & (Member.user_id == SlotAlert.user_id)
        )
        .where(
            SlotAlert.profile_id == bindparam("profile"),
            SlotAlert.id > bindparam("after", type_=BigInteger),
        )
        .order_by(SlotAlert.id)
        .limit(ALERTS_AT_ONCE)
    )


async def tell_due(tx: Transaction, limit: int = MENTORS_AT_ONCE) -> int:
    """Look at up to `limit` mentors who are due, and tell at most one member of each line.

    Returns how many mentors that were; 0 when no look is due. One that can't be looked at is
    recorded as a fault, and tried again later.
    """
    rows = (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all()
    calendars = await load_calendars(tx, [row.id for row in rows]) if rows else {}

    async def look(profile: Row[*tuple[Any, ...]]) -> int:
        profile_id: int = profile.id
        await _look(tx, profile, calendars.get(profile_id))
        return profile_id

    outcome = await faults.isolate(tx, FaultKind.SLOT_ALERT, rows, look, lambda row: row.id)
    await faults.clear(tx, FaultKind.SLOT_ALERT, outcome.results)
    return len(rows)


async def _look(
    tx: Transaction, profile: Row[*tuple[Any, ...]], calendar: MentorCalendar | None
) -> None:
    """Look at one mentor's slots and the next part of their line, and schedule the next look."""
    after = profile.slot_alerts_after or 0
    line = await _load_line(tx, profile, after)
    if not line:
        # A line that was walked through to its end begins again; an empty one needs no look.
        await _schedule(tx, profile.id, tx.now + LOOK_INTERVAL if after else None)
        return
    if calendar is None:
        await _schedule(tx, profile.id, tx.now + REST_INTERVAL)
        return
    gone = [alert.id for alert in line if alert.left_at is not None]
    if gone:
        await tx.connection.execute(_DELETE_MANY, {"alerts": gone})
    offer = _Offer(calendar, tx.now)
    for alert in line if offer else ():
        if _can_be_told(alert) and (starts := offer.starts_for(alert)):
            await _tell(tx, profile, alert, calendar, starts)
            await _schedule(tx, profile.id, tx.now + TELL_INTERVAL)
            return
    is_end = len(line) < ALERTS_AT_ONCE or not offer
    if is_end:
        await _schedule(tx, profile.id, tx.now + LOOK_INTERVAL)
    else:
        await _schedule(tx, profile.id, tx.now, line[-1].id)


async def _load_line(
    tx: Transaction, profile: Row[*tuple[Any, ...]], after: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    params = {
        "profile": profile.id,
        "mentor": profile.user_id,
        "after": after,
        **calendar_statements.commitment_params(tx.now, mentor_calendar.NO_ID),
    }
    return (await tx.connection.execute(_select_line(tx.dialect), params)).all()


async def _schedule(
    tx: Transaction, profile_id: int, at: datetime | None, after: int | None = None
) -> None:
    values = {"row_id": profile_id, "slot_alerts_at": at, "slot_alerts_after": after}
    await tx.connection.execute(_SCHEDULE, values)


def _can_be_told(alert: Row[*tuple[Any, ...]]) -> bool:
    """Return whether the member could book the mentor, and reads such notifications.

    Otherwise they keep their place until they can.
    """
    return (
        alert.left_at is None
        and not alert.screening_pending
        and not alert.is_blocked
        and NotificationKind.SLOT_OPENED not in (alert.muted_notices or ())
    )


@dataclass(slots=True)
class _Offer:
    """The slots of a mentor at one look. It is empty if nobody can book any."""

    calendar: MentorCalendar
    now: datetime
    _starts: tuple[datetime, ...] = field(init=False)
    _day_parts: dict[ZoneName, frozenset[DayPart]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        durations = self.calendar.durations
        self._starts = (
            ()
            if self.calendar.paused
            else tuple(
                start
                for minutes in {default_duration(durations), min(durations)}
                for start in slots_in_booking_window(self.calendar, minutes, self.now)
            )
        )

    def __bool__(self) -> bool:
        return bool(self._starts)

    def starts_for(self, alert: Row[*tuple[Any, ...]]) -> tuple[datetime, ...]:
        """Return the first slots that suit a member, without those at which they are busy."""
        wish = SlotWish.of(alert.weekdays, alert.part_of_day)
        zone = alert.timezone or self.calendar.schedule.zone
        if zone not in self._day_parts:
            self._day_parts[zone] = frozenset(day_part(start, zone) for start in self._starts)
        # Most wishes that aren't met can be told without computing the member's slots.
        if not any(wish.suits(each) for each in self._day_parts[zone]):
            return ()
        busy = tuple(
            Span(instant_in_json(start), instant_in_json(end)) for start, end in alert.busy
        )
        return suitable_slots(self.calendar, wish, zone, busy, self.now)[1]


async def _tell(
    tx: Transaction,
    profile: Row[*tuple[Any, ...]],
    alert: Row[*tuple[Any, ...]],
    calendar: MentorCalendar,
    starts: Sequence[datetime],
) -> None:
    """Delete an alert, and write the notification to its member."""
    await tx.connection.execute(_DELETE, {"alert": alert.id})
    # The ids lead back to the same place in line if the slot is gone before the member is told.
    facts = {
        "profile": profile.id,
        "alert": alert.id,
        "weekdays": alert.weekdays,
        "part": alert.part_of_day,
    }
    event = Event(EventType.SLOT_ALERT_MET, profile.guild_id, subject_id=alert.user_id, facts=facts)
    notice = timedelta(minutes=calendar.limits.minimum_notice)
    await publish(tx, event, useful_until=starts[-1] - notice)
