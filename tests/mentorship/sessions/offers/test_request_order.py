"""The order in which requests for help reach mentors, against a plain model of the rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.mentors import profiles
from mentorship.sessions import clock, transitions
from mentorship.sessions.offers import help_requests
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from storage import Transaction
from storage.tables import RequestedMentor
from tests.mentorship.support.community import HIGH_LIMITS, Community

RATES = (0, 0, 0, 0, 0, 60, 60, 200)
"""The hourly rates of the mentors, the first of whom has the oldest profile."""

AT_ONCE = 5
mentors = st.integers(0, len(RATES) - 1)


@dataclass(frozen=True)
class Situation:
    """What has happened when somebody asks for help, and the most that they can pay.

    `bookings` are mentors by number, with whether the session is cancelled again; `days` is how
    long ago they were made.
    """

    bookings: list[tuple[int, bool]]
    days: int
    paused: set[int]
    most_points: int | None


situations = st.builds(
    Situation,
    bookings=st.lists(st.tuples(mentors, st.booleans()), max_size=6),
    days=st.sampled_from([0, 0, 10, 31]),
    paused=st.sets(mentors, max_size=2),
    most_points=st.sampled_from([None, 0, 30]),
)


@dataclass
class Cast:
    """Those who take part, and the starts of the sessions that each mentor has had."""

    town: Community
    member: Actor
    mentors: list[Actor]
    starts: list[tuple[int, datetime]] = field(default_factory=list)

    def order(self, situation: Situation) -> list[int]:
        """Return the mentors who may be shown a request now, in order."""
        since = self.town.clock.now - timedelta(days=30)
        recent = [mentor for mentor, start in self.starts if start > since]
        most = situation.most_points
        return sorted(
            (
                number
                for number, rate in enumerate(RATES)
                if number not in situation.paused and (most is None or rate // 2 <= most)
            ),
            key=recent.count,
        )

    async def shown(self, request_id: int) -> set[int]:
        """Return the mentors whom a request was shown to, by their number."""

        async def load(tx: Transaction) -> set[int]:
            query = select(RequestedMentor.mentor_id).where(
                RequestedMentor.request_id == request_id
            )
            return set(await tx.connection.scalars(query))

        ids = await self.town.db.read(load)
        return {number for number, mentor in enumerate(self.mentors) if mentor.user_id in ids}


@pytest.fixture
async def cast(town: Community) -> Cast:
    await town.configure(**HIGH_LIMITS)
    everybody = [
        await town.mentor(f"Mentor {number}", rate=rate) for number, rate in enumerate(RATES)
    ]
    return Cast(town, await town.member("Maya", points=100_000), everybody)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(situation=situations)
async def test_five_mentors_an_hour_see_a_request_the_least_busy_first(
    cast: Cast, situation: Situation
) -> None:
    town = cast.town
    for number, is_cancelled in situation.bookings:
        await book(cast, number, is_cancelled)
    town.clock.now += timedelta(days=situation.days)
    await town.db.run(clock.advance_due)
    for number in situation.paused:
        await town.db.run(profiles.pause, cast.mentors[number])
    draft = HelpRequestDraft("python", "My tests are slow.", (), situation.most_points)
    request = await town.db.run(help_requests.ask, cast.member, draft)
    order = cast.order(situation)
    for hour in range(3):
        await town.db.run(clock.advance_due)
        assert await cast.shown(request.id) == set(order[: AT_ONCE * (hour + 1)])
        town.clock.now += timedelta(hours=1)
    await town.db.run(help_requests.withdraw, cast.member, request.id)
    for number in situation.paused:
        await town.db.run(profiles.resume, cast.mentors[number])


async def book(cast: Cast, number: int, is_cancelled: bool) -> None:
    """Book a session with a mentor at a time when nobody has another, and confirm or cancel it."""
    town, mentor = cast.town, cast.mentors[number]
    start = town.clock.now.replace(minute=0) + timedelta(days=1)
    while start in {each for _, each in cast.starts}:
        start += timedelta(hours=1)
    session = await town.book(cast.member, mentor, start, 60)
    if is_cancelled:
        await town.db.run(transitions.cancel, cast.member, session.id)
    else:
        await town.db.run(transitions.confirm, mentor, session.id)
        cast.starts.append((number, start))
