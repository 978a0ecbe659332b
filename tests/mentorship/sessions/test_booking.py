"""Booking: its effects, every refusal, idempotency keys and concurrent bookings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor, timezone_change
from mentorship.errors import (
    Busy,
    InvalidField,
    KeyReused,
    MentorPaused,
    MentorshipError,
    NotAMentor,
    NotBookableReason,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    SlotTaken,
    SlotUnavailable,
    TimezoneNeeded,
    WrongDuration,
)
from mentorship.guilds import guild_settings
from mentorship.mentors import profiles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import booking, lifecycle, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.statuses import SessionStatus
from storage.tables import Commitment, IdempotencyKey, Notification, Participant, Session
from tests.errors import sentence
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community, hours

E = TypeVar("E", bound=MentorshipError)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


async def assert_refused(
    town: Community, actor: Actor, request: BookingRequest, error: type[E]
) -> E:
    """Assert that quote and booking raise the same error and write nothing. Returns the error."""
    before = await town.dump()
    with pytest.raises(error) as quote_error:
        await town.db.read(booking.quote, actor, request)
    with pytest.raises(error) as booking_error:
        await town.db.run(booking.book, actor, request)
    assert type(quote_error.value) is type(booking_error.value) is error
    assert vars(quote_error.value) == vars(booking_error.value)
    assert await town.dump() == before
    return booking_error.value


async def gather_outcomes(
    attempts: list[Awaitable[object]],
) -> tuple[list[object], list[BaseException]]:
    """Run the attempts concurrently and return their results and their errors."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    return [result for result in results if not isinstance(result, BaseException)], errors


# --- a booking ------------------------------------------------------------------------------------


async def test_booking_holds_time_and_points_and_notifies_the_mentor(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, topic="  My first PR ")
    assert session.status is SessionStatus.SCHEDULED
    assert (session.mentor.name, session.mentee.name) == ("Oliver", "Maya")
    assert (session.starts_at, session.minutes) == (TUESDAY_NOON, 60)
    assert (session.topic, session.timezone, session.price) == ("My first PR", "Europe/London", 60)
    assert await town.balance(maya) == 40
    assert await town.balance(oliver) == 0
    assert await town.escrow_balance(session) == 60
    assert await town.count(Commitment) == 2
    assert await town.count(Participant) == 2
    (notification,) = [row for row in await town.notifications() if row.session_id == session.id]
    assert (notification.kind, notification.user_id, notification.due_at) == (
        "requested",
        oliver.user_id,
        town.clock.now,
    )
    assert notification.useful_until == TUESDAY_NOON, "the request expires with the start"


async def test_a_quote_matches_the_booking_and_holds_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    start = TUESDAY_NOON + hours(48)
    request = BookingRequest(oliver.user_id, start, 30, "PRs")
    before = await town.dump()
    quoted = await town.db.read(booking.quote, maya, request)
    assert await town.dump() == before, "a quote writes nothing"
    assert (quoted.mentor_name, quoted.minutes, quoted.topic) == ("Oliver", 30, "PRs")
    assert (quoted.price, quoted.balance) == (30, 100)
    assert (quoted.zone, quoted.mentor_zone) == ("America/New_York", "Europe/London")
    assert not quoted.clock_change
    assert not quoted.confirmed_at_once
    booked = await town.db.run(booking.book, maya, replace(request, price_shown=quoted.price))
    assert booked.price == quoted.price
    assert booked.answer_deadline == quoted.answer_deadline
    assert quoted.free_cancellation_until == start - hours(24)
    late = await town.db.read(booking.quote, maya, replace(request, starts_at=TUESDAY_NOON))
    assert late.free_cancellation_until is None, "cancelling is no longer free"


