"""What a mentor is told about their group session, and the no-shows that they report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import NotAllowedNow, NotFound, NotYours
from mentorship.guilds import guild_settings
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import blocking, session_views, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.groups import group_attendance, group_changes, group_clock, moving
from mentorship.sessions.lifecycle import Action, Attendance, EndReason, Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOUR = timedelta(hours=1)
KINDS = (NotificationKind.REMINDER, NotificationKind.STARTING)


async def scheduled(town: Community, group: Group) -> list[tuple[str, int]]:
    """Return what waits for the mentor about the whole session: the kind, and minutes before."""
    start = (await group.view()).starts_at
    return [
        (row.kind, int((start - row.due_at).total_seconds() // 60))
        for row in await town.notifications(*KINDS)
        if row.group_id == group.id and row.session_id is None and row.status == "waiting"
    ]


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def priya(town: Community) -> Actor:
    return await town.member("Priya", points=100)


async def test_a_mentor_has_one_reminder_each_however_many_seats(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    for person in (maya, priya):
        await group.join(person)
    expected = [("reminder", 1440), ("reminder", 60), ("reminder", 10), ("starting", 0)]
    assert await scheduled(town, group) == expected[-len(await scheduled(town, group)) :]
    mentors = [
        row for row in await town.notifications(*KINDS) if row.user_id == group.mentor.user_id
    ]
    assert {row.group_id for row in mentors} == {group.id}
    assert {row.session_id for row in mentors} == {None}


async def test_moving_a_group_session_moves_its_mentors_reminders(
    town: Community, group: Group
) -> None:
    await town.db.run(moving.move, group.mentor, group.id, TUESDAY_NOON + 3 * HOUR)
    assert ("starting", 0) in await scheduled(town, group)
    (starting,) = [
        row
        for row in await town.notifications(NotificationKind.STARTING)
        if row.status == "waiting"
    ]
    assert starting.due_at == TUESDAY_NOON + 3 * HOUR


async def test_cancelling_drops_its_mentors_reminders(town: Community, group: Group) -> None:
    await town.db.run(group_changes.cancel, group.mentor, group.id)
    assert await scheduled(town, group) == []


@pytest.mark.parametrize("by", ["guild", "mentor"])
async def test_changed_reminders_apply_to_group_sessions(
    town: Community, group: Group, maya: Actor, by: str
) -> None:
    await group.join(maya)
    if by == "guild":
        await town.db.run(setup.configure, town.chief, reminders=[30, 5])
    else:
        await town.db.run(preferences.set_reminders, group.mentor, [30, 5])
    assert await scheduled(town, group) == [("reminder", 30), ("reminder", 5), ("starting", 0)]


async def test_a_mentor_is_told_when_the_clock_cancels(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, minimum_seats=2)
    deadline = (await group.view()).minimum_deadline
    assert deadline is not None
    await town.wait_until(deadline)
    (told,) = [
        row
        for row in await town.notifications(NotificationKind.CANCELLED)
        if row.user_id == oliver.user_id
    ]
    assert told.group_id == group.id
    assert await scheduled(town, group) == []


async def test_a_mentor_who_cancels_is_not_told(town: Community, group: Group) -> None:
    await town.db.run(group_changes.cancel, group.mentor, group.id)
    assert NotificationKind.CANCELLED not in await town.notified_kinds(group.mentor)


async def test_an_attendee_reads_why_the_whole_session_was_cancelled(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    seat, of_blocker = await group.join(maya), await group.join(priya)
    await town.db.run(blocking.block, priya, BlockTarget(group.mentor.user_id))
    await town.db.run(group_changes.cancel, group.mentor, group.id, "I'm ill")
    after = await town.reload(seat)
    assert (after.ended_by, after.ended_reason) == (group.mentor.user_id, "I'm ill")
    assert (await town.reload(of_blocker)).ended_reason is None, "they read nothing of the mentor's"


async def test_too_few_seats_is_the_reason_of_each_seat(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2)
    seat = await group.join(maya)
    deadline = (await group.view()).minimum_deadline
    assert deadline is not None
    await town.wait_until(deadline)
    after = await town.reload(seat)
    assert (after.ended_by, after.ended_reason) == (None, EndReason.TOO_FEW_SEATS)


async def test_no_shows_are_reported_together(
    town: Community, oliver: Actor, maya: Actor, priya: Actor
) -> None:
    group = await create(town, oliver, capacity=4)
    ken, ines = [await town.member(name, points=100) for name in ("Ken", "Ines")]
    seats = {person: await group.join(person) for person in (maya, priya, ken, ines)}
    await town.wait_until(TUESDAY_NOON + HOUR)
    await town.db.run(attendance.report, maya, seats[maya].id, Attendance.MET)
    await town.db.run(attendance.report, priya, seats[priya].id, Attendance.NO_SHOW)
    report = await town.db.run(
        group_attendance.report_no_shows,
        oliver,
        group.id,
        [person.user_id for person in (maya, priya, ken)],
    )
    assert [seat.mentee.user_id for seat in report.reported] == [ken.user_id]
    assert [seat.mentee.user_id for seat in report.disputed] == [priya.user_id]
    assert [seat.mentee.user_id for seat in report.refused] == [maya.user_id]
    assert (await town.reload(seats[ken])).reports == {Party.MENTOR: Attendance.NO_SHOW}
    assert (await town.reload(seats[ines])).reports == {}
    assert NotificationKind.NO_SHOW_REPORTED in await town.notified_kinds(ken)
    loaded = await town.db.read(group_attendance.load_for_mentor, oliver, group.id)
    assert [seat.mentee.user_id for seat in loaded.unreported] == [ines.user_id]


async def test_reporting_no_shows_is_refused_too_early_and_to_others(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    await group.join(maya)
    await town.wait_until(TUESDAY_NOON)
    report = group_attendance.report_no_shows
    with pytest.raises(NotAllowedNow):
        await town.db.run(report, group.mentor, group.id, [maya.user_id])
    await town.wait_until(TUESDAY_NOON + HOUR)
    with pytest.raises(NotFound):
        await town.db.run(report, group.mentor, group.id, [maya.user_id, priya.user_id])
    with pytest.raises(NotYours):
        await town.db.run(report, maya, group.id, [maya.user_id])


async def test_no_seat_completes_before_its_mentor_was_asked(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    await town.wait_until(TUESDAY_NOON + HOUR)
    view = await group.view()
    asked = [
        row
        for row in await town.notifications(NotificationKind.SESSION_ENDED)
        if row.user_id == group.mentor.user_id
    ]
    assert [(row.group_id, row.due_at) for row in asked] == [(group.id, view.ends_at)]
    await town.wait_until(view.report_deadline)
    assert (await town.reload(seat)).status is SessionStatus.COMPLETED


async def test_a_mentor_is_told_the_outcome_once_all_seats_are_over(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    early, late = await group.join(maya), await group.join(priya)
    town.clock.now = TUESDAY_NOON

    async def start(tx: Transaction, seat_id: int | None = None) -> int:
        if seat_id is None:
            return await group_clock.advance_due(tx)
        return await transitions.advance_sessions(tx, [seat_id])

    await town.db.run(start)
    await town.db.run(start, early.id)
    await town.db.run(attendance.report, maya, early.id, Attendance.MET)
    told = NotificationKind.COMPLETED
    assert told not in await town.notified_kinds(group.mentor), "the other seat hasn't started yet"
    await town.db.run(start, late.id)
    await town.db.run(attendance.report, priya, late.id, Attendance.MET)
    assert (await town.notified_kinds(group.mentor)).count(told) == 1


async def test_the_end_of_a_late_seat_brings_the_outcome(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    early, late = await group.join(maya), await group.join(priya)
    town.clock.now = TUESDAY_NOON
    await town.db.run(group_clock.advance_due)

    async def start_early(tx: Transaction) -> None:
        await transitions.advance_sessions(tx, [early.id])

    async def end_late(tx: Transaction) -> None:
        # As an erasure or a suspension does with a seat that didn't start.
        seat = await session_views.load(tx, late.id)
        guild = await guild_settings.load(tx, seat.guild_id)
        await transitions.apply(tx, guild, seat, Action.CANCEL, Party.MODERATOR)

    await town.db.run(start_early)
    await town.db.run(attendance.report, maya, early.id, Attendance.MET)
    await town.db.run(end_late)
    kinds = await town.notified_kinds(group.mentor)
    assert kinds.count(NotificationKind.COMPLETED) == 1
