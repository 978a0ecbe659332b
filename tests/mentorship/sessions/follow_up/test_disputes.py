"""Disputes that moderators don't resolve: reminders, the split by the clock, and concessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.errors import NotAllowedNow, NotFound, StillToSettle, Term, TermsChanged
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.follow_up import attendance, disputes, reviews
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import Community, hours

DAY = timedelta(days=1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    await town.configure(fee_percent=10)
    return await town.mentor("Oliver", rate=61)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def disputed(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    return await town.session(SessionStatus.DISPUTED, maya, oliver)


async def test_moderators_are_reminded_after_two_and_five_days(
    town: Community, disputed: SessionView
) -> None:
    reminders = await town.notifications(NotificationKind.DISPUTE_REMINDER)
    assert [(row.due_at - town.clock.now, row.user_id, row.facts) for row in reminders] == [
        (2 * DAY, None, {"days": 2}),
        (5 * DAY, None, {"days": 5}),
    ]


async def test_a_dispute_that_ends_sooner_is_not_reminded_of_later(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(dispute_days=3)
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver)
    assert disputed.next_at == town.clock.now + 3 * DAY
    (reminder,) = await town.notifications(NotificationKind.DISPUTE_REMINDER)
    assert reminder.facts == {"days": 2}


async def test_a_dispute_that_nobody_resolves_is_split(
    town: Community, oliver: Actor, maya: Actor, disputed: SessionView
) -> None:
    opened_at = town.clock.now
    await town.configure(dispute_days=90)
    await town.wait_until(opened_at + 14 * DAY - hours(0.1))
    assert (await town.reload(disputed)).status is SessionStatus.DISPUTED
    await town.wait_until(opened_at + 14 * DAY)
    ended = await town.reload(disputed)
    assert (ended.status, ended.ended_by) == (SessionStatus.COMPLETED, None)
    assert (await town.balance(maya), await town.balance(oliver)) == (39 + 31, 27)
    for person in (maya, oliver):
        assert await town.notified_kinds(person, NotificationKind.DISPUTE_RESOLVED) == ["settled"]
    assert await town.db.read(disputes.find_resolution, town.chief, ended.id) is Action.SPLIT
    with pytest.raises(NotAllowedNow):
        await town.db.run(disputes.resolve, town.chief, ended.id, Action.PAY)


@pytest.mark.parametrize(
    ("party", "status", "mayas", "olivers"),
    [
        (Party.MENTEE, SessionStatus.COMPLETED, 39, 55),
        (Party.MENTOR, SessionStatus.REFUNDED, 100, 0),
    ],
)
async def test_conceding_gives_the_points_to_the_other_side(
    town: Community,
    oliver: Actor,
    maya: Actor,
    disputed: SessionView,
    party: Party,
    status: SessionStatus,
    mayas: int,
    olivers: int,
) -> None:
    actor, other = (oliver, maya) if party is Party.MENTOR else (maya, oliver)
    assert Action.CONCEDE in disputed.actions(actor.user_id, town.clock.now)
    points = disputes.points_conceded(disputed, party)
    assert points == {Party.MENTEE: 55, Party.MENTOR: 61}[party]
    with pytest.raises(TermsChanged) as caught:
        await town.db.run(disputes.concede, actor, disputed.id, seen=points + 1)
    assert (caught.value.seen, caught.value.current) == (points + 1, points)
    assert caught.value.term is (Term.REFUND if party is Party.MENTOR else Term.PAYOUT)
    result = await town.db.run(disputes.concede, actor, disputed.id, seen=points)
    assert (result.session.status, result.session.ended_by) == (status, actor.user_id)
    assert (await town.balance(maya), await town.balance(oliver)) == (mayas, olivers)
    assert await town.notified_kinds(other, NotificationKind.DISPUTE_RESOLVED) == ["settled"]
    assert await town.notified_kinds(actor, NotificationKind.DISPUTE_RESOLVED) == []
    assert await town.db.read(disputes.find_resolution, town.chief, disputed.id) is Action.CONCEDE
    entries = await town.db.read(audit.list_entries, town.chief)
    assert not [entry for entry in entries if entry.action.startswith("settled")]
    with pytest.raises(NotAllowedNow):
        await town.db.run(disputes.resolve, town.chief, disputed.id, Action.REFUND)


@pytest.mark.parametrize(
    ("claimant", "conceding", "status"),
    [
        # Who was reported as a no-show agrees that they didn't meet.
        (Party.MENTOR, Party.MENTEE, SessionStatus.REFUNDED),
        (Party.MENTEE, Party.MENTOR, SessionStatus.REFUNDED),
        # Who reported a no-show agrees that they met.
        (Party.MENTOR, Party.MENTOR, SessionStatus.COMPLETED),
        (Party.MENTEE, Party.MENTEE, SessionStatus.COMPLETED),
    ],
)
async def test_conceding_a_free_dispute_agrees_with_the_other_report(
    town: Community,
    maya: Actor,
    claimant: Party,
    conceding: Party,
    status: SessionStatus,
) -> None:
    gift = await town.mentor("Gift", rate=0)
    session = await town.session(SessionStatus.IN_PROGRESS, maya, gift)
    await town.wait_until(session.ends_at)
    people = {Party.MENTOR: gift, Party.MENTEE: maya}
    await town.db.run(attendance.report, people[claimant], session.id, Attendance.NO_SHOW)
    await town.db.run(attendance.report, people[claimant.other], session.id, Attendance.MET)
    actor = people[conceding]
    assert (await town.reload(session)).actions(actor.user_id, town.clock.now) == (Action.CONCEDE,)
    result = await town.db.run(disputes.concede, actor, session.id, seen=0)
    assert (result.session.status, result.session.ended_by) == (status, actor.user_id)
    assert await town.db.read(disputes.find_resolution, town.chief, session.id) is Action.CONCEDE
    assert await town.notified_kinds(
        people[conceding.other], NotificationKind.DISPUTE_RESOLVED
    ) == ["settled"]
    # Only a session that took place is rated.
    if status is SessionStatus.COMPLETED:
        assert (await town.db.run(reviews.rate, maya, session.id, 5)).stars == 5
    else:
        with pytest.raises(NotAllowedNow):
            await town.db.run(reviews.rate, maya, session.id, 5)


async def test_only_a_participant_of_an_open_dispute_can_concede(
    town: Community, oliver: Actor, maya: Actor, disputed: SessionView
) -> None:
    for outsider in (await town.member("Sam"), town.chief):
        with pytest.raises(NotFound):
            await town.db.run(disputes.concede, outsider, disputed.id)
    later = disputed.ends_at + hours(1)
    open_session = await town.session(
        SessionStatus.IN_PROGRESS, await town.member("Kim", points=100), oliver, later
    )
    with pytest.raises(NotAllowedNow):
        await town.db.run(disputes.concede, oliver, open_session.id)


async def test_downtime_moves_the_end_of_a_dispute(town: Community, disputed: SessionView) -> None:
    assert disputed.next_at is not None
    await town.db.run(sessions_clock.advance)
    town.clock.turn(days=20)
    assert await town.db.run(sessions_clock.advance) == 0
    town.clock.turn(seconds=30)
    assert await town.db.run(sessions_clock.advance) == 0
    assert (await town.reload(disputed)).next_at == disputed.next_at + 20 * DAY


async def test_an_open_dispute_delays_erasure_no_longer_than_it_lasts(
    town: Community, maya: Actor, disputed: SessionView
) -> None:
    with pytest.raises(StillToSettle):
        await town.db.run(erasure.erase, maya)
    await town.wait_until(town.clock.now + 14 * DAY)
    await town.db.run(erasure.erase, maya)


async def test_a_free_dispute_that_nobody_resolves_counts_as_held(
    town: Community, maya: Actor
) -> None:
    gift = await town.mentor("Gift", rate=0)
    disputed = await town.session(SessionStatus.DISPUTED, maya, gift)
    await town.wait_until(town.clock.now + 14 * DAY)
    assert (await town.reload(disputed)).status is SessionStatus.COMPLETED
    assert await town.balance(maya) == 100
