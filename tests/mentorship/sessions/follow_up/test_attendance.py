"""Attendance reports, uncontested no-shows, and disputes resolved by moderators."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.errors import NotAllowedNow, NotAModerator, NotFound, Obstacle
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.follow_up import attendance, disputes
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

MET, NO_SHOW = Attendance.MET, Attendance.NO_SHOW
END = TUESDAY_NOON + hours(1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    await town.configure(fee_percent=10)
    return await town.mentor("Oliver", rate=61)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def session(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    in_progress = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await town.wait_until(END)
    return in_progress


async def report(
    town: Community, actor: Actor, session: SessionView, kind: Attendance
) -> SessionView:
    return (await town.db.run(attendance.report, actor, session.id, kind)).session


async def test_a_mentors_met_report_pays_only_after_the_mentees(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    updated = await report(town, oliver, session, MET)
    assert updated.status is SessionStatus.IN_PROGRESS
    assert await town.balance(oliver) == 0
    with pytest.raises(NotAllowedNow) as caught:
        await report(town, oliver, session, MET)
    assert caught.value.obstacle is Obstacle.ALREADY_REPORTED
    completed = await report(town, maya, session, MET)
    assert completed.status is SessionStatus.COMPLETED
    assert await town.balance(oliver) == 55, "the fee is a tenth of 61, rounded down"


async def test_an_uncontested_mentor_no_show_is_refunded(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    town.clock.turn(hours=20)
    updated = await report(town, maya, session, NO_SHOW)
    assert updated.status is SessionStatus.IN_PROGRESS
    assert await town.notified_kinds(oliver, NotificationKind.NO_SHOW_REPORTED) == ["missed"]
    assert updated.next_at == town.clock.now + hours(24), (
        "the mentor has the whole delay to contradict"
    )
    await town.wait_until(updated.next_at)
    ended = await town.reload(session)
    assert (ended.status, ended.no_show_user_id) == (SessionStatus.NO_SHOW, oliver.user_id)
    assert (await town.balance(maya), await town.balance(oliver)) == (100, 0)
    assert await town.notified_kinds(maya, NotificationKind.NO_SHOW) == await town.notified_kinds(
        oliver, NotificationKind.NO_SHOW
    )


async def test_an_uncontested_mentee_no_show_pays_without_a_fee(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    updated = await report(town, oliver, session, NO_SHOW)
    assert updated.next_at is not None
    await town.wait_until(updated.next_at)
    ended = await town.reload(session)
    assert (ended.status, ended.no_show_user_id) == (SessionStatus.NO_SHOW, maya.user_id)
    assert (await town.balance(maya), await town.balance(oliver)) == (39, 61), "no fee is taken"


async def test_a_no_show_cannot_be_reported_in_the_first_ten_minutes(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    in_progress = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await report(town, maya, in_progress, NO_SHOW)
    assert caught.value.obstacle is Obstacle.TOO_EARLY
    town.clock.turn(minutes=10)
    await report(town, maya, in_progress, NO_SHOW)


async def test_a_met_report_does_not_allow_an_earlier_no_show_report(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    in_progress = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await report(town, oliver, in_progress, MET)
    with pytest.raises(NotAllowedNow) as caught:
        await report(town, maya, in_progress, NO_SHOW)
    assert caught.value.obstacle is Obstacle.TOO_EARLY
    town.clock.turn(minutes=10)
    assert (await report(town, maya, in_progress, NO_SHOW)).status is SessionStatus.DISPUTED


CONTRADICTIONS = [
    (("mentor", NO_SHOW), ("mentee", MET)),
    (("mentor", NO_SHOW), ("mentee", NO_SHOW)),
    (("mentor", MET), ("mentee", NO_SHOW)),
    (("mentee", NO_SHOW), ("mentor", MET)),
    (("mentee", NO_SHOW), ("mentor", NO_SHOW)),
]


@pytest.mark.parametrize(("first", "second"), CONTRADICTIONS)
async def test_contradicting_reports_open_a_dispute(
    town: Community,
    oliver: Actor,
    maya: Actor,
    session: SessionView,
    first: tuple[str, Attendance],
    second: tuple[str, Attendance],
) -> None:
    people = {"mentor": oliver, "mentee": maya}
    await report(town, people[first[0]], session, first[1])
    disputed = await report(town, people[second[0]], session, second[1])
    assert disputed.status is SessionStatus.DISPUTED
    assert disputed.next_at == town.clock.now + timedelta(days=14)
    assert await town.escrow_balance(disputed) == 61
    assert await town.notified_kinds(people[first[0]], NotificationKind.DISPUTED) == ["disputed"]
    (card,) = await town.notifications(NotificationKind.DISPUTE_OPENED)
    assert (card.user_id, card.session_id) == (None, session.id)
    assert [
        dispute.id for dispute in (await town.db.read(disputes.list_pending, town.chief)).items
    ] == [session.id]


@pytest.mark.parametrize(
    ("action", "status", "to_mentee", "to_mentor"),
    [
        (Action.PAY, SessionStatus.COMPLETED, 0, 55),
        (Action.REFUND, SessionStatus.REFUNDED, 61, 0),
        (Action.SPLIT, SessionStatus.COMPLETED, 31, 27),
    ],
)
async def test_a_moderator_resolves_a_dispute(
    town: Community,
    oliver: Actor,
    maya: Actor,
    action: Action,
    status: SessionStatus,
    to_mentee: int,
    to_mentor: int,
) -> None:
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver)
    for stranger in (maya, oliver):
        with pytest.raises(NotAModerator):
            await town.db.run(disputes.resolve, stranger, disputed.id, action)
    result = await town.db.run(disputes.resolve, town.chief, disputed.id, action)
    assert (result.session.status, result.refund, result.earned) == (
        status,
        to_mentee,
        to_mentor,
    )
    assert await town.balance(maya) == 100 - 61 + to_mentee
    assert await town.balance(oliver) == to_mentor
    for person in (maya, oliver):
        assert await town.notified_kinds(person, NotificationKind.DISPUTE_RESOLVED) == ["settled"]
    (entry,) = [
        entry
        for entry in await town.db.read(audit.list_entries, town.chief)
        if entry.action.startswith("settled")
    ]
    assert entry.action == f"settled_{action}"
    with pytest.raises(NotAllowedNow):
        await town.db.run(disputes.resolve, town.chief, disputed.id, action)
    assert (await town.db.read(disputes.list_pending, town.chief)).items == ()


async def test_concurrent_resolutions_of_a_dispute_apply_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver)
    results = await asyncio.gather(
        *(
            town.db.run(disputes.resolve, town.chief, disputed.id, action)
            for action in disputes.RESOLUTIONS
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 2


async def test_only_a_dispute_of_the_guild_can_be_resolved(
    town: Community, village: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    with pytest.raises(NotFound):
        await town.db.run(disputes.resolve, town.chief, session.id, Action.REFUND)
    disputed = await town.session(
        SessionStatus.DISPUTED, await town.member("Sam", points=61), oliver, END + timedelta(days=1)
    )
    with pytest.raises(NotFound):
        await village.db.run(disputes.resolve, village.chief, disputed.id, Action.REFUND)


async def test_concurrent_no_show_reports_open_a_dispute(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await asyncio.gather(
        report(town, oliver, session, NO_SHOW), report(town, maya, session, NO_SHOW)
    )
    assert (await town.reload(session)).status is SessionStatus.DISPUTED