async def test_an_instant_booking_is_confirmed_and_schedules_reminders(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", instant_booking=True)
    booked = await town.book(maya, noor, TUESDAY_NOON + hours(24))
    assert booked.status is SessionStatus.CONFIRMED
    assert await town.notified_kinds(maya) == ["reminder", "reminder", "reminder", "starting"]
    assert await town.notified_kinds(
        noor, NotificationKind.REQUESTED, NotificationKind.REMINDER, NotificationKind.STARTING
    ) == [
        "requested",
        "reminder",
        "reminder",
        "reminder",
        "starting",
    ]


async def test_the_first_booking_is_paid_from_the_starting_balance(
    town: Community, oliver: Actor
) -> None:
    await town.configure(starting_balance=75)
    sam = await town.member("Sam")
    assert await town.balance(sam) == 75
    await town.book(sam, oliver)
    assert await town.balance(sam) == 15


async def test_a_free_session_moves_no_points(town: Community) -> None:
    gift = await town.mentor("Gift", rate=0)
    sam = await town.member("Sam")
    session = await town.book(sam, gift)
    assert (session.price, await town.escrow_balance(session), await town.balance(sam)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("ahead", "deadline"),
    [
        (timedelta(days=3), timedelta(hours=24)),
        (timedelta(hours=25), timedelta(hours=24)),
        (timedelta(hours=24), timedelta(hours=23)),
        (timedelta(hours=2), timedelta(hours=1)),
        (timedelta(minutes=90), timedelta(minutes=30)),
        (timedelta(minutes=60), timedelta(minutes=30)),
        (timedelta(minutes=10), timedelta(minutes=5)),
    ],
)
def test_the_answer_deadline_with_default_settings(ahead: timedelta, deadline: timedelta) -> None:
    """A day, but an hour before the start at most; less at short notice."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    within = guild_settings.GuildSettings(1).confirm_within
    assert lifecycle.answer_deadline(now, now + ahead, within) == now + deadline


# --- rejected requests ----------------------------------------------------------------------------


async def test_booking_oneself_is_refused(town: Community, oliver: Actor) -> None:
    await assert_refused(town, oliver, BookingRequest(oliver.user_id, TUESDAY_NOON, 60), OwnProfile)


async def test_booking_a_person_who_is_no_mentor_is_refused(town: Community, maya: Actor) -> None:
    sam = await town.member("Sam")
    for user_id in (sam.user_id, 424242):
        await assert_refused(town, maya, BookingRequest(user_id, TUESDAY_NOON, 60), NotAMentor)


async def test_booking_an_applicant_is_refused(town: Community, maya: Actor) -> None:
    ada, _ = await town.applicant("Ada")
    error = await assert_refused(
        town, maya, BookingRequest(ada.user_id, TUESDAY_NOON, 60), NotAMentor
    )
    assert (error.name, error.is_actor) == ("Ada", False)


async def test_booking_a_mentor_of_another_guild_is_refused(
    town: Community, village: Community, oliver: Actor
) -> None:
    jo = await village.member("Jo", points=100)
    await assert_refused(village, jo, BookingRequest(oliver.user_id, TUESDAY_NOON, 60), NotAMentor)


async def test_booking_a_paused_mentor_is_refused_until_they_are_back(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    returns_at = town.clock.now + timedelta(days=2)
    await town.db.run(profiles.pause, oliver, returns_at)
    request = BookingRequest(oliver.user_id, returns_at + hours(5), 60)
    error = await assert_refused(town, maya, request, MentorPaused)
    assert error.name == "Oliver"
    town.clock.now = returns_at
    assert (await town.db.run(booking.book, maya, request)).status is SessionStatus.SCHEDULED


@pytest.mark.parametrize("minutes", [0, -30, 29, 45, 61, 10**9])
async def test_a_duration_that_is_not_offered_is_refused(
    town: Community, oliver: Actor, maya: Actor, minutes: int
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, minutes)
    error = await assert_refused(town, maya, request, WrongDuration)
    assert error.offered == (30, 60)
    assert sentence(error) == "This mentor offers sessions of 30 or 60 minutes."


async def test_a_past_start_is_refused(town: Community, oliver: Actor, maya: Actor) -> None:
    request = BookingRequest(oliver.user_id, town.clock.now - hours(1), 60)
    error = await assert_refused(town, maya, request, SlotUnavailable)
    assert error.reason is NotBookableReason.PAST
    assert error.nearest[0] == town.clock.now + hours(1)


async def test_a_start_within_the_minimum_notice_is_refused(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", minimum_notice=180)
    request = BookingRequest(noor.user_id, town.clock.now + hours(2.5), 60)
    error = await assert_refused(town, maya, request, SlotUnavailable)
    assert error.reason is NotBookableReason.NOTICE
    assert (error.mentor_name, error.minimum_notice) == ("Noor", 180)
    assert error.nearest[0] == town.clock.now + hours(3)
    await town.book(maya, noor, town.clock.now + hours(3))


async def test_a_start_beyond_the_booking_window_is_refused(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", horizon_days=7)
    request = BookingRequest(noor.user_id, town.clock.now + timedelta(days=8), 60)
    error = await assert_refused(town, maya, request, SlotUnavailable)
    assert (error.reason, error.horizon_days) == (NotBookableReason.HORIZON, 7)
    assert error.nearest
    assert all(start <= town.clock.now + timedelta(days=7) for start in error.nearest)


async def test_a_start_outside_the_weekly_hours_is_refused(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", zone="Asia/Kolkata", hours="tue 18:00-20:00")
    # 12:30 UTC is 18:00 in Kolkata.
    opening = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)
    for start in (opening - timedelta(minutes=30), opening + hours(1.5), opening + hours(24)):
        request = BookingRequest(noor.user_id, start, 60)
        error = await assert_refused(town, maya, request, SlotUnavailable)
        assert error.reason is NotBookableReason.HOURS
        assert set(error.nearest) >= {opening, opening + hours(0.5), opening + hours(1)}
    assert (await town.book(maya, noor, opening + hours(1))).starts_at == opening + hours(1)


async def test_the_daily_limit_of_sessions_is_enforced(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", most_per_day=1, rate=10)
    await town.book(maya, noor)
    request = BookingRequest(noor.user_id, TUESDAY_NOON + hours(3), 60)
    error = await assert_refused(town, maya, request, SlotUnavailable)
    assert error.reason is NotBookableReason.DAY_FULL
    assert all(start.date() != TUESDAY_NOON.date() for start in error.nearest)


async def test_losing_a_slot_offers_the_nearest_open_slots(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sam = await town.member("Sam", points=100)
    await town.book(sam, oliver)
    for start in (TUESDAY_NOON, TUESDAY_NOON - hours(0.5), TUESDAY_NOON + hours(0.5)):
        request = BookingRequest(oliver.user_id, start, 60)
        error = await assert_refused(town, maya, request, SlotTaken)
        assert sentence(error) == "That slot was just taken. These are the nearest open times:"
        assert error.nearest == tuple(sorted(error.nearest, key=lambda open_: abs(open_ - start)))
        assert {TUESDAY_NOON - hours(1), TUESDAY_NOON + hours(1)} & set(error.nearest[:2])
        assert not set(error.nearest) & {TUESDAY_NOON + hours(half) for half in (-0.5, 0, 0.5)}
    await town.book(maya, oliver, TUESDAY_NOON + hours(1))


async def test_declined_and_cancelled_sessions_free_their_slot(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    for status in (SessionStatus.DECLINED, SessionStatus.CANCELLED):
        await town.session(status, maya, oliver)
    await town.book(maya, oliver)


async def test_buffers_around_a_session_cannot_be_booked(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", buffer_before=60, buffer_after=60, rate=10)
    sam = await town.member("Sam", points=100)
    await town.book(sam, noor)
    for start in (-1.5, -1, 1, 1.5):
        request = BookingRequest(noor.user_id, TUESDAY_NOON + hours(start), 60)
        error = await assert_refused(town, maya, request, SlotTaken)
        assert all(abs(open_ - TUESDAY_NOON) >= hours(2) for open_ in error.nearest)
    await town.book(maya, noor, TUESDAY_NOON + hours(3))
    await town.book(maya, noor, TUESDAY_NOON - hours(3))


async def test_the_buffer_after_a_session_is_kept_when_it_is_over(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", buffer_before=60, buffer_after=60, minimum_notice=0)
    sam = await town.member("Sam", points=100)
    await town.session(SessionStatus.CONFIRMED, sam, noor)
    await town.wait_until(TUESDAY_NOON + timedelta(minutes=61))
    request = BookingRequest(noor.user_id, TUESDAY_NOON + hours(1.5), 30)
    error = await assert_refused(town, maya, request, SlotTaken)
    assert all(open_ >= TUESDAY_NOON + hours(2) for open_ in error.nearest)


async def test_a_mentee_with_another_session_at_the_time_is_refused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    noor = await town.mentor("Noor", rate=20)
    await town.book(maya, noor)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON + hours(0.5), 30)
    error = await assert_refused(town, maya, request, Busy)
    assert (error.reason, error.is_reschedule) == (NotBookableReason.MENTEE_BUSY, False)
    assert TUESDAY_NOON + hours(1) in error.nearest
    assert TUESDAY_NOON not in error.nearest


async def test_a_session_in_another_guild_blocks_the_time_anonymously(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    vera = await village.mentor("Vera")
    await village.book(await village.join(maya, points=60), vera)
    error = await assert_refused(town, maya, BookingRequest(oliver.user_id, TUESDAY_NOON, 60), Busy)
    assert "Vera" not in sentence(error)
    assert TUESDAY_NOON not in error.nearest


async def test_a_mentor_who_is_a_mentee_in_another_guild_is_busy(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    vera = await village.mentor("Vera")
    await village.book(await village.join(oliver, points=60), vera)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    error = await assert_refused(town, maya, request, SlotTaken)
    assert "Vera" not in sentence(error)


async def test_booking_without_enough_points_is_refused(town: Community, oliver: Actor) -> None:
    sam = await town.member("Sam", points=59)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    error = await assert_refused(town, sam, request, NotEnoughPoints)
    assert (error.balance, error.needed) == (59, 60)
    assert "you need 1 more." in sentence(error)
    await town.grant(sam, 1)
    await town.db.run(booking.book, sam, request)


async def test_a_price_that_changed_since_the_quote_is_refused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, price_shown=50)
    before = await town.dump()
    with pytest.raises(PriceChanged) as caught:
        await town.db.run(booking.book, maya, request)
    assert (caught.value.shown, caught.value.price) == (50, 60)
    assert await town.dump() == before


async def test_a_topic_over_300_characters_is_refused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, "x" * 301)
    error = await assert_refused(town, maya, request, InvalidField)
    assert sentence(error) == "The topic can have up to 300 characters."
    await town.book(maya, oliver, topic="x" * 300)


async def test_booking_needs_a_time_zone(town: Community, oliver: Actor) -> None:
    sam = await town.member("Sam", zone=None)
    stranger = Actor(424242, "Stranger", town.guild_id)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    for actor in (sam, stranger):
        await assert_refused(town, actor, request, TimezoneNeeded)
    await town.db.run(timezone_change.set_timezone, sam, "Asia/Kolkata")
    await town.grant(sam, 60)
    await town.db.run(booking.book, sam, request)


async def test_a_naive_datetime_is_rejected_as_a_programming_error(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON.replace(tzinfo=None), 60)
    with pytest.raises((TypeError, ValueError), match="naive"):
        await town.db.run(booking.book, maya, request)


# --- idempotency keys -----------------------------------------------------------------------------


async def test_one_key_is_one_booking(town: Community, oliver: Actor, maya: Actor) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, "PRs", price_shown=60, key="k1")
    first = await town.db.run(booking.book, maya, request)
    before = await town.dump()
    assert await town.db.run(booking.book, maya, request) == first
    town.clock.turn(days=30)
    assert (await town.db.run(booking.book, maya, request)).id == first.id
    assert await town.dump() == before


async def test_concurrent_bookings_with_one_key_are_one_booking(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, key="k1")
    sessions, errors = await gather_outcomes(
        [town.db.run(booking.book, maya, request) for _ in range(10)]
    )
    assert errors == []
    assert len({session.id for session in sessions}) == 1  # type: ignore[attr-defined]
    assert await town.balance(maya) == 40


async def test_a_reused_key_with_another_request_is_refused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, "PRs", key="k1")
    await town.db.run(booking.book, maya, request)
    noor = await town.mentor("Noor")
    before = await town.dump()
    for other in (
        replace(request, topic="Tests"),
        replace(request, minutes=30),
        replace(request, starts_at=TUESDAY_NOON + hours(5)),
        replace(request, mentor_id=noor.user_id),
    ):
        with pytest.raises(KeyReused):
            await town.db.run(booking.book, maya, other)
    assert await town.dump() == before


async def test_idempotency_keys_are_scoped_to_their_owner(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sam = await town.member("Sam", points=100)
    mayas = await town.book(maya, oliver, key="k1")
    other = await town.book(sam, oliver, TUESDAY_NOON + hours(1), key="k1")
    assert mayas.id != other.id


async def test_a_refused_booking_leaves_its_key_unused(town: Community, oliver: Actor) -> None:
    sam = await town.member("Sam")
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, key="k1")
    with pytest.raises(NotEnoughPoints):
        await town.db.run(booking.book, sam, request)
    assert await town.count(IdempotencyKey) == 0
    await town.grant(sam, 60)
    await town.db.run(booking.book, sam, request)


# --- concurrency ----------------------------------------------------------------------------------


MANY = pytest.mark.parametrize(
    ("size", "rounds"), [(60, 1), pytest.param(200, 10, marks=pytest.mark.long)]
)


@MANY
async def test_concurrent_bookings_of_one_slot_have_one_winner(
    town: Community, oliver: Actor, size: int, rounds: int
) -> None:
    await town.configure(**HIGH_LIMITS)
    crowd = [await town.member(f"Member {n}", points=1_000) for n in range(size)]
    notifications_before = await town.count(Notification)
    for number in range(1, rounds + 1):
        start = TUESDAY_NOON + timedelta(days=number)
        request = BookingRequest(oliver.user_id, start, 60)
        sessions, errors = await gather_outcomes(
            [town.db.run(booking.book, actor, request) for actor in crowd]
        )
        assert len(sessions) == 1
        assert {type(error) for error in errors} == {SlotTaken}
        assert all(start + hours(1) in error.nearest for error in errors)  # type: ignore[attr-defined]
        assert await town.count(Session) == number
        assert await town.count(Commitment) == 2 * number
        assert await town.count(Notification) == notifications_before + number
    assert sum([await town.balance(actor) for actor in crowd]) == size * 1_000 - rounds * 60


@MANY
async def test_a_mentee_booking_many_mentors_at_once_gets_one_session(
    town: Community, maya: Actor, size: int, rounds: int
) -> None:
    """The commitments of the mentee prevent the overlaps."""
    await town.configure(**HIGH_LIMITS)
    crowd = [await town.mentor(f"Mentor {n}", rate=1) for n in range(size // 5)]
    for number in range(1, rounds + 1):
        start = TUESDAY_NOON + timedelta(days=number)
        sessions, errors = await gather_outcomes(
            [town.book(maya, each, start + hours(n % 2 / 2)) for n, each in enumerate(crowd * 5)]
        )
        assert len(sessions) == 1
        assert all(isinstance(error, Busy | SlotTaken) for error in errors)
        assert await town.count(Session) == number


@MANY
async def test_mentors_booking_each_other_in_a_ring_never_overlap(
    town: Community, size: int, rounds: int
) -> None:
    """Each mentor in the ring books the next one, and the previous one."""
    await town.configure(**HIGH_LIMITS)
    ring = [await town.mentor(f"Mentor {n}", rate=1) for n in range(size // 5)]
    for person in ring:
        await town.grant(person, 100)
    for number in range(1, rounds + 1):
        start = TUESDAY_NOON + timedelta(days=number)
        pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
        both_ways = [*pairs, *((other, one) for one, other in pairs)]
        sessions, errors = await gather_outcomes(
            [town.book(*pair, start) for pair in both_ways * 3]
        )
        assert all(isinstance(error, Busy | SlotTaken) for error in errors)
        people = [
            user_id
            for session in sessions
            for user_id in (session.mentor.user_id, session.mentee.user_id)  # type: ignore[attr-defined]
        ]
        assert len(people) == len(set(people)) > 0
        assert await town.count(Commitment) == 2 * await town.count(Session)


async def test_concurrent_bookings_of_a_mentee_never_overlap(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    noor = await town.mentor("Noor", rate=20)
    sessions, errors = await gather_outcomes(
        [
            town.book(maya, oliver),
            town.book(maya, noor, TUESDAY_NOON + hours(0.5)),
            town.book(maya, oliver, TUESDAY_NOON - hours(0.5)),
        ]
    )
    assert len(sessions) == 1
    assert all(isinstance(error, Busy | SlotTaken) for error in errors)
    assert await town.count(Session) == 1


async def test_concurrent_bookings_in_two_guilds_never_overlap(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    vera = await village.mentor("Vera")
    maya_there = await village.join(maya, points=60)
    sessions, errors = await gather_outcomes(
        [town.book(maya, oliver), village.book(maya_there, vera)]
    )
    assert len(sessions) == 1
    assert [type(error) for error in errors] == [Busy]


async def test_two_mentors_booking_each_other_get_one_session(town: Community) -> None:
    ann, ben = await town.mentor("Ann"), await town.mentor("Ben")
    for person in (ann, ben):
        await town.grant(person, 100)
    sessions, errors = await gather_outcomes([town.book(ann, ben), town.book(ben, ann)])
    assert len(sessions) == 1
    assert [type(error) for error in errors] == [SlotTaken]
    assert await town.count(Session) == 1


async def test_concurrent_bookings_cannot_overspend(town: Community, oliver: Actor) -> None:
    sam = await town.member("Sam", points=60)
    noor = await town.mentor("Noor")
    sessions, errors = await gather_outcomes(
        [town.book(sam, oliver), town.book(sam, noor, TUESDAY_NOON + hours(5))]
    )
    assert len(sessions) == 1
    assert [type(error) for error in errors] == [NotEnoughPoints]
    assert await town.balance(sam) == 0


async def test_a_cancelled_slot_can_be_booked_at_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    sam = await town.member("Sam", points=100)
    session = await town.book(maya, oliver)
    await town.db.run(transitions.cancel, maya, session.id)
    await town.book(sam, oliver)
    assert [
        view.mentee.name for view in await town.db.read(session_views.list_upcoming, oliver)
    ] == ["Sam"]


async def test_booked_sessions_survive_a_change_of_weekly_hours(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    after = await town.db.run(editor.set_weekly, oliver, "sun 10-11")
    assert after.sessions_outside == (TUESDAY_NOON,)
    assert await town.reload(session) == session
