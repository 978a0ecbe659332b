"""Group sessions that repeat: their dates, what is skipped, and changes to all that follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.availability import editor
from mentorship.availability.opening_hours import Schedule
from mentorship.availability.travel import Travel
from mentorship.errors import InvalidField, NotAllowedNow, TermsChanged
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import departures
from mentorship.sessions.groups import group_views, moving, repeat_dates, repeats
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import GroupSession
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

WEEK = timedelta(weeks=1)
BEGIN = datetime.fromisoformat("2026-01-01T00:00")
"""A naive date and time, on a mentor's clock."""

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


async def chain(town: Community, group: Group) -> list[GroupView]:
    """Return the sessions of a group's chain, by start."""

    async def load(tx: Transaction) -> list[GroupView]:
        rows = await tx.connection.execute(group_views.select_groups())
        return sorted((group_views.from_row(row) for row in rows), key=lambda each: each.starts_at)

    return await town.db.read(load)


async def starts(town: Community, group: Group) -> list[datetime]:
    return [each.starts_at for each in await chain(town, group)]


async def create_all(town: Community) -> None:
    """Let the clock create whatever it is time for."""
    while await town.db.run(repeats.create_due):
        pass


@pytest.fixture
async def weekly(town: Community, oliver: Actor) -> Group:
    """Oliver's office hours, each week at 12:00 London time."""
    group = await create(town, oliver, repeat_weeks=1)
    await create_all(town)
    return group


@given(
    zone=st.sampled_from(ZONES),
    first=st.datetimes(BEGIN, BEGIN + 72 * WEEK).map(
        lambda each: each.replace(second=0, microsecond=0)
    ),
    weeks=st.sampled_from([1, 2]),
)
def test_dates_keep_the_wall_clock_over_changes_and_years(
    zone: str, first: datetime, weeks: int
) -> None:
    schedule = Schedule(zone)
    wall = first
    for number in range(1, 54):
        wall = repeat_dates.next_date(wall, weeks)
        assert wall == first + timedelta(weeks=weeks * number)
        start = repeat_dates.instant(schedule, wall)
        # The oracle: what the standard library takes the wall-clock time for.
        expected = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
        assert start == expected
        shown = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert shown >= wall, "a time that the clock skips moves forward"
        assert shown - wall <= timedelta(hours=1)


def test_a_date_of_a_trip_follows_the_clock_there() -> None:
    trip = Travel(date(2026, 3, 9), date(2026, 3, 15), "Asia/Tokyo")
    schedule = Schedule("Europe/London", travel=(trip,))
    tuesday = BEGIN.replace(month=3, day=10, hour=12)
    assert repeat_dates.instant(schedule, tuesday) == datetime(2026, 3, 10, 3, tzinfo=UTC)
    after = repeat_dates.next_date(tuesday, 1)
    assert repeat_dates.instant(schedule, after) == datetime(2026, 3, 17, 12, tzinfo=UTC)


async def test_sessions_are_created_five_weeks_ahead_and_hold_time(
    town: Community, weekly: Group
) -> None:
    created = await chain(town, weekly)
    # The clocks change in London on 29 March.
    assert [each.starts_at for each in created] == [
        *(TUESDAY_NOON + week * WEEK for week in range(4)),
        TUESDAY_NOON + 4 * WEEK - timedelta(hours=1),
    ]
    assert {each.repeat_of for each in created[1:]} == {weekly.id}
    town.clock.now += WEEK
    await create_all(town)
    assert len(await chain(town, weekly)) == 6
    await create_all(town)
    assert len(await chain(town, weekly)) == 6, "nothing is created twice"


async def test_each_session_is_announced_a_week_before(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, repeat_weeks=1, channel_id=5)
    await create_all(town)
    _, second, third, *_ = await chain(town, group)
    due = await town.db.read(card_due_times)
    assert due[third.id] == third.starts_at - WEEK
    assert due[second.id] == second.starts_at - WEEK
    # Whoever joins before is no reason to announce it.
    await Group(town, oliver, third.id).join(await town.member("Maya", points=100))
    assert (await town.db.read(card_due_times))[third.id] == third.starts_at - WEEK


async def card_due_times(tx: Transaction) -> dict[int, Any]:
    query = select(GroupSession.id, GroupSession.card_due_at)
    return {row.id: row.card_due_at for row in await tx.connection.execute(query)}


