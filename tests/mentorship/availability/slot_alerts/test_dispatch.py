"""Who is told of a mentor's open slot, and when."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mentorship import faults
from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.availability import editor
from mentorship.availability.slot_alerts import alerts, dispatch
from mentorship.availability.slot_alerts.dispatch import LOOK_INTERVAL, TELL_INTERVAL
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.delivery import outbox, outcomes
from mentorship.delivery.loading import DueNotification
from mentorship.errors import (
    Limit,
    LimitReached,
    NotAvailable,
    NotFound,
    OwnSlots,
    ScreeningPending,
    SlotsOpen,
    TimezoneNeeded,
)
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import blocking, departures, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.time.parts_of_day import PartOfDay
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import MentorProfile, SlotAlert
from tests.mentorship.support.community import Community

KIND = NotificationKind.SLOT_OPENED
ANY = SlotWish()
SATURDAY = SlotWish.of([5], None)
EVENING = SlotWish.of([], PartOfDay.EVENING)
OPEN, CLOSED = "daily 12:00-13:00", ""


@pytest.fixture
async def oliver(town: Community) -> Actor:
    """A mentor without any hours, in London."""
    oliver = await town.mentor("Oliver", minimum_notice=60)
    await set_hours(town, oliver, CLOSED)
    return oliver


async def set_hours(town: Community, mentor: Actor, hours: str) -> None:
    await town.db.run(editor.set_weekly, mentor, hours)


async def wait_for(town: Community, mentor: Actor, *people: Actor, wish: SlotWish = ANY) -> None:
    for person in people:
        await town.db.run(alerts.set_alert, person, mentor.user_id, wish)


async def look(town: Community, after: timedelta = timedelta()) -> None:
    """Let time pass, and have all mentors looked at who are due."""
    town.clock.now += after
    while await town.db.run(dispatch.tell_due):
        pass


async def told(town: Community) -> list[int]:
    """Return who has been told, in order."""
    return [row.user_id for row in await town.notifications(KIND) if row.status != "dropped"]


async def claim(town: Community) -> DueNotification:
    """Claim what is due, and return the notification of the open slot."""
    (due,) = (each for each in await town.db.run(outbox.claim_due) if each.kind is KIND)
    return due


async def test_members_are_told_in_the_order_of_asking(town: Community, oliver: Actor) -> None:
    maya, noor, amy = [await town.member(name) for name in ("Maya", "Noor", "Amy")]
    await wait_for(town, oliver, noor, maya, amy)
    await look(town, LOOK_INTERVAL)
    assert await told(town) == []
    await set_hours(town, oliver, OPEN)
    await look(town, LOOK_INTERVAL)
    assert await told(town) == [noor.user_id]
    await look(town, TELL_INTERVAL - timedelta(seconds=1))
    assert await told(town) == [noor.user_id]
    await look(town, timedelta(seconds=1))
    await look(town, TELL_INTERVAL)
    await look(town, TELL_INTERVAL)
    assert await told(town) == [noor.user_id, maya.user_id, amy.user_id]
    assert await town.count(SlotAlert) == 0


async def test_a_new_alert_does_not_shorten_the_fifteen_minutes(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, "sat 12:00-13:00")
    await look(town)
    await set_hours(town, oliver, CLOSED)
    await wait_for(town, oliver, noor)
    await set_hours(town, oliver, OPEN)
    await look(town, TELL_INTERVAL - timedelta(seconds=1))
    assert await told(town) == [maya.user_id]
    await look(town, timedelta(seconds=1))
    assert await told(town) == [maya.user_id, noor.user_id]


async def test_a_slot_that_does_not_suit_goes_to_the_next_in_line(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, wish=SATURDAY)
    await wait_for(town, oliver, noor)
    await set_hours(town, oliver, "sun 12:00-13:00")
    await look(town)
    assert await told(town) == [noor.user_id]
    await set_hours(town, oliver, "sat 12:00-13:00")
    await look(town, TELL_INTERVAL)
    assert await told(town) == [noor.user_id, maya.user_id]


@pytest.mark.parametrize(("hours", "suits"), [("mon 19:00-20:00", False), ("tue 0:00-1:00", True)])
async def test_parts_of_the_day_are_on_the_members_own_clock(
    town: Community, oliver: Actor, hours: str, suits: bool
) -> None:
    """In the first days of March, London is five hours ahead of New York."""
    await town.db.run(editor.set_limits, oliver, horizon_days=5)
    maya = await town.member("Maya", zone="America/New_York")
    await wait_for(town, oliver, maya, wish=EVENING)
    await set_hours(town, oliver, hours)
    await look(town)
    assert bool(await told(town)) is suits


async def test_a_cancellation_opens_a_slot(town: Community, oliver: Actor) -> None:
    noor, maya = await town.member("Noor", points=500), await town.member("Maya")
    start = datetime(2026, 3, 4, 12, tzinfo=town.clock.now.tzinfo)
    await town.db.run(editor.set_limits, oliver, horizon_days=3, durations=[60], slot_step=60)
    await set_hours(town, oliver, "wed 12:00-13:00")
    session = await town.book(noor, oliver, start)
    await wait_for(town, oliver, maya)
    await look(town)
    assert await told(town) == []
    await town.db.run(transitions.cancel, noor, session.id)
    await look(town, LOOK_INTERVAL)
    assert await told(town) == [maya.user_id]


async def test_somebody_who_is_busy_then_keeps_their_place(town: Community, oliver: Actor) -> None:
    maya, noor = await town.member("Maya", points=500), await town.member("Noor")
    other = await town.mentor("Other")
    await town.db.run(editor.set_limits, oliver, horizon_days=7, durations=[60])
    await town.book(maya, other, datetime(2026, 3, 4, 12, tzinfo=town.clock.now.tzinfo))
    await wait_for(town, oliver, maya, noor)
    await set_hours(town, oliver, "wed 12:00-13:00")
    await look(town)
    assert await told(town) == [noor.user_id]
    assert await town.count(SlotAlert) == 1


async def test_a_paused_mentor_has_no_slots_until_the_pause_ends(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    until = town.clock.now + timedelta(days=1)
    await town.db.run(profiles.pause, oliver, until)
    await set_hours(town, oliver, OPEN)
    await wait_for(town, oliver, maya)
    await look(town, timedelta(hours=23))
    assert await told(town) == []
    await look(town, timedelta(hours=1))
    assert await told(town) == [maya.user_id]


async def test_a_suspended_mentor_has_no_slots_until_reinstated(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, OPEN)
    await town.db.run(
        moderation.suspend, town.chief, oliver.user_id, "Away.", cancel_sessions=False
    )
    await look(town)
    assert await told(town) == []
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    await look(town, timedelta(hours=1))
    assert await told(town) == [maya.user_id]


@pytest.mark.parametrize("blocker", ["mentor", "member"])
async def test_a_block_in_either_direction_skips_the_member(
    town: Community, oliver: Actor, blocker: str
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, noor)
    one, other = (oliver, maya) if blocker == "mentor" else (maya, oliver)
    await town.db.run(blocking.block, one, BlockTarget(other.user_id, "X"))
    await set_hours(town, oliver, OPEN)
    await look(town)
    assert await told(town) == [noor.user_id]


async def test_somebody_who_left_loses_their_alert(town: Community, oliver: Actor) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, noor)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    await look(town, LOOK_INTERVAL)
    assert await town.count(SlotAlert) == 1
    await set_hours(town, oliver, OPEN)
    await look(town, LOOK_INTERVAL)
    assert await told(town) == [noor.user_id]


async def test_somebody_who_has_not_accepted_the_rules_keeps_their_place(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await wait_for(town, oliver, maya)
    await town.db.run(members.record_screening, town.guild_id, maya.user_id, True)
    await set_hours(town, oliver, OPEN)
    await look(town)
    assert await told(town) == []
    await town.db.run(members.record_screening, town.guild_id, maya.user_id, False)
    await look(town, LOOK_INTERVAL)
    assert await told(town) == [maya.user_id]


async def test_somebody_who_muted_these_notifications_keeps_their_place(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await town.db.run(preferences.set_muted_kinds, maya, [KIND])
    view = await town.db.run(alerts.set_alert, maya, oliver.user_id, ANY)
    assert view.is_muted
    await set_hours(town, oliver, OPEN)
    await look(town)
    assert (await told(town), await town.count(SlotAlert)) == ([], 1)
    await town.db.run(preferences.set_muted_kinds, maya, [])
    await look(town, LOOK_INTERVAL)
    assert await told(town) == [maya.user_id]


async def test_a_slot_that_comes_within_the_booking_window_is_noticed(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await town.db.run(editor.set_limits, oliver, horizon_days=2)
    await set_hours(town, oliver, "sun 12:00-13:00")
    await wait_for(town, oliver, maya)
    await look(town, timedelta(days=3))
    assert await told(town) == []
    await look(town, timedelta(days=1))
    assert await told(town) == [maya.user_id]


async def test_nobody_is_told_while_a_downtime_lasts_and_one_is_after_it(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, noor)
    await set_hours(town, oliver, OPEN)
    await look(town, timedelta(days=2))
    assert await told(town) == [maya.user_id]


async def test_a_long_line_is_walked_through_in_parts(town: Community, oliver: Actor) -> None:
    people = [await town.member(f"P{number}") for number in range(dispatch.ALERTS_AT_ONCE + 5)]
    await wait_for(town, oliver, *people[:-1], wish=SATURDAY)
    await wait_for(town, oliver, people[-1])
    await set_hours(town, oliver, "sun 12:00-13:00")
    assert await town.db.run(dispatch.tell_due) == 1
    assert await told(town) == []
    assert await town.db.run(dispatch.tell_due) == 1
    assert await told(town) == [people[-1].user_id]
    await set_hours(town, oliver, "sat 12:00-13:00")
    await look(town, TELL_INTERVAL)
    assert await told(town) == [people[-1].user_id, people[0].user_id]


# --- Asking ---------------------------------------------------------------------------------------


async def test_asking_again_changes_the_wish_and_keeps_the_place(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, wish=SATURDAY)
    await wait_for(town, oliver, noor)
    await wait_for(town, oliver, maya)
    (alert,) = await town.db.read(alerts.list_own, maya)
    assert (alert.mentor_name, alert.wish) == ("Oliver", ANY)
    await set_hours(town, oliver, OPEN)
    await look(town)
    assert await told(town) == [maya.user_id]


async def test_an_alert_is_refused_while_a_slot_that_suits_is_open(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await set_hours(town, oliver, "sat 12:00-13:00")
    with pytest.raises(SlotsOpen) as refusal:
        await wait_for(town, oliver, maya, wish=SATURDAY)
    assert len(refusal.value.starts) == 3
    assert refusal.value.minutes == 60
    assert await town.count(SlotAlert) == 0
    await wait_for(town, oliver, maya, wish=SlotWish.of([0], None))
    assert await town.count(SlotAlert) == 1


async def test_alerts_are_limited(town: Community, oliver: Actor) -> None:
    await town.configure(limit_slot_alerts=1)
    maya, other = await town.member("Maya"), await town.mentor("Other")
    await set_hours(town, other, CLOSED)
    await wait_for(town, oliver, maya)
    await wait_for(town, oliver, maya, wish=SATURDAY)
    with pytest.raises(LimitReached) as refusal:
        await wait_for(town, other, maya)
    assert (refusal.value.limit, refusal.value.most) == (Limit.SLOT_ALERTS, 1)
    await town.db.run(alerts.remove, maya, oliver.user_id)
    await wait_for(town, other, maya)


async def test_who_may_ask(town: Community, oliver: Actor) -> None:
    maya = await town.member("Maya")
    with pytest.raises(OwnSlots):
        await wait_for(town, oliver, oliver)
    with pytest.raises(NotFound):
        await town.db.run(alerts.remove, maya, oliver.user_id)
    unplaced = await town.member("Unplaced", zone=None)
    with pytest.raises(TimezoneNeeded):
        await wait_for(town, oliver, unplaced, wish=SATURDAY)
    await wait_for(town, oliver, unplaced)
    await town.db.run(members.record_screening, town.guild_id, maya.user_id, True)
    with pytest.raises(ScreeningPending):
        await wait_for(town, oliver, maya)
    await town.db.run(members.record_screening, town.guild_id, maya.user_id, False)
    await town.db.run(blocking.block, oliver, BlockTarget(maya.user_id, "Maya"))
    with pytest.raises(NotAvailable):
        await wait_for(town, oliver, maya)


# --- Delivery -------------------------------------------------------------------------------------


async def test_the_message_names_the_slots_that_are_open_then(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, OPEN)
    await look(town)
    await set_hours(town, oliver, "daily 15:00-16:00")
    due = await claim(town)
    assert due.open_slots is not None
    assert [start.hour for start in due.open_slots.starts] == [15, 15, 15]
    assert (due.open_slots.mentor_name, due.open_slots.price) == ("Oliver", 60)


async def test_who_was_not_told_in_time_gets_their_place_back(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, noor)
    await set_hours(town, oliver, OPEN)
    await look(town)
    await set_hours(town, oliver, CLOSED)
    due = await claim(town)
    assert due.open_slots is None
    await town.db.run(outcomes.record, [outcomes.dropped(due)])
    await set_hours(town, oliver, OPEN)
    await look(town, TELL_INTERVAL)
    assert await told(town) == [maya.user_id]


async def test_quiet_hours_are_kept_unless_the_slots_would_be_over(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya", zone="UTC")
    await town.db.run(preferences.set_quiet_hours, maya, QuietHours(0, 23 * 60))
    town.clock.now = datetime(2026, 3, 3, 0, tzinfo=town.clock.now.tzinfo)
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, OPEN)
    await look(town)
    assert await town.deliver(maya) == []
    town.clock.now = datetime(2026, 3, 3, 23, tzinfo=town.clock.now.tzinfo)
    assert await town.deliver(maya) == [KIND]
    await town.db.run(editor.set_limits, oliver, horizon_days=1)
    await set_hours(town, oliver, CLOSED)
    town.clock.now = datetime(2026, 3, 4, 0, tzinfo=town.clock.now.tzinfo)
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, "wed 12:00-13:00")
    await look(town)
    assert await town.deliver(maya) == [KIND]


async def test_a_notification_that_came_too_late_restores_the_place(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await town.db.run(editor.set_limits, oliver, horizon_days=1)
    await wait_for(town, oliver, maya)
    await set_hours(town, oliver, "tue 12:00-13:00")
    await look(town)
    town.clock.now += timedelta(days=3)
    assert KIND not in await town.deliver(maya)
    assert await town.count(SlotAlert) == 1


# --- Several at once ------------------------------------------------------------------------------


async def test_jobs_of_several_processes_tell_nobody_twice(town: Community, oliver: Actor) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    await wait_for(town, oliver, maya, noor)
    await set_hours(town, oliver, OPEN)
    await asyncio.gather(*(town.db.run(dispatch.tell_due) for _ in range(6)))
    assert await told(town) == [maya.user_id]
    town.clock.now += TELL_INTERVAL
    await asyncio.gather(*(town.db.run(dispatch.tell_due) for _ in range(6)))
    assert await told(town) == [maya.user_id, noor.user_id]


async def test_an_alert_removed_while_the_job_runs_is_removed_or_met(
    town: Community, oliver: Actor
) -> None:
    for _ in range(5):
        maya = await town.member("Maya")
        await wait_for(town, oliver, maya)
        await set_hours(town, oliver, OPEN)
        _, removal = await asyncio.gather(
            town.db.run(dispatch.tell_due),
            town.db.run(alerts.remove, maya, oliver.user_id),
            return_exceptions=True,
        )
        was_told = maya.user_id in await told(town)
        assert was_told is isinstance(removal, NotFound)
        assert await town.count(SlotAlert) == 0
        await set_hours(town, oliver, CLOSED)
        town.clock.now += TELL_INTERVAL
        await look(town)


async def test_alerts_set_at_once_keep_the_limit(town: Community, oliver: Actor) -> None:
    await town.configure(limit_slot_alerts=2)
    maya = await town.member("Maya")
    mentors = [oliver, *[await town.mentor(f"M{number}") for number in range(3)]]
    for mentor in mentors:
        await set_hours(town, mentor, CLOSED)
    results = await asyncio.gather(
        *(town.db.run(alerts.set_alert, maya, mentor.user_id, ANY) for mentor in mentors),
        return_exceptions=True,
    )
    assert sum(isinstance(result, LimitReached) for result in results) == 2
    assert await town.count(SlotAlert) == 2


async def test_one_mentor_whose_row_is_broken_stops_only_their_own_line(
    town: Community, oliver: Actor
) -> None:
    maya, ines = await town.member("Maya"), await town.mentor("Ines")
    await set_hours(town, ines, CLOSED)
    await wait_for(town, oliver, maya)
    await wait_for(town, ines, maya)

    async def break_line(tx: Transaction) -> None:
        await tx.connection.execute(
            update(SlotAlert)
            .where(
                SlotAlert.profile_id
                == select(MentorProfile.id)
                .where(MentorProfile.user_id == oliver.user_id)
                .scalar_subquery()
            )
            .values(weekdays=[9])
        )

    await town.db.run(break_line)
    for mentor in (oliver, ines):
        await set_hours(town, mentor, OPEN)
    await look(town)
    (row,) = await town.notifications(KIND)
    assert row.user_id == maya.user_id
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.table) == ("slot_alert", "mentor_profiles")
