"""Counting answered and expired requests; asking and pausing a mentor who doesn't answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.delivery import outbox, outcomes
from mentorship.errors import MentorPaused, NotAMentor
from mentorship.main_app import public_profiles
from mentorship.mentors import profiles, responsiveness
from mentorship.mentors.track_record import ResponseRate, response_rate
from mentorship.notifications.catalogue import NotificationKind
from mentorship.search import profile_views
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions import departures, rescheduling, service_time, transitions
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import MentorProfile
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

ASKED, PAUSED = NotificationKind.ASKED_IF_ACTIVE, NotificationKind.PAUSED_FOR_SILENCE


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def deliver_all(town: Community) -> None:
    while claimed := await town.db.run(outbox.claim_due):
        sent = [outcomes.sent(notification, 1, notification.id) for notification in claimed]
        await town.db.run(outcomes.record, sent)


async def request(
    town: Community, maya: Actor, oliver: Actor, *, delivered: bool = True
) -> SessionView:
    """Book a session two days ahead; the mentor gets the request."""
    session = await town.book(maya, oliver, town.clock.now + timedelta(days=2))
    if delivered:
        await deliver_all(town)
    return session


async def expire(town: Community, maya: Actor, oliver: Actor, *, delivered: bool = True) -> None:
    """Let a request expire unanswered."""
    session = await request(town, maya, oliver, delivered=delivered)
    assert session.answer_deadline is not None
    await town.wait_until(session.answer_deadline)
    assert (await town.reload(session)).status is SessionStatus.EXPIRED


async def counts(town: Community, mentor: Actor) -> tuple[int, int, int, bool]:
    """Return answered requests, expired ones, those in a row, and whether the mentor is paused."""

    async def query(tx: Transaction) -> tuple[int, int, int, bool]:
        row = await tx.connection.execute(
            select(
                MentorProfile.requests_answered,
                MentorProfile.requests_expired,
                MentorProfile.expired_in_a_row,
                MentorProfile.paused,
            ).where(MentorProfile.user_id == mentor.user_id)
        )
        return tuple(row.one())

    return await town.db.read(query)


async def test_a_mentor_is_asked_after_two_and_paused_after_three_expired_requests(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await expire(town, maya, oliver)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == []
    await expire(town, maya, oliver)
    assert await counts(town, oliver) == (0, 2, 2, False)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == [ASKED]
    await expire(town, maya, oliver)
    assert await counts(town, oliver) == (0, 3, 0, True)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == [ASKED, PAUSED]
    await town.db.run(profiles.resume, oliver)
    await expire(town, maya, oliver)
    assert await counts(town, oliver) == (0, 4, 1, False), "counting starts again"


async def test_an_answer_ends_the_row_of_expired_requests(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await expire(town, maya, oliver)
    await expire(town, maya, oliver)
    answered = await request(town, maya, oliver)
    await town.db.run(transitions.decline, oliver, answered.id)
    assert await counts(town, oliver) == (1, 2, 0, False)
    await expire(town, maya, oliver)
    await expire(town, maya, oliver)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == [ASKED, ASKED]


async def test_a_mentor_who_says_so_is_not_paused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await expire(town, maya, oliver)
    await expire(town, maya, oliver)
    assert await town.db.run(responsiveness.confirm_active, oliver)
    await expire(town, maya, oliver)
    assert await counts(town, oliver) == (0, 3, 1, False)
    with pytest.raises(NotAMentor):
        await town.db.run(responsiveness.confirm_active, maya)


async def test_requests_that_expire_together_leave_time_to_react(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sessions = []
    for number in range(4):
        member = await town.member(f"Member {number}", points=100)
        start = TUESDAY_NOON + timedelta(days=2, hours=number)
        sessions.append(await town.book(member, oliver, start))
    await deliver_all(town)
    await town.wait_until(town.clock.now + hours(24))
    assert await counts(town, oliver) == (0, 4, 4, False)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == [ASKED]
    await expire(town, maya, oliver)
    assert (await counts(town, oliver))[3]


async def test_each_answered_request_counts_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    confirmed = await request(town, maya, oliver)
    await town.db.run(transitions.confirm, oliver, confirmed.id)
    moved = await town.book(maya, oliver, confirmed.ends_at + hours(2))
    proposed = await town.db.run(rescheduling.propose, oliver, moved.id, moved.starts_at + hours(2))
    assert (await counts(town, oliver))[0] == 2
    assert proposed.proposal is not None
    await town.db.run(rescheduling.withdraw, oliver, moved.id)
    await town.db.run(transitions.confirm, oliver, moved.id)
    assert await counts(town, oliver) == (2, 0, 0, False)


async def test_a_request_that_waits_for_the_mentee_does_not_count_as_unanswered(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await request(town, maya, oliver)
    await town.db.run(rescheduling.propose, oliver, session.id, session.starts_at + hours(2))
    await deliver_all(town)
    await town.wait_until((await town.reload(session)).next_at or session.starts_at)
    assert (await town.reload(session)).status is SessionStatus.EXPIRED
    assert await counts(town, oliver) == (1, 0, 0, False)


async def test_a_request_that_never_arrived_does_not_count_as_unanswered(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await expire(town, maya, oliver, delivered=False)
    assert await counts(town, oliver) == (0, 0, 0, False)


async def test_a_request_that_expired_during_downtime_does_not_count_as_unanswered(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await request(town, maya, oliver)
    await town.db.run(service_time.tick)
    town.clock.turn(days=3)
    assert await town.db.run(sessions_clock.advance) == 0
    town.clock.turn(seconds=30)
    assert await town.db.run(sessions_clock.advance) == 1
    assert (await town.reload(session)).status is SessionStatus.EXPIRED
    assert await counts(town, oliver) == (0, 0, 0, False)
    town.clock.turn(seconds=30, minutes=29)
    await expire(town, maya, oliver)
    assert await counts(town, oliver) == (0, 1, 1, False)


async def test_requests_that_end_because_the_mentor_left_are_no_answers(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await request(town, maya, oliver)
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    assert await counts(town, oliver) == (0, 0, 0, False)


async def test_a_mentor_whose_pause_is_over_is_asked_and_paused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(profiles.pause, oliver, town.clock.now + timedelta(hours=1))
    town.clock.now += timedelta(hours=1)
    for _ in range(3):
        await expire(town, maya, oliver)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == [ASKED, PAUSED]
    with pytest.raises(MentorPaused):
        await request(town, maya, oliver)


async def test_a_paused_mentor_is_left_alone(town: Community, oliver: Actor, maya: Actor) -> None:
    for _ in range(2):
        session = await request(town, maya, oliver)
        await town.db.run(profiles.pause, oliver)
        await town.wait_until(session.answer_deadline or session.starts_at)
        await town.db.run(profiles.resume, oliver)
    assert await town.notified_kinds(oliver, ASKED, PAUSED) == []


def test_a_response_rate_needs_five_requests() -> None:
    assert response_rate(4, 0) is None
    assert response_rate(3, 2) == ResponseRate(answered=3, requests=5)


async def test_profiles_show_the_response_rate(town: Community, oliver: Actor, maya: Actor) -> None:
    async def set_counts(tx: Transaction) -> None:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.user_id == oliver.user_id)
            .values(requests_answered=9, requests_expired=1)
        )

    for module in (profile_views, public_profiles):
        assert (
            await town.db.read(module.load, maya, oliver.user_id)
        ).track_record.response_rate is None
    await town.db.run(set_counts)
    for module in (profile_views, public_profiles):
        profile = await town.db.read(module.load, maya, oliver.user_id)
        assert profile.track_record.response_rate == ResponseRate(9, 10)