async def test_a_limited_number_of_sessions_follows(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, repeat_weeks=2, repeat_left=2)
    for _ in range(12):
        await create_all(town)
        town.clock.now += WEEK
    assert await starts(town, group) == [
        TUESDAY_NOON,
        TUESDAY_NOON + 2 * WEEK,
        TUESDAY_NOON + 4 * WEEK - timedelta(hours=1),
    ]


async def test_busy_and_free_dates_are_skipped_and_the_mentor_told(
    town: Community, oliver: Actor
) -> None:
    await create(town, oliver, starts_at=TUESDAY_NOON + WEEK)
    day_off = (TUESDAY_NOON + 2 * WEEK).date()
    await town.db.run(editor.set_overrides, oliver, day_off, day_off, ())
    group = await create(town, oliver, repeat_weeks=1, repeat_left=3)
    await create_all(town)
    created = [each for each in await chain(town, group) if group.id in (each.id, each.repeat_of)]
    assert [each.starts_at for each in created] == [TUESDAY_NOON, TUESDAY_NOON + 3 * WEEK]
    skipped = await town.notifications(NotificationKind.REPEAT_SKIPPED)
    assert [(row.facts["start"], row.facts["why"]) for row in skipped] == [
        ((TUESDAY_NOON + WEEK).timestamp(), "busy"),
        ((TUESDAY_NOON + 2 * WEEK).timestamp(), "time_off"),
    ]
    assert {row.user_id for row in skipped} == {oliver.user_id}


async def test_moving_one_session_leaves_the_dates_after_it(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, repeat_weeks=1, repeat_left=1)
    await town.db.run(moving.move, oliver, group.id, TUESDAY_NOON + timedelta(hours=5))
    await create_all(town)
    assert await starts(town, group) == [
        TUESDAY_NOON + timedelta(hours=5),
        TUESDAY_NOON + WEEK,
    ]


async def test_stopping_keeps_what_was_created(town: Community, weekly: Group) -> None:
    before = await starts(town, weekly)
    await town.db.run(repeats.stop, weekly.mentor, weekly.id)
    town.clock.now += 3 * WEEK
    await create_all(town)
    assert await starts(town, weekly) == before
    with pytest.raises(NotAllowedNow):
        await town.db.run(repeats.stop, weekly.mentor, weekly.id)


async def test_cancelling_all_that_follow_refunds_their_seats(
    town: Community, weekly: Group
) -> None:
    maya = await town.member("Maya", points=100)
    first, second, third, *_ = await chain(town, weekly)
    for each in (first, third):
        await Group(town, weekly.mentor, each.id).join(maya)
    with pytest.raises(TermsChanged):
        await town.db.run(repeats.cancel_following, weekly.mentor, second.id, seats_shown=0)
    await town.db.run(repeats.cancel_following, weekly.mentor, second.id, seats_shown=1)
    statuses = [each.status for each in await chain(town, weekly)]
    assert statuses == [SessionStatus.CONFIRMED, *[SessionStatus.CANCELLED] * 4]
    assert await town.balance(maya) == 70
    town.clock.now += 3 * WEEK
    await create_all(town)
    assert len(await chain(town, weekly)) == 5


async def test_editing_all_that_follow_is_all_or_nothing(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, capacity=4, repeat_weeks=1, repeat_left=2)
    await create_all(town)
    _, second, third = await chain(town, group)
    for name in ("Maya", "Priya", "Ken"):
        await Group(town, oliver, third.id).join(await town.member(name, points=100))
    with pytest.raises(InvalidField):
        await town.db.run(repeats.edit_following, oliver, second.id, GroupEdit(capacity=2))
    assert {each.capacity for each in await chain(town, group)} == {4}
    await town.db.run(repeats.edit_following, oliver, second.id, GroupEdit(title="Clinic"))
    titles = [each.title for each in await chain(town, group)]
    assert titles == ["Office hours", "Clinic", "Clinic"]


async def test_a_mentor_who_stopped_gets_no_further_sessions(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, repeat_weeks=1)
    await town.db.run(departures.record_departure, oliver.guild, oliver.user_id)
    await create_all(town)
    assert len(await chain(town, group)) == 1


async def test_the_dates_of_a_suspended_mentor_go_on_once_they_are_reinstated(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, repeat_weeks=1)
    await town.db.run(
        moderation.suspend, town.chief, oliver.user_id, "Reason", cancel_sessions=False
    )
    await create_all(town)
    assert len(await chain(town, group)) == 1
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    town.clock.turn(days=1, minutes=1)
    await create_all(town)
    assert len(await chain(town, group)) > 1
