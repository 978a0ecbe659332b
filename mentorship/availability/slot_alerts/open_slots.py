"""The slots that a member with a wish can book with a mentor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar, default_duration
from mentorship.availability.slot_alerts.wishes import SlotWish, day_part
from mentorship.members import blocks
from mentorship.points import pricing
from mentorship.time.intervals import Span
from mentorship.time.timezones import ZoneName
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member, MentorProfile, SlotAlert

SLOTS_SHOWN = 3
"""Open slots that a message names."""


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """Open slots of a mentor that suit a member: starts of sessions of `minutes`, sorted.

    `price` is that of one session, in points. `zone` is the member's, or else the mentor's.
    """

    mentor_id: int
    mentor_name: str
    minutes: int
    price: int
    zone: ZoneName
    starts: tuple[datetime, ...]


def suitable_slots(
    calendar: MentorCalendar, wish: SlotWish, zone: ZoneName, busy: Sequence[Span], now: datetime
) -> tuple[int, tuple[datetime, ...]]:
    """Return the first slots that suit a member with the commitments `busy`, and their minutes.

    They are in the default duration, unless only shorter sessions fit. The whole booking window
    counts. There are none while the mentor is paused.
    """
    default = default_duration(calendar.durations)
    if not calendar.paused:
        for minutes in dict.fromkeys((default, min(calendar.durations))):
            starts = slots_in_booking_window(calendar, minutes, now, busy)
            suitable = [start for start in starts if wish.suits(day_part(start, zone))]
            if suitable:
                return minutes, tuple(suitable[:SLOTS_SHOWN])
    return default, ()


def slots_in_booking_window(
    calendar: MentorCalendar, minutes: int, now: datetime, busy: Sequence[Span] = ()
) -> list[datetime]:
    """Return all slots up to the end of the mentor's booking window, sorted."""
    window = (now, now + timedelta(days=calendar.limits.horizon_days, minutes=minutes))
    return calendar.slots(now, minutes, window=window, mentee_busy=busy)


# --- For the message ------------------------------------------------------------------------------

_IS_MEMBER = (Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
_ZONE = select(Member.timezone).where(*_IS_MEMBER, Member.left_at.is_(None))
_PROFILE = select(MentorProfile.id).where(
    MentorProfile.id == bindparam("profile"), MentorProfile.guild_id == bindparam("guild")
)
_SCHEDULE_LOOK = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("profile"), MentorProfile.slot_alerts_at.is_(None))
    .values(slot_alerts_at=bindparam("now"))
)


async def find_for_message(
    tx: Transaction, guild_id: int, user_id: int, facts: Mapping[str, Any]
) -> OpenSlots | None:
    """Find the slots that a message about a slot alert names, as of now.

    `facts` are those of the event that says that the alert was met. None if no slot that suits is
    open any more, or if the member can't book the mentor.
    """
    profile_id = facts["profile"]
    calendar = (await load_calendars(tx, [profile_id])).get(profile_id)
    member = (
        await tx.connection.execute(_ZONE, {"guild": guild_id, "user": user_id})
    ).one_or_none()
    if calendar is None or member is None or calendar.guild_id != guild_id:
        return None
    if await blocks.exists_between(tx, guild_id, user_id, calendar.user_id):
        return None
    zone = member.timezone or calendar.schedule.zone
    wish = SlotWish.of(facts["weekdays"], facts["part"])
    busy = await mentor_calendar.load_commitments(tx, user_id)
    minutes, starts = suitable_slots(calendar, wish, zone, busy, tx.now)
    if not starts:
        return None
    price = pricing.price(calendar.hourly_rate, minutes)
    return OpenSlots(calendar.user_id, calendar.name, minutes, price, zone, starts)


async def load_calendars(
    tx: Transaction, profile_ids: Sequence[int]
) -> Mapping[int, MentorCalendar]:
    """Load calendars as `mentor_calendar.load_many` does, up to the longest booking window."""
    until = tx.now + mentor_calendar.FURTHEST_PROPOSAL + timedelta(days=1)
    return await mentor_calendar.load_many(tx, profile_ids, until)


async def restore(tx: Transaction, guild_id: int, user_id: int, facts: Mapping[str, Any]) -> None:
    """Put a member back in line who wasn't told, because the slot was gone before they could be.

    They get their old place. Does nothing if they have asked again meanwhile.
    """
    params = {"profile": facts["profile"], "guild": guild_id}
    if await tx.connection.scalar(_PROFILE, params) is None:
        return
    alert = upsert(tx.dialect, SlotAlert).values(
        id=facts["alert"],
        guild_id=guild_id,
        profile_id=facts["profile"],
        user_id=user_id,
        weekdays=facts["weekdays"],
        part_of_day=facts["part"],
        created_at=tx.now,
    )
    await tx.connection.execute(alert.on_conflict_do_nothing())
    await schedule_look(tx, facts["profile"])


async def schedule_look(tx: Transaction, profile_id: int) -> None:
    """Have the mentor's slots looked at, unless a look is scheduled already."""
    await tx.connection.execute(_SCHEDULE_LOOK, {"profile": profile_id, "now": tx.now})
