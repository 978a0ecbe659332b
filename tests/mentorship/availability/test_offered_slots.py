"""What is offered can be booked, whatever people have agreed on elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mentorship.actors import Actor
from mentorship.availability import editor, slot_queries, travel_editor
from mentorship.errors import MentorshipError, SlotUnavailable
from mentorship.search import search
from mentorship.search.query import SearchQuery
from mentorship.sessions import booking, rescheduling, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from tests.mentorship.histories.towns import START, FileTown, actor
from tests.mentorship.support.community import GUILD, OTHER_GUILD, grant_silently
from tests.mentorship.support.own_calendars import add_calendar

MENTOR, OTHER_MENTOR, SOMEBODY, MENTEE = 1, 3, 4, 6
NOON = START + timedelta(days=1)
QUARTER = timedelta(minutes=15)

# Each example books a day's quarter hours one by one, so shrinking a failure would take minutes.
few_examples = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

QUARTERS = st.integers(0, 12).map(lambda quarters: NOON + quarters * QUARTER)


class RolledBack(Exception):
    """Ends a transaction that should leave no trace."""


@pytest.fixture(scope="module")
def town(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileTown]:
    path = tmp_path_factory.mktemp("offers") / "offers.db"
    town = FileTown(shutil.copy(migrated_file, path))
    for guild in (GUILD, OTHER_GUILD):
        for person in (MENTOR, SOMEBODY, MENTEE):
            town.do(town.db.run(grant_silently, actor(person, guild), 1_000))
        for mentor in (MENTOR, OTHER_MENTOR):
            durations = [15, 30, 60]
            limits = {"minimum_notice": 0, "durations": durations, "slot_step": 15}
            town.do(town.db.run(editor.set_limits, actor(mentor, guild), **limits))
    town.keep()
    yield town
    town.close()


def agree(
    town: FileTown, mentee: Actor, mentor: int, start: datetime, minutes: int
) -> SessionView | None:
    """Book and confirm a session, if nothing is in the way."""
    request = BookingRequest(mentor, start, minutes)
    try:
        session = town.do(town.db.run(booking.book, mentee, request))
    except SlotUnavailable:
        return None
    host = Actor(mentor, f"Person {mentor}", mentee.guild_id)
    return town.do(town.db.run(transitions.confirm, host, session.id))


def can_be_booked(town: FileTown, request: BookingRequest) -> bool:
    """Return whether the mentee can book, without leaving a trace."""
    mentee = actor(MENTEE, GUILD)

    async def book(tx: Transaction) -> None:
        await booking.quote(tx, mentee, request)
        await booking.book(tx, mentee, request)
        raise RolledBack

    try:
        town.do(town.db.run(book))
    except MentorshipError:
        return False
    except RolledBack:
        return True
    raise AssertionError("the transaction was committed")


def offered_by_search(town: FileTown, mentee: Actor) -> Iterator[tuple[int, datetime]]:
    page = town.do(town.db.read(search.search, mentee, SearchQuery()))
    for result in page.results:
        if result.mentor.user_id == MENTOR:
            yield from ((result.minutes, start) for start in result.slots)


def around(starts: Iterable[datetime], slots: Iterable[datetime]) -> set[datetime]:
    """Return the slots within two hours of one of `starts`."""
    near = list(starts)
    return {slot for slot in slots if any(abs(slot - start) <= 8 * QUARTER for start in near)}


@few_examples
@given(
    buffers=st.tuples(st.sampled_from([0, 10, 30]), st.sampled_from([0, 10, 30])),
    most_per_day=st.sampled_from([None, None, 1, 2]),
    minutes=st.sampled_from([15, 30, 60]),
    mentee_elsewhere=st.lists(st.tuples(QUARTERS, st.sampled_from([15, 60])), max_size=2),
    mentor_elsewhere=st.lists(st.tuples(QUARTERS, st.sampled_from([15, 60])), max_size=1),
    appointments=st.lists(st.tuples(QUARTERS, st.sampled_from([5, 15, 60])), max_size=2),
    booked=st.lists(st.tuples(QUARTERS, st.none() | QUARTERS), max_size=2),
    grid=st.sampled_from([(15, False), (60, True), (60, True)]),
    trip=st.sampled_from([None, None, "Asia/Kathmandu", "America/Los_Angeles"]),
)
def test_slots_are_offered_exactly_if_they_can_be_booked(
    town: FileTown,
    buffers: tuple[int, int],
    most_per_day: int | None,
    minutes: int,
    mentee_elsewhere: list[tuple[datetime, int]],
    mentor_elsewhere: list[tuple[datetime, int]],
    appointments: list[tuple[datetime, int]],
    booked: list[tuple[datetime, datetime | None]],
    grid: tuple[int, bool],
    trip: str | None,
) -> None:
    town.restore()
    mentee, mentor = actor(MENTEE, GUILD), actor(MENTOR, GUILD)
    for start, length in mentee_elsewhere:
        agree(town, actor(MENTEE, OTHER_GUILD), OTHER_MENTOR, start, length)
    for start, length in mentor_elsewhere:
        agree(town, actor(MENTOR, OTHER_GUILD), OTHER_MENTOR, start, length)
    if appointments:
        times = {start: timedelta(minutes=length) for start, length in appointments}
        town.do(town.db.run(add_calendar, mentor, *times.items()))
    for start, proposed_start in booked:
        session = agree(town, actor(SOMEBODY, GUILD), MENTOR, start, 30)
        if session is not None and proposed_start not in (None, start):
            with suppress(SlotUnavailable):
                town.do(town.db.run(rescheduling.propose, mentor, session.id, proposed_start))
    before, after = buffers
    limits = {"buffer_before": before, "buffer_after": after, "most_per_day": most_per_day}
    limits |= {"slot_step": grid[0], "fill_gaps": grid[1]}
    town.do(town.db.run(editor.set_limits, mentor, **limits))
    if trip is not None:
        # Hours that begin and end near noon in UTC, on either clock.
        town.do(town.db.run(editor.set_weekly, mentor, "daily 5:10-18:05"))
        day = NOON.date()
        town.do(town.db.run(travel_editor.add_trip, mentor, day, day, trip))

    offers = town.do(town.db.read(slot_queries.list_bookable_slots, mentee, MENTOR, minutes)).starts
    window = NOON - 4 * QUARTER, NOON + 20 * QUARTER
    listed = {start for start in offers if window[0] <= start < window[1]}
    for quarter in range(int((window[1] - window[0]) / QUARTER)):
        start = window[0] + quarter * QUARTER
        bookable = can_be_booked(town, BookingRequest(MENTOR, start, minutes))
        assert bookable == (start in listed), start

    listing = town.do(
        town.db.read(slot_queries.list_slots_in_window, mentee, MENTOR, *window, minutes)
    )
    length = timedelta(minutes=minutes)
    assert set(listing.starts) == {start for start in listed if start + length <= window[1]}
    suggestions = town.do(
        town.db.read(
            lambda tx: slot_queries.suggest_slots(
                tx, mentee, MENTOR, minutes=minutes, text="tomorrow 12:00"
            )
        )
    )
    assert set(suggestions.starts) <= set(offers)
    for duration, start in offered_by_search(town, mentee):
        assert can_be_booked(town, BookingRequest(MENTOR, start, duration)), start
    taken = next(iter(mentee_elsewhere), (NOON, 0))[0]
    try:
        town.do(town.db.run(booking.quote, mentee, BookingRequest(MENTOR, taken, minutes)))
    except SlotUnavailable as error:
        for start in error.nearest:
            assert can_be_booked(town, BookingRequest(MENTOR, start, minutes)), start


@few_examples
@given(
    buffers=st.tuples(st.sampled_from([0, 30]), st.sampled_from([0, 30])),
    elsewhere=st.tuples(QUARTERS, st.sampled_from([15, 60])),
    others=st.tuples(QUARTERS, st.none() | QUARTERS),
    by=st.sampled_from([MENTOR, MENTEE]),
)
def test_offered_times_can_be_proposed_and_accepted(
    town: FileTown,
    buffers: tuple[int, int],
    elsewhere: tuple[datetime, int],
    others: tuple[datetime, datetime | None],
    by: int,
) -> None:
    town.restore()
    agree(town, actor(MENTEE, OTHER_GUILD), OTHER_MENTOR, *elsewhere)
    agree(town, actor(SOMEBODY, GUILD), MENTOR, others[0], 60)
    session = agree(town, actor(MENTEE, GUILD), MENTOR, NOON + timedelta(days=1), 30)
    assert session is not None
    limits = {"buffer_before": buffers[0], "buffer_after": buffers[1]}
    town.do(town.db.run(editor.set_limits, actor(MENTOR, GUILD), **limits))
    author, other = actor(by, GUILD), actor(MENTOR + MENTEE - by, GUILD)
    options = town.do(town.db.read(rescheduling.list_options, author, session.id)).starts
    for start in around([elsewhere[0], others[0], session.starts_at], options):

        async def move(tx: Transaction, start: datetime = start) -> None:
            await rescheduling.propose(tx, author, session.id, start)
            await rescheduling.accept(tx, other, session.id)
            raise RolledBack

        with pytest.raises(RolledBack):
            town.do(town.db.run(move))
