"""What a profile says about a mentor's answers and sessions, and how it is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.main_app import public_profiles
from mentorship.mentors import track_record
from mentorship.mentors.track_record import (
    ANSWER_HOURS,
    CompletionRate,
    answer_hours,
    completion_rate,
)
from mentorship.search import profile_views
from mentorship.search.query import SearchQuery
from mentorship.search.search import search
from mentorship.sessions import rescheduling, service_time, transitions
from mentorship.sessions.follow_up import attendance, disputes
from mentorship.sessions.groups import group_changes
from mentorship.sessions.lifecycle import LATE_CANCELLATION, Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import MentorProfile
from tests.mentorship.sessions.groups.conftest import create
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def load(town: Community, mentor: Actor, *names: str) -> tuple[int, ...]:
    """Return counters of a mentor's profile."""
    columns = [MentorProfile.__table__.c[name] for name in names]

    async def query(tx: Transaction) -> tuple[int, ...]:
        of_mentor = MentorProfile.user_id == mentor.user_id
        return tuple((await tx.connection.execute(select(*columns).where(of_mentor))).one())

    return await town.db.read(query)


async def answers(town: Community, mentor: Actor) -> tuple[int, ...]:
    """Return how many requests the mentor has answered within 1, 2, 6, 12 and 24 hours."""
    return await load(town, mentor, *(f"answers_{bound}h" for bound in ANSWER_HOURS))


async def sessions(town: Community, mentor: Actor) -> tuple[int, ...]:
    """Return how many sessions took place, and how many the mentor has failed."""
    return await load(town, mentor, "sessions_completed", "sessions_failed")


@pytest.mark.parametrize(
    ("waited", "counted"),
    [
        (hours(1), (1, 1, 1, 1, 1)),
        (hours(1) + MINUTE, (0, 1, 1, 1, 1)),
        (hours(6), (0, 0, 1, 1, 1)),
        (hours(23), (0, 0, 0, 0, 1)),
        (hours(25), (0, 0, 0, 0, 0)),
    ],
)
async def test_answers_are_counted_by_the_time_since_the_request(
    town: Community, oliver: Actor, maya: Actor, waited: timedelta, counted: tuple[int, ...]
) -> None:
    await town.configure(confirm_within=4_000)
    request = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=3))
    town.clock.now += waited
    await town.db.run(transitions.confirm, oliver, request.id)
    assert await answers(town, oliver) == counted
    assert await load(town, oliver, "requests_answered") == (1,)


async def test_instant_bookings_and_second_answers_are_no_answers(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=2))
    later = request.starts_at + hours(1)
    await town.db.run(rescheduling.propose, oliver, request.id, later, seen=request.times)
    town.clock.now += hours(3)
    await town.db.run(rescheduling.withdraw, oliver, request.id)
    await town.db.run(transitions.confirm, oliver, request.id)
    assert await answers(town, oliver) == (1, 1, 1, 1, 1)


async def test_downtime_does_not_make_an_answer_slow(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(service_time.tick)
    request = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=2))
    town.clock.now += hours(5)
    await town.db.run(service_time.tick)
    town.clock.now += MINUTE
    await town.db.run(service_time.tick)
    await town.db.run(transitions.confirm, oliver, request.id)
    assert await answers(town, oliver) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (SessionStatus.COMPLETED, (1, 0)),
        (SessionStatus.NO_SHOW, (0, 1)),
        (SessionStatus.REFUNDED, (0, 1)),
        (SessionStatus.DISPUTED, (0, 0)),
        (SessionStatus.CANCELLED, (0, 0)),
        (SessionStatus.DECLINED, (0, 0)),
        (SessionStatus.EXPIRED, (0, 0)),
    ],
)
async def test_sessions_count_by_how_they_ended(
    town: Community, oliver: Actor, maya: Actor, status: SessionStatus, counted: tuple[int, int]
) -> None:
    await town.session(status, maya, oliver)
    assert await sessions(town, oliver) == counted


async def agreed(town: Community, maya: Actor, oliver: Actor) -> SessionView:
    return await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(48))


@pytest.mark.parametrize(("early", "failed"), [(timedelta(0), 0), (MINUTE, 1)])
async def test_only_a_late_cancellation_by_the_mentor_is_a_failure(
    town: Community, oliver: Actor, maya: Actor, early: timedelta, failed: int
) -> None:
    session = await agreed(town, maya, oliver)
    town.clock.now = session.starts_at - LATE_CANCELLATION + early
    await town.db.run(transitions.cancel, oliver, session.id)
    assert await sessions(town, oliver) == (0, failed)


