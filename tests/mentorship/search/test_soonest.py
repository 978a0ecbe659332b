"""The order by the soonest slot, compared with the slots of all mentors, where few are computed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.travel import Travel
from mentorship.search import index
from mentorship.search.filters import Filters, Order
from mentorship.search.query import SearchQuery, Sort
from mentorship.search.search import SearchPage, search
from mentorship.time.intervals import Span
from storage import Database, Transaction
from tests.conftest import Clock
from tests.mentorship.support.crowd import Crowd

WEEKS = [
    *((begins, 5) for begins in ("2026-03-28", "2026-10-24")),
    *(
        pytest.param(begins, 14, marks=pytest.mark.long)
        for begins in ("2026-03-02", "2026-03-28", "2026-04-04", "2026-10-24")
    ),
]
"""First days, and for how many days slots are computed. Clocks change in the crowd's zones in all
of these weeks but one. The program computes two weeks, which takes two or three times as long."""

NEVER = 2**40
"""After the half hours of all slots."""


@pytest.fixture
def crowd(db: Database) -> Crowd:
    return Crowd(db)


@pytest.fixture
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute the slots of fewer mentors for a page than there are."""
    monkeypatch.setattr("mentorship.search.search.MAX_CANDIDATES", 10)


def compute_days(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Compute slots for so many days ahead: passing over each half hour takes time."""
    for module in ("search.executor", "search.slot_finder", "availability.mentor_calendar"):
        monkeypatch.setattr(f"mentorship.{module}.DEFAULT_WINDOW", timedelta(days=days))


async def naive_order(
    tx: Transaction, viewer: Actor, free: Span | None, min_rating: int | None
) -> list[int]:
    """Return the user ids in the documented order, by computing the slots of all mentors."""
    entries = await index.scan(tx, viewer, Filters(min_rating=min_rating), Order.RATING, limit=999)
    profile_ids = [entry.profile_id for entry in entries]
    calendars = await mentor_calendar.load_many(tx, profile_ids, tx.now + timedelta(days=60))
    busy = await mentor_calendar.load_commitments(tx, viewer.user_id)
    places = []
    for entry in entries:
        calendar = calendars[entry.profile_id]
        shortest = min(calendar.durations)
        window = None
        if free is not None:
            window = (free.start, max(free.end, free.start + timedelta(minutes=shortest)))
        slots = calendar.slots(tx.now, shortest, window=window, mentee_busy=busy)
        if slots or free is None:
            half_hour = slots[0].timestamp() // 1_800 if slots else NEVER
            places.append((half_hour, entry.key, entry.user_id))
    return [user_id for _, _, user_id in sorted(places)]


def user_ids(page: SearchPage) -> list[int]:
    return [result.mentor.user_id for result in page.results]


async def forward(db: Database, viewer: Actor, query: SearchQuery) -> tuple[list[int], str | None]:
    """Return the user ids on all pages, and the cursor of the page before the last."""
    found: list[int] = []
    while True:
        page = await db.read(search, viewer, query)
        found += user_ids(page)
        if page.next is None:
            return found, page.previous
        query = replace(query, cursor=page.next)


async def backward(db: Database, viewer: Actor, query: SearchQuery) -> list[int]:
    """Return the user ids on the page at the query's cursor and on all pages before.

    Where nobody is left before a page, the first page is shown again.
    """
    found: list[int] = []
    while True:
        page = await db.read(search, viewer, query)
        shown = user_ids(page)
        found = [user_id for user_id in shown if user_id not in found] + found
        if page.previous is None:
            return found
        query = replace(query, cursor=page.previous)


@pytest.mark.parametrize(("begins", "days"), WEEKS)
@pytest.mark.parametrize("max_listed", [400, 1])
async def test_order_is_that_of_all_computed_slots(
    crowd: Crowd,
    clock: Clock,
    few_candidates: None,
    monkeypatch: pytest.MonkeyPatch,
    begins: str,
    days: int,
    max_listed: int,
) -> None:
    """Whether the open mentors are few enough to be listed first, or all are passed over."""
    monkeypatch.setattr(index, "MAX_LISTED_PROFILES", max_listed)
    compute_days(monkeypatch, days)
    clock.now = datetime.fromisoformat(f"{begins}T12:10:00+00:00")
    rng = random.Random(f"{begins} {max_listed}")
    people = await crowd.random_mentors(20, rng, clock.now)
    start = clock.now + timedelta(hours=20)
    free = Span(start, start + timedelta(hours=9))
    for viewer, span, rating in ((crowd.viewer, None, None), (people[0], free, 3)):
        query = SearchQuery(sort=Sort.SOONEST, size=4, free=span, min_rating=rating)
        least = None if rating is None else 100 * rating
        expected = await crowd.db.read(naive_order, viewer, span, least)
        found, previous = await forward(crowd.db, viewer, query)
        assert found == expected
        if previous is not None:
            before = await backward(crowd.db, viewer, replace(query, cursor=previous))
            assert before == expected[: len(before)]
            assert len(expected) - len(before) <= query.size


async def test_first_page_is_full_although_the_notice_rules_out_the_next_hour(
    crowd: Crowd, few_candidates: None
) -> None:
    people = [await crowd.mentor(f"Mentor {number}", minimum_notice=60) for number in range(12)]
    page = await crowd.db.read(search, crowd.viewer, SearchQuery(sort=Sort.SOONEST, size=3))
    assert user_ids(page) == [person.user_id for person in people[:3]]


async def test_a_mentor_with_less_notice_comes_first(
    crowd: Crowd, few_candidates: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute_days(monkeypatch, 3)
    for number in range(12):
        await crowd.mentor(f"Mentor {number}", minimum_notice=60, ratings=[5])
    # Not open yet, so nobody is open and has no notice when the search begins.
    hours = [(0, 14 * 60, 15 * 60)]
    await crowd.mentor("Spontaneous", minimum_notice=0, timezone="UTC", hours=hours)
    query = SearchQuery(sort=Sort.SOONEST, size=25)
    shown, _ = await forward(crowd.db, crowd.viewer, query)
    assert shown == await crowd.db.read(naive_order, crowd.viewer, None, None)


def morning_hours(start: int) -> list[tuple[int, int, int]]:
    return [(day, start * 60, (start + 2) * 60) for day in range(7)]


async def test_night_is_skipped_in_both_directions(
    crowd: Crowd, clock: Clock, few_candidates: None
) -> None:
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    tonight = await crowd.mentor("Tonight", timezone="UTC", hours=[(0, 780, 810)])
    tomorrow = [
        await crowd.mentor(f"Mentor {number}", timezone="UTC", hours=morning_hours(9))
        for number in range(12)
    ]
    query = SearchQuery(sort=Sort.SOONEST, size=1)
    first = await crowd.db.read(search, crowd.viewer, query)
    assert user_ids(first) == [tonight.user_id]
    second = await crowd.db.read(search, crowd.viewer, replace(query, cursor=first.next))
    assert user_ids(second) == [tomorrow[0].user_id]
    back = await crowd.db.read(search, crowd.viewer, replace(query, cursor=second.previous))
    assert user_ids(back) == [tonight.user_id]


async def test_night_is_not_skipped_where_a_trip_brings_hours_forward(
    crowd: Crowd, clock: Clock, few_candidates: None
) -> None:
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for number in range(12):
        await crowd.mentor(f"Mentor {number}", timezone="UTC", hours=[(3, 60, 120)])
    wednesday = date(2026, 3, 4)
    traveller = await crowd.mentor(
        "Traveller",
        timezone="America/Los_Angeles",
        hours=[(2, 20 * 60, 21 * 60)],
        travel=[Travel(wednesday, wednesday, "UTC")],
    )
    shown, _ = await forward(crowd.db, crowd.viewer, SearchQuery(sort=Sort.SOONEST, size=25))
    assert shown[0] == traveller.user_id
    assert shown == await crowd.db.read(naive_order, crowd.viewer, None, None)


async def test_night_is_not_skipped_where_an_override_adds_hours(
    crowd: Crowd, clock: Clock, few_candidates: None
) -> None:
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for number in range(12):
        await crowd.mentor(f"Mentor {number}", timezone="UTC", hours=[(4, 60, 120)])
    thursday = date(2026, 3, 5)
    added = await crowd.mentor("Added", timezone="UTC", hours=[], dates=[(thursday, 60, 120)])
    shown, _ = await forward(crowd.db, crowd.viewer, SearchQuery(sort=Sort.SOONEST, size=25))
    assert shown[0] == added.user_id
    assert shown == await crowd.db.read(naive_order, crowd.viewer, None, None)
