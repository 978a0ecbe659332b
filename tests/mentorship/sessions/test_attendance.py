"""After the meeting: what the two say, what silence means, and what the moderators decide."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.errors import NotAllowedNow, NotAModerator, NotFound, Obstacle
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import attendance, disputes
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

TOOK, NOT = Attendance.MET, Attendance.NO_SHOW
END = TUESDAY_NOON + hours(1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    await town.settle(fee_percent=10)
    return await town.mentor("Oliver", rate=61)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def session(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    met = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await town.wait_until(END)
    return met


async def says(town: Community, who: Actor, session: SessionView, word: Attendance) -> SessionView:
    return (await town.db.run(attendance.report, who, session.id, word)).session


async def test_a_mentors_met_report_pays_only_after_the_mentees(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    waiting = await says(town, oliver, session, TOOK)
    assert waiting.status is SessionStatus.IN_PROGRESS
    assert await town.balance(oliver) == 0
    with pytest.raises(NotAllowedNow) as caught:
        await says(town, oliver, session, TOOK)
    assert caught.value.obstacle is Obstacle.ALREADY_REPORTED
    done = await says(town, maya, session, TOOK)
    assert done.status is SessionStatus.COMPLETED
    assert await town.balance(oliver) == 55, "a tenth of 61, rounded down, is the guild's"


async def test_an_uncontested_mentor_no_show_is_refunded(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    town.clock.turn(hours=20)
    waiting = await says(town, maya, session, NOT)
    assert waiting.status is SessionStatus.IN_PROGRESS
    assert await town.notified_kinds(oliver, NotificationKind.NO_SHOW_REPORTED) == ["missed"]
    assert waiting.next_at == town.clock.now + hours(24), "the other has the whole delay"
    await town.wait_until(waiting.next_at)
    ended = await town.reload(session)
    assert (ended.status, ended.no_show_user_id) == (SessionStatus.NO_SHOW, oliver.user_id)
    assert (await town.balance(maya), await town.balance(oliver)) == (100, 0)
    assert await town.notified_kinds(maya, NotificationKind.NO_SHOW) == await town.notified_kinds(
        oliver, NotificationKind.NO_SHOW
    )


async def test_an_uncontested_mentee_no_show_pays_without_a_fee(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    waiting = await says(town, oliver, session, NOT)
    assert waiting.next_at is not None
    await town.wait_until(waiting.next_at)
    ended = await town.reload(session)
    assert (ended.status, ended.no_show_user_id) == (SessionStatus.NO_SHOW, maya.user_id)
    assert (await town.balance(maya), await town.balance(oliver)) == (39, 61), "and no fee"


async def test_a_no_show_cannot_be_reported_in_the_first_ten_minutes(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    met = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await says(town, maya, met, NOT)
    assert caught.value.obstacle is Obstacle.TOO_EARLY
    town.clock.turn(minutes=10)
    await says(town, maya, met, NOT)


async def test_a_met_report_does_not_allow_an_earlier_no_show_report(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    met = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await says(town, oliver, met, TOOK)
    with pytest.raises(NotAllowedNow) as caught:
        await says(town, maya, met, NOT)
    assert caught.value.obstacle is Obstacle.TOO_EARLY
    town.clock.turn(minutes=10)
    assert (await says(town, maya, met, NOT)).status is SessionStatus.DISPUTED


CONTRADICTIONS = [
    (("mentor", NOT), ("mentee", TOOK)),
    (("mentor", NOT), ("mentee", NOT)),
    (("mentor", TOOK), ("mentee", NOT)),
    (("mentee", NOT), ("mentor", TOOK)),
    (("mentee", NOT), ("mentor", NOT)),
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
    await says(town, people[first[0]], session, first[1])
    disputed = await says(town, people[second[0]], session, second[1])
    assert (disputed.status, disputed.next_at) == (SessionStatus.DISPUTED, None)
    assert await town.escrow_balance(disputed) == 61
    assert await town.notified_kinds(people[first[0]], NotificationKind.DISPUTED) == ["disputed"]
    (card,) = await town.notifications(NotificationKind.DISPUTE_OPENED)
    assert (card.user_id, card.session_id) == (None, session.id)
    town.clock.turn(days=400)
    await town.wait_until(town.clock.now)
    assert (await town.reload(session)).status is SessionStatus.DISPUTED, "it waits for a decision"
    assert [one.id for one in (await town.db.read(disputes.list_pending, town.chief)).items] == [
        session.id
    ]


@pytest.mark.parametrize(
    ("act", "status", "to_mentee", "to_mentor"),
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
    act: Action,
    status: SessionStatus,
    to_mentee: int,
    to_mentor: int,
) -> None:
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver)
    for stranger in (maya, oliver):
        with pytest.raises(NotAModerator):
            await town.db.run(disputes.resolve, stranger, disputed.id, act)
    outcome = await town.db.run(disputes.resolve, town.chief, disputed.id, act)
    assert (outcome.session.status, outcome.refund, outcome.earned) == (
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
    assert entry.action == f"settled_{act}"
    with pytest.raises(NotAllowedNow):
        await town.db.run(disputes.resolve, town.chief, disputed.id, act)
    assert (await town.db.read(disputes.list_pending, town.chief)).items == ()


async def test_concurrent_resolutions_of_a_dispute_apply_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    disputed = await town.session(SessionStatus.DISPUTED, maya, oliver)
    results = await asyncio.gather(
        *(
            town.db.run(disputes.resolve, town.chief, disputed.id, act)
            for act in disputes.RESOLUTIONS
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, NotAllowedNow) for one in results) == 2


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
    await asyncio.gather(says(town, oliver, session, NOT), says(town, maya, session, NOT))
    assert (await town.reload(session)).status is SessionStatus.DISPUTED