async def test_what_the_mentee_or_a_moderator_ends_is_no_failure(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await agreed(town, maya, oliver)
    town.clock.now = session.starts_at - hours(2)
    await town.db.run(transitions.cancel, maya, session.id)
    session = await town.session(
        SessionStatus.CONFIRMED, maya, oliver, session.starts_at + hours(3)
    )
    await town.db.run(
        moderation.suspend, town.chief, oliver.user_id, "Complaints.", cancel_sessions=True
    )
    assert (await town.reload(session)).status is SessionStatus.CANCELLED
    assert await sessions(town, oliver) == (0, 0)


async def test_a_mentee_who_misses_a_session_is_not_the_mentors_failure(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await town.wait_until(session.ends_at)
    await town.db.run(attendance.report, oliver, session.id, Attendance.NO_SHOW)
    await town.wait_until((await town.reload(session)).next_at or session.ends_at)
    assert (await town.reload(session)).status is SessionStatus.NO_SHOW
    assert await sessions(town, oliver) == (0, 0)


async def test_a_mentee_who_concedes_their_no_show_leaves_the_record_alone(
    town: Community, maya: Actor
) -> None:
    oliver = await town.mentor("Free Oliver", rate=0)
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await town.wait_until(session.ends_at)
    await town.db.run(attendance.report, oliver, session.id, Attendance.NO_SHOW)
    await town.db.run(attendance.report, maya, session.id, Attendance.NO_SHOW)
    assert (await town.reload(session)).status is SessionStatus.DISPUTED
    await town.db.run(disputes.concede, maya, session.id)
    assert (await town.reload(session)).status is SessionStatus.REFUNDED
    assert await sessions(town, oliver) == (0, 0)


@pytest.mark.parametrize(("seats", "before", "failed"), [(1, 2, 1), (0, 2, 0), (1, 30, 0)])
async def test_a_group_session_that_is_cancelled_late_fails_those_with_a_seat(
    town: Community, oliver: Actor, maya: Actor, seats: int, before: int, failed: int
) -> None:
    group = await create(town, oliver)
    if seats:
        await group.join(maya)
    town.clock.now = (await group.view()).starts_at - hours(before)
    await town.db.run(group_changes.cancel, oliver, group.id)
    assert await sessions(town, oliver) == (0, failed)


async def test_profiles_and_search_show_the_record(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    async def set_counters(tx: Transaction, **values: int) -> None:
        of_oliver = MentorProfile.user_id == oliver.user_id
        await tx.connection.execute(update(MentorProfile).where(of_oliver).values(**values))

    few = {"requests_answered": 4, "answers_2h": 4, "sessions_completed": 3, "sessions_failed": 1}
    many = {"requests_answered": 9, "answers_2h": 6, "sessions_completed": 31, "sessions_failed": 1}
    for counters, expected in ((few, (None, None)), (many, (2, CompletionRate(31, 32)))):
        values = counters | dict.fromkeys(
            ("answers_6h", "answers_12h", "answers_24h"), counters["requests_answered"]
        )
        await town.db.run(set_counters, **values)
        (result,) = (await town.db.read(search, maya, SearchQuery())).results
        for record in (
            (await town.db.read(profile_views.load, maya, oliver.user_id)).track_record,
            (await town.db.read(public_profiles.load, maya, oliver.user_id)).track_record,
            result.mentor.track_record,
        ):
            assert (record.answer_hours, record.completion_rate) == expected


counts = st.lists(st.integers(0, 50), min_size=5, max_size=5).map(sorted)


@given(counts, st.integers(0, 50), st.integers(0, 50))
def test_the_usual_time_is_the_median_of_all_requests(
    within: list[int], slower: int, expired: int
) -> None:
    """A list of all times, with expired requests last, has its median below the bound."""
    bounds = dict(zip(ANSWER_HOURS, within, strict=True))
    times: list[float] = []
    for hour, count in bounds.items():
        times += [hour] * (count - len(times))
    times += [99.0] * slower + [float("inf")] * expired
    usual = answer_hours(bounds, len(times))
    if len(times) < track_record.LEAST_REQUESTS:
        assert usual is None
    else:
        median = times[(len(times) - 1) // 2]
        assert usual == (median if median <= ANSWER_HOURS[-1] else None)


def test_all_sessions_took_place_only_if_none_failed() -> None:
    assert completion_rate(4, 0) is None
    rates = [completion_rate(*counts) for counts in ((5, 0), (999, 1), (0, 5))]
    assert [rate and rate.percent for rate in rates] == [100, 99, 0]
