"""How much one member can book at a time, and withdraw in a day."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import Limit, LimitReached
from mentorship.sessions import booking, rescheduling, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


async def mentors(town: Community, number: int, **more: object) -> list[Actor]:
    """Create mentors who charge nothing."""
    return [await town.mentor(f"Mentor {n}", rate=0, **more) for n in range(number)]


async def assert_refused(
    town: Community, mentee: Actor, mentor: Actor, start: datetime = TUESDAY_NOON + 20 * DAY
) -> LimitReached:
    """Assert that quote and booking are refused alike and write nothing. Returns the error."""
    request = BookingRequest(mentor.user_id, start, 60)
    before = await town.dump()
    with pytest.raises(LimitReached) as quoted:
        await town.db.read(booking.quote, mentee, request)
    with pytest.raises(LimitReached) as booked:
        await town.db.run(booking.book, mentee, request)
    assert vars(quoted.value) == vars(booked.value)
    assert await town.dump() == before
    return booked.value


async def withdraw(town: Community, mentee: Actor, mentor: Actor) -> SessionView:
    """Book and cancel at once."""
    session = await town.book(mentee, mentor, TUESDAY_NOON + 10 * DAY)
    return (await town.db.run(transitions.cancel, mentee, session.id)).session


async def test_a_third_pending_request_to_one_mentor_is_refused(
    town: Community, maya: Actor
) -> None:
    oliver, noor = await mentors(town, 2)
    first = await town.book(maya, oliver, TUESDAY_NOON + 3 * DAY)
    town.clock.turn(hours=1)
    await town.book(maya, oliver, TUESDAY_NOON + 2 * DAY)
    error = await assert_refused(town, maya, oliver)
    assert (error.limit, error.most) == (Limit.PENDING_PER_MENTOR, 2)
    assert error.ends_at == first.answer_deadline, "the first answer that is due"
    await town.book(maya, noor, TUESDAY_NOON + 4 * DAY)


async def test_an_answer_or_a_withdrawal_makes_room_for_another_request(
    town: Community, maya: Actor
) -> None:
    (oliver,) = await mentors(town, 1)
    first = await town.book(maya, oliver, TUESDAY_NOON)
    second = await town.book(maya, oliver, TUESDAY_NOON + DAY)
    await town.db.run(transitions.confirm, oliver, first.id)
    third = await town.book(maya, oliver, TUESDAY_NOON + 2 * DAY)
    await assert_refused(town, maya, oliver)
    await town.db.run(transitions.decline, oliver, second.id)
    await town.book(maya, oliver, TUESDAY_NOON + 3 * DAY)
    await assert_refused(town, maya, oliver)
    await town.db.run(transitions.cancel, maya, third.id)
    await town.book(maya, oliver, TUESDAY_NOON + 4 * DAY)


async def test_a_sixth_pending_request_is_refused(town: Community, maya: Actor) -> None:
    *five, sixth = await mentors(town, 6)
    for number, mentor in enumerate(five):
        await town.book(maya, mentor, TUESDAY_NOON + number * DAY)
    error = await assert_refused(town, maya, sixth)
    assert (error.limit, error.most) == (Limit.PENDING, 5)


async def test_a_request_counts_until_its_answer_is_due(town: Community, maya: Actor) -> None:
    (oliver,) = await mentors(town, 1)
    for number in (3, 4):
        await town.book(maya, oliver, TUESDAY_NOON + number * DAY)
    ends_at = (await assert_refused(town, maya, oliver)).ends_at
    assert ends_at is not None
    # Before the job has ended the requests.
    town.clock.now = ends_at
    await town.book(maya, oliver, TUESDAY_NOON + 5 * DAY)


async def test_an_eleventh_upcoming_session_is_refused(town: Community, maya: Actor) -> None:
    mentor, other = await mentors(town, 2, instant_booking=True)
    for number in range(10):
        await town.book(maya, mentor, TUESDAY_NOON + number * hours(2))
    error = await assert_refused(town, maya, other)
    assert (error.limit, error.most, error.ends_at) == (Limit.UPCOMING, 10, TUESDAY_NOON)
    await town.wait_until(TUESDAY_NOON)
    await town.book(maya, other, TUESDAY_NOON + 20 * DAY)


async def test_a_reschedule_request_does_not_count_as_a_session(
    town: Community, maya: Actor
) -> None:
    await town.configure(limit_upcoming=2)
    (mentor,) = await mentors(town, 1, instant_booking=True)
    session = await town.book(maya, mentor, TUESDAY_NOON)
    await town.db.run(rescheduling.propose, maya, session.id, TUESDAY_NOON + DAY)
    await town.book(maya, mentor, TUESDAY_NOON + 2 * DAY)
    await assert_refused(town, maya, mentor)


async def test_sessions_as_a_mentor_or_in_another_guild_do_not_count(
    town: Community, village: Community, maya: Actor
) -> None:
    await town.configure(limit_upcoming=1)
    (oliver,) = await mentors(town, 1, instant_booking=True)
    sam = await town.mentor("Sam", rate=0, instant_booking=True)
    await town.book(maya, sam, TUESDAY_NOON)
    vera = await village.mentor("Vera", rate=0, instant_booking=True)
    sam_there = await village.join(sam)
    await village.book(sam_there, vera, TUESDAY_NOON + DAY)
    await town.book(sam, oliver, TUESDAY_NOON + 2 * DAY)
    error = await assert_refused(town, sam, oliver)
    assert error.ends_at == TUESDAY_NOON + 2 * DAY


async def test_after_five_withdrawn_requests_a_sixth_waits_for_a_day(
    town: Community, maya: Actor
) -> None:
    (oliver,) = await mentors(town, 1)
    first = await withdraw(town, maya, oliver)
    for _ in range(4):
        town.clock.turn(minutes=10)
        await withdraw(town, maya, oliver)
    error = await assert_refused(town, maya, oliver)
    assert (error.limit, error.most) == (Limit.EARLY_CANCELLATIONS, 5)
    assert first.ended_at is not None
    assert error.ends_at == first.ended_at + DAY
    town.clock.now = error.ends_at
    await town.book(maya, oliver, TUESDAY_NOON + 10 * DAY)


async def test_instant_bookings_cancelled_within_a_day_count_as_withdrawn(
    town: Community, maya: Actor
) -> None:
    (noor,) = await mentors(town, 1, instant_booking=True)
    early = await town.book(maya, noor, TUESDAY_NOON + 10 * DAY)
    town.clock.turn(days=2)
    await town.db.run(transitions.cancel, maya, early.id)
    for _ in range(5):
        await withdraw(town, maya, noor)
    assert (await assert_refused(town, maya, noor)).limit is Limit.EARLY_CANCELLATIONS


async def test_other_endings_do_not_count_as_withdrawn(town: Community, maya: Actor) -> None:
    await town.configure(limit_early_cancellations=1)
    (oliver,) = await mentors(town, 1)
    declined = await town.book(maya, oliver, TUESDAY_NOON + 10 * DAY)
    await town.db.run(transitions.decline, oliver, declined.id)
    for canceller in (maya, oliver):
        confirmed = await town.book(maya, oliver, TUESDAY_NOON + 10 * DAY)
        town.clock.turn(minutes=5)
        await town.db.run(transitions.confirm, oliver, confirmed.id)
        await town.db.run(transitions.cancel, canceller, confirmed.id)
    await withdraw(town, maya, oliver)
    await assert_refused(town, maya, oliver)


async def test_a_repeated_booking_at_the_limit_is_the_same_booking(
    town: Community, maya: Actor
) -> None:
    await town.configure(limit_pending=1)
    (oliver,) = await mentors(town, 1)
    first = await town.book(maya, oliver, key="once")
    assert (await town.book(maya, oliver, key="once")).id == first.id


async def test_racing_bookings_never_exceed_a_limit(town: Community, maya: Actor) -> None:
    crowd = await mentors(town, 20)
    results = await asyncio.gather(
        *(town.book(maya, mentor, TUESDAY_NOON + n * DAY) for n, mentor in enumerate(crowd)),
        return_exceptions=True,
    )
    booked = [result for result in results if isinstance(result, SessionView)]
    refused = [result for result in results if isinstance(result, LimitReached)]
    assert (len(booked), len(refused)) == (5, 15)
