"""Quoting and booking a series: what fits, what is booked, every refusal, and races."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.errors import (
    InvalidField,
    KeyReused,
    LimitReached,
    NotAMentor,
    NotBookableReason,
    NotEnoughPoints,
    OwnProfile,
    PriceChanged,
    SeriesUnavailable,
    TermsChanged,
    WrongDuration,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import transitions
from mentorship.sessions.series import booking, quotes
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.statuses import SessionStatus
from storage.tables import Commitment, Series, Session
from tests.mentorship.sessions.series.requests import book_series, request_for
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community, hours

WEEK = timedelta(weeks=1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


def problems(quote: quotes.SeriesQuote) -> list[NotBookableReason | None]:
    return [None if date.problem is None else date.problem.reason for date in quote.dates]


async def test_booking_a_series_books_all_dates_with_one_deadline(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver, topic=" Rust ")
    assert [session.starts_at for session in series.sessions] == [
        TUESDAY_NOON,
        TUESDAY_NOON + WEEK,
        TUESDAY_NOON + 2 * WEEK,
    ]
    assert {session.status for session in series.sessions} == {SessionStatus.SCHEDULED}
    assert {session.topic for session in series.sessions} == {"Rust"}
    deadlines = {session.answer_deadline for session in series.sessions}
    assert deadlines == {TUESDAY_NOON - hours(1)}, "counted from the first start"
    assert [await town.escrow_balance(session) for session in series.sessions] == [60, 60, 60]
    assert await town.balance(maya) == 820
    assert await town.count(Commitment) == 6
    places = [session.series_place for session in series.sessions]
    assert [(each.number, each.size, each.every_weeks) for each in places if each] == [
        (1, 3, 1),
        (2, 3, 1),
        (3, 3, 1),
    ]
    (notification,) = [row for row in await town.notifications() if row.session_id is not None]
    assert (notification.kind, notification.user_id) == ("series_requested", oliver.user_id)
    assert notification.useful_until == TUESDAY_NOON


async def test_a_quote_lists_what_fits_and_writes_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    other = await town.member("Tom", points=100)
    await town.book(other, oliver, TUESDAY_NOON + WEEK)
    noor = await town.mentor("Noor")
    await town.book(maya, noor, TUESDAY_NOON + 2 * WEEK, 30)
    before = await town.dump()
    quote = await town.db.read(quotes.quote_series, maya, request_for(oliver, 4))
    assert await town.dump() == before
    assert problems(quote) == [
        None,
        NotBookableReason.BUSY,
        NotBookableReason.MENTEE_BUSY,
        None,
    ]
    assert (quote.price, quote.total, quote.balance) == (60, 120, 970)
    assert quote.answer_deadline == TUESDAY_NOON - hours(1)
    taken = quote.dates[1]
    assert TUESDAY_NOON + WEEK not in taken.alternatives
    nearest = {TUESDAY_NOON + WEEK + hours(1), TUESDAY_NOON + WEEK - hours(1)}
    assert nearest <= set(taken.alternatives)
    assert list(taken.alternatives) == sorted(taken.alternatives)
    skipping = request_for(
        oliver, 4, skipped=frozenset({2, 3}), price_shown=120, terms_shown=quote.terms
    )
    booked = await town.db.run(booking.book_series, maya, skipping)
    assert len(booked.series.sessions) == 2


async def test_a_date_can_be_moved_to_an_open_slot(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    moved_start = TUESDAY_NOON + WEEK + hours(30)
    series = await book_series(town, maya, oliver, 3, moved={2: moved_start})
    assert series.sessions[1].starts_at == moved_start


async def test_a_date_cannot_be_moved_to_another_dates_place(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    for start in (TUESDAY_NOON + 2 * WEEK, TUESDAY_NOON + 20 * WEEK):
        with pytest.raises(InvalidField):
            await book_series(town, maya, oliver, 3, moved={2: start})


async def test_two_dates_cannot_be_moved_to_one_slot(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    middle = TUESDAY_NOON + WEEK / 2
    with pytest.raises(SeriesUnavailable) as refusal:
        await book_series(town, maya, oliver, 2, moved={1: middle, 2: middle})
    assert [date.number for date in refusal.value.dates] == [2]


async def test_one_date_that_is_taken_books_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    tom = await town.member("Tom", points=100)
    await town.book(tom, oliver, TUESDAY_NOON + 2 * WEEK)
    before = await town.dump()
    with pytest.raises(SeriesUnavailable) as refusal:
        await book_series(town, maya, oliver, 4)
    assert [(date.number, date.reason) for date in refusal.value.dates] == [
        (3, NotBookableReason.BUSY)
    ]
    assert await town.dump() == before


async def test_daily_limits_count_the_other_dates_of_the_series(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", most_per_week=1)
    quote = await town.db.read(
        quotes.quote_series,
        maya,
        request_for(noor, 3, moved={2: TUESDAY_NOON + timedelta(days=4)}),
    )
    assert problems(quote) == [None, NotBookableReason.WEEK_FULL, None]


async def test_only_the_first_date_has_to_be_in_the_booking_window(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(editor.set_limits, oliver, horizon_days=7)
    quote = await town.db.read(quotes.quote_series, maya, request_for(oliver, 12, every_weeks=2))
    assert problems(quote) == [None] * 12
    late = request_for(oliver, 2, TUESDAY_NOON + WEEK)
    quote = await town.db.read(quotes.quote_series, maya, late)
    assert problems(quote) == [NotBookableReason.HORIZON] * 2


async def test_a_series_needs_points_for_all_its_sessions(town: Community, oliver: Actor) -> None:
    tom = await town.member("Tom", points=179)
    quote = await town.db.read(quotes.quote_series, tom, request_for(oliver))
    assert (quote.total, quote.balance) == (180, 179)
    with pytest.raises(NotEnoughPoints) as refusal:
        await book_series(town, tom, oliver)
    assert (refusal.value.needed, refusal.value.balance) == (180, 179)
    assert await town.count(Session) == 0


async def test_changed_price_terms_or_dates_book_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    quote = await town.db.read(quotes.quote_series, maya, request_for(oliver))
    agreed = request_for(oliver, price_shown=quote.total, terms_shown=quote.terms)
    with pytest.raises(TermsChanged):
        await town.db.run(
            booking.book_series, maya, replace(agreed, skipped=frozenset({2}), price_shown=120)
        )
    await town.configure(late_refund_percent=50)
    with pytest.raises(TermsChanged):
        await town.db.run(booking.book_series, maya, agreed)
    await town.configure(late_refund_percent=0)
    with pytest.raises(PriceChanged) as refusal:
        await town.db.run(booking.book_series, maya, replace(agreed, price_shown=150))
    assert (refusal.value.shown, refusal.value.price) == (150, 180)
    assert await town.count(Series) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"every_weeks": 3},
        {"count": 1},
        {"count": 13},
        {"skipped": frozenset({4})},
        {"skipped": frozenset({1, 2})},
        {"moved": {0: TUESDAY_NOON}},
        {"topic": "x" * 301},
    ],
)
async def test_a_request_out_of_range_is_refused(
    town: Community, oliver: Actor, maya: Actor, changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(booking.book_series, maya, replace(request_for(oliver), **changes))


async def test_a_series_is_refused_where_a_session_would_be(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    for actor, request, error in (
        (oliver, request_for(oliver), OwnProfile),
        (maya, replace(request_for(oliver), mentor_id=maya.user_id + 99), NotAMentor),
        (maya, request_for(oliver, minutes=45), WrongDuration),
    ):
        for use_case in (quotes.quote_series, booking.book_series):
            with pytest.raises(error):
                await town.db.run(use_case, actor, request)


async def test_a_series_counts_once_towards_limits(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(limit_pending_per_mentor=2, limit_upcoming=2)
    await book_series(town, maya, oliver, 6)
    await town.book(maya, oliver, TUESDAY_NOON + hours(5))
    with pytest.raises(LimitReached):
        await town.book(maya, oliver, TUESDAY_NOON + hours(7))
    noor = await town.mentor("Noor", instant_booking=True)
    with pytest.raises(LimitReached) as refusal:
        await town.book(maya, noor, TUESDAY_NOON + hours(9))
    assert refusal.value.ends_at == TUESDAY_NOON + hours(5)


async def test_withdrawing_a_series_counts_as_one_withdrawal(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(limit_early_cancellations=2)
    series = await book_series(town, maya, oliver, 3)
    for session in series.sessions:
        await town.db.run(transitions.cancel, maya, session.id)
    await town.book(maya, oliver)


async def test_one_key_is_one_series(town: Community, oliver: Actor, maya: Actor) -> None:
    request = request_for(oliver, key="again")
    first = await town.db.run(booking.book_series, maya, request)
    second = await town.db.run(booking.book_series, maya, request)
    assert first.series.id == second.series.id
    assert await town.count(Session) == 3
    with pytest.raises(KeyReused):
        await town.db.run(booking.book_series, maya, replace(request, count=4))


async def test_an_instant_series_schedules_reminders_for_each_session(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor("Noor", instant_booking=True)
    series = await book_series(town, maya, noor)
    assert {session.status for session in series.sessions} == {SessionStatus.CONFIRMED}
    kinds = (NotificationKind.SERIES_REQUESTED, NotificationKind.STARTING)
    assert await town.notified_kinds(noor, *kinds) == ["series_requested", *["starting"] * 3]
    assert await town.notified_kinds(maya, *kinds) == ["starting"] * 3


async def test_of_two_series_that_compete_one_is_whole(town: Community, oliver: Actor) -> None:
    await town.configure(**HIGH_LIMITS)
    people = [await town.member(f"Person {n}", points=1_000) for n in range(4)]
    # Each begins on another date, and they all meet on some.
    requests = [request_for(oliver, 4, TUESDAY_NOON + n * WEEK) for n in range(4)]

    async def book(person: Actor, request: SeriesRequest) -> object:
        return await town.db.run(booking.book_series, person, request)

    results = await asyncio.gather(*map(book, people, requests), return_exceptions=True)
    booked = [each for each in results if isinstance(each, booking.SeriesBooking)]
    refused = [each for each in results if isinstance(each, SeriesUnavailable)]
    assert len(booked) == 1
    assert len(refused) == 3
    assert await town.count(Session) == 4
    assert await town.count(Series) == 1
    assert await town.count(Commitment) == 8


async def test_a_single_booking_in_the_way_of_a_series_leaves_one_winner(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    tom = await town.member("Tom", points=100)
    results = await asyncio.gather(
        book_series(town, maya, oliver, 6),
        town.book(tom, oliver, TUESDAY_NOON + 3 * WEEK),
        return_exceptions=True,
    )
    errors = [each for each in results if isinstance(each, BaseException)]
    assert len(errors) == 1
    assert await town.count(Session) in (1, 6)
