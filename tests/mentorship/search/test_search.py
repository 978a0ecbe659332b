"""Searching for a mentor: who is found, in what order, page by page, and what to loosen."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import Field, InvalidField
from mentorship.mentors import profiles
from mentorship.pagination import Cursor, Direction, Position
from mentorship.search import directory, index
from mentorship.search.index import Filters, Order
from mentorship.search.search import Filter, Found, Page, Sort, Wanted, search, tags
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.tables import Listing, Member, MentorProfile
from tests.conftest import Clock
from tests.mentorship.support.crowd import OPEN, Crowd

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def crowd(db: Database) -> Crowd:
    return Crowd(db)


async def page(crowd: Crowd, viewer: Actor | None = None, /, **wanted: object) -> Page:
    return await crowd.db.read(search, viewer or crowd.viewer, Wanted(**wanted))  # type: ignore[arg-type]


async def names(crowd: Crowd, viewer: Actor | None = None, /, **wanted: object) -> list[str]:
    found = await page(crowd, viewer, **{"size": 25} | wanted)
    return [each.mentor.name for each in found.found]


async def pages(crowd: Crowd, wanted: Wanted) -> AsyncIterator[Page]:
    """All pages, from the first to the last."""
    while True:
        found = await crowd.db.read(search, crowd.viewer, wanted)
        yield found
        if found.next is None:
            return
        wanted = replace(wanted, cursor=found.next)


def hours(day: int, start: int, end: int) -> tuple[int, int, int]:
    """Hours of a weekday (0 is Monday), on the clock."""
    return day, start * 60, end * 60


# --- Who is found -------------------------------------------------------------------------------


async def test_a_misspelt_expertise_finds_the_mentor(crowd: Crowd) -> None:
    await crowd.mentor("Oliver", tags=["python"])
    await crowd.mentor("Ines", tags=["design"])
    for typed in ("python", "pyton", "PYTHON ", "pyth", "phyton"):
        assert await names(crowd, expertise=typed) == ["Oliver"], typed


async def test_the_tag_itself_comes_before_those_that_begin_like_it(crowd: Crowd) -> None:
    await crowd.mentor("Scripting", tags=["javascript"], ratings=[5] * 9)
    await crowd.mentor("Coffee", tags=["java", "javascript"], ratings=[3] * 9)
    await crowd.mentor("Other", tags=["design"])
    assert await names(crowd, expertise="java") == ["Coffee", "Scripting"]
    assert await names(crowd, expertise="java", sort=Sort.RATING) == ["Scripting", "Coffee"]


async def test_words_in_the_bio_together_before_apart(crowd: Crowd) -> None:
    await crowd.mentor("Apart", bio="Testing things, and the slow parts of them.", ratings=[5] * 9)
    await crowd.mentor("Together", bio="I do slow testing, for fun.")
    await crowd.mentor("Neither", bio="Ask me anything at all.")
    assert await names(crowd, text="slow testing") == ["Together", "Apart"]
    assert await names(crowd, text="SLOW test") == ["Apart", "Together"]
    assert await names(crowd, text="slow testing fun") == ["Together"]
    assert await names(crowd, text='"slow OR* (testing)') == []


@pytest.mark.parametrize("few", [400, 3, 1])
@pytest.mark.parametrize("soon", [0, 10_000])
async def test_the_same_are_found_however_many_have_the_words(
    crowd: Crowd, clock: Clock, monkeypatch: pytest.MonkeyPatch, few: int, soon: int
) -> None:
    """Rare words are looked up first, frequent ones on the walk: neither may leave anybody out,
    or show one twice."""
    monkeypatch.setattr(index, "FEW", few)
    monkeypatch.setattr(index, "SOON", soon)
    await Crowd(crowd.db, guild_id=20).mentor("Careful Elsewhere", bio="Careful types, elsewhere.")
    bios = ["Careful types, and so on.", "Types that are careful.", "Neither is in this one."]
    for number in range(9):
        rate = 10 * number
        await crowd.mentor(f"Mentor {number}", bio=bios[number % 3], hourly_rate=rate)
    together, apart = [f"Mentor {n}" for n in (0, 3, 6)], [f"Mentor {n}" for n in (1, 4, 7)]
    assert await names(crowd, text="careful types") == together + apart
    assert await names(crowd, text="careful types", max_rate=40) == together[:2] + apart[:2]
    assert await names(crowd, text="careful types", free=NIGHT) == together + apart
    by_price = await names(crowd, text="careful types", sort=Sort.PRICE)
    assert by_price == sorted(together + apart)
    assert await names(crowd, text="nobody wrote this") == []
    called = await crowd.db.read(directory.find, crowd.viewer, "mentor", limit=4)
    assert [mentor.name for mentor in called] == [f"Mentor {number}" for number in range(4)]


async def test_rating_and_rate(crowd: Crowd) -> None:
    await crowd.mentor("Good", ratings=[4, 5], hourly_rate=40)
    await crowd.mentor("New", hourly_rate=0)
    await crowd.mentor("Dear", ratings=[5, 5], hourly_rate=90)
    assert await names(crowd, min_rating=4.5) == ["Dear", "Good"]
    assert await names(crowd, min_rating=4.51) == ["Dear"]
    assert await names(crowd, max_rate=40) == ["Good", "New"]
    assert await names(crowd, max_rate=0) == ["New"]
    assert await names(crowd, min_rating=4.5, max_rate=40, expertise="python") == ["Good"]


async def test_one_review_does_not_outrank_forty(crowd: Crowd) -> None:
    await crowd.mentor("Forty", ratings=[5] * 36 + [4] * 4)
    await crowd.mentor("One", ratings=[5])
    await crowd.mentor("Poor", ratings=[2] * 10)
    assert await names(crowd, sort=Sort.RATING) == ["Forty", "One", "Poor"]


async def test_only_those_who_can_be_booked_and_never_oneself(crowd: Crowd, clock: Clock) -> None:
    for status in ("applicant", "suspended", "stopped"):
        await crowd.mentor(status, status=status)
    await crowd.mentor("Paused", paused=True)
    await crowd.mentor("Back at one", paused=True, paused_until=clock.now + timedelta(hours=1))
    me = await crowd.mentor("Me")
    await crowd.mentor("Open")
    elsewhere = Crowd(crowd.db, guild_id=20)
    await elsewhere.mentor("Elsewhere", bio="Another guild's kernel.")
    assert await names(crowd) == ["Me", "Open"]
    assert await names(crowd, me) == ["Open"]
    assert await names(crowd, text="kernel") == []
    clock.turn(hours=1)
    assert await names(crowd, me) == ["Back at one", "Open"]


async def test_what_a_mentor_changes_shows_at_once(crowd: Crowd) -> None:
    oliver = await crowd.mentor("Oliver", ratings=[4])
    await crowd.mentor("Ines", hourly_rate=10)
    await crowd.db.run(profiles.pause, oliver)
    assert await names(crowd) == ["Ines"]
    await crowd.db.run(profiles.resume, oliver)
    assert await names(crowd, sort=Sort.PRICE) == ["Oliver", "Ines"]
    await crowd.db.run(profiles.stop, oliver)
    assert await names(crowd) == ["Ines"]


# --- Free at a time -----------------------------------------------------------------------------


async def test_free_in_a_span_on_everybodys_own_clock(crowd: Crowd) -> None:
    # Tuesday 3 March, 15:00 to 17:00 UTC: the evening in Kolkata, the morning in New York.
    span = Span(MONDAY_NOON + timedelta(hours=27), MONDAY_NOON + timedelta(hours=29))
    await crowd.mentor("Kolkata", timezone="Asia/Kolkata", hours=[hours(1, 20, 23)])
    await crowd.mentor("New York", timezone="America/New_York", hours=[hours(1, 10, 12)])
    await crowd.mentor("Asleep", timezone="America/New_York", hours=[hours(1, 20, 23)])
    await crowd.mentor("Busy", busy=[Span(span.start - timedelta(hours=1), span.end)])
    await crowd.mentor("That date", hours=[], dates=[(span.start.date(), 900, 960)])
    await crowd.mentor("Day off", dates=[(span.start.date(), None, None)])
    assert await names(crowd, free=span) == ["Kolkata", "New York", "That date"]
    found = await page(crowd, free=span)
    for each in found.found:
        assert each.minutes == 60
        assert span.start <= each.slots[0] < span.end


async def test_ones_own_session_is_in_the_way(crowd: Crowd) -> None:
    span = Span(MONDAY_NOON + timedelta(hours=27), MONDAY_NOON + timedelta(hours=29))
    me = await crowd.mentor("Me", busy=[span])
    await crowd.mentor("Open")
    assert await names(crowd, free=span) == ["Open"]
    assert await names(crowd, me, free=span) == []


async def test_a_moment_is_free_where_a_session_can_start(crowd: Crowd) -> None:
    at = MONDAY_NOON + timedelta(hours=27)
    await crowd.mentor("Long", durations=[120], hours=[hours(1, 15, 17)])
    await crowd.mentor("Later", hours=[hours(1, 16, 17)])
    assert await names(crowd, free=Span(at, at)) == ["Long"]


@pytest.mark.parametrize("begins", ["2026-03-02", "2026-03-07", "2026-04-04", "2026-10-24"])
async def test_free_agrees_with_the_slots_of_each(crowd: Crowd, clock: Clock, begins: str) -> None:
    """The index narrows, and never leaves out; also where clocks change that week."""
    rng = random.Random(begins)
    clock.now = datetime.fromisoformat(f"{begins}T12:00:00+00:00")
    everyone = await crowd.random_mentors(30, rng, clock.now)
    found_at_all = 0
    for _ in range(12):
        start = clock.now + timedelta(minutes=rng.randrange(0, 5_000, 5))
        span = Span(start, start + timedelta(minutes=rng.choice((0, 45, 60, 180, 1_440, 4_000))))
        found = {
            each.mentor.user_id
            async for one in pages(crowd, Wanted(free=span, size=25))
            for each in one.found
        }
        assert found == await crowd.db.read(_free_in, crowd.viewer, everyone, span)
        found_at_all += len(found)
    assert found_at_all > 20


async def _free_in(tx: Transaction, viewer: Actor, everyone: list[Actor], span: Span) -> set[int]:
    """Who has a slot of any length in the span: the slots of everybody, worked out."""
    listed = await index.walk(tx, viewer, Filters(), Order.STANDING, limit=99)
    known = await mentor_calendar.load_many(tx, [each.profile_id for each in listed])
    assert {calendar.user_id for calendar in known.values()} <= {each.user_id for each in everyone}
    free = set()
    for calendar in known.values():
        shortest = timedelta(minutes=min(calendar.durations))
        window = (span.start, max(span.end, span.start + shortest))
        if any(calendar.slots(tx.now, each, window=window) for each in calendar.durations):
            free.add(calendar.user_id)
    return free


# --- Orders and pages ---------------------------------------------------------------------------


async def test_soonest_slot_first(crowd: Crowd) -> None:
    await crowd.mentor("Never", hours=[], ratings=[5] * 9)
    await crowd.mentor("Friday", hours=[hours(4, 9, 10)], ratings=[5] * 9)
    await crowd.mentor("Tonight", hours=[hours(0, 20, 22)])
    await crowd.mentor("At once", minimum_notice=0)
    await crowd.mentor("At once too", minimum_notice=0, ratings=[5])
    order = ["At once too", "At once", "Tonight", "Friday", "Never"]
    assert await names(crowd, sort=Sort.SOONEST) == order


NIGHT = Span(MONDAY_NOON + timedelta(hours=20), MONDAY_NOON + timedelta(hours=50))


@pytest.mark.parametrize("most_examined", [120, pytest.param(20, marks=pytest.mark.long)])
async def test_pages_are_the_whole_list_there_and_back(
    crowd: Crowd, clock: Clock, monkeypatch: pytest.MonkeyPatch, most_examined: int
) -> None:
    """Without repeats or gaps, and the way back shows the same mentors; also where the slots of
    all can't be worked out at once."""
    monkeypatch.setattr("mentorship.search.executor.MOST_EXAMINED", most_examined)
    await crowd.random_mentors(40, random.Random(3), clock.now)
    searches: list[dict[str, Any]] = [
        {},
        {"expertise": "pyt"},
        {"expertise": "python", "text": "care"},
        {"text": "careful types"},
        {"free": NIGHT},
        {"max_rate": 20, "min_rating": 3.0},
    ]
    for sort, more in itertools.product(Sort, searches):
        wanted = Wanted(sort=sort, size=3, **more)
        there = [one async for one in pages(crowd, wanted)]
        everyone = [each.mentor.user_id for one in there for each in one.found]
        assert len(everyone) == len(set(everyone)), wanted
        by_rating = replace(wanted, sort=Sort.RATING, size=25)
        whole = [each async for one in pages(crowd, by_rating) for each in one.found]
        assert set(everyone) == {each.mentor.user_id for each in whole}, wanted
        assert everyone, "a search that finds nobody tells nothing"

        back, cursor = [there[-1]], there[-1].previous
        while cursor is not None:
            back.append(await crowd.db.read(search, crowd.viewer, replace(wanted, cursor=cursor)))
            cursor = back[-1].previous
        again = [each.mentor.user_id for one in reversed(back) for each in one.found]
        assert again == everyone, wanted


async def test_each_order_is_what_it_says(crowd: Crowd, clock: Clock) -> None:
    await crowd.random_mentors(40, random.Random(4), clock.now)

    async def order(sort: Sort) -> list[Found]:
        wanted = Wanted(sort=sort, size=7)
        return [each async for one in pages(crowd, wanted) for each in one.found]

    async def facts(tx: Transaction) -> dict[int, tuple[int, datetime | None]]:
        rows = await tx.connection.execute(
            select(Listing.profile_id, Listing.shortfall).where(Listing.tag_id == 0)
        )
        shortfalls = {row.profile_id: row.shortfall for row in rows}
        known = await mentor_calendar.load_many(tx, list(shortfalls))
        slots = {
            profile_id: calendar.slots(tx.now, min(calendar.durations))
            for profile_id, calendar in known.items()
        }
        return {
            calendar.user_id: (
                shortfalls[profile_id],
                slots[profile_id][0] if slots[profile_id] else None,
            )
            for profile_id, calendar in known.items()
        }

    known = await crowd.db.read(facts)

    def standing(found: Found) -> int:
        return known[found.mentor.user_id][0]

    def half_hour(found: Found) -> float:
        first = known[found.mentor.user_id][1]
        return first.timestamp() // 1_800 if first else math.inf

    for sort, key in {
        Sort.RATING: standing,
        Sort.PRICE: lambda found: (found.mentor.hourly_rate, standing(found)),
        Sort.SOONEST: lambda found: (half_hour(found), standing(found)),
    }.items():
        shown = await order(sort)
        assert shown == sorted(shown, key=key), sort
        assert len(shown) > 20


async def test_a_page_that_is_turned_while_mentors_come_and_go(crowd: Crowd) -> None:
    people = [await crowd.mentor(f"Mentor {number}") for number in range(9)]
    first = await page(crowd, size=3)
    await crowd.db.run(profiles.pause, people[1], None)
    await crowd.mentor("Better", ratings=[5])
    second = await page(crowd, size=3, cursor=first.next)
    assert [each.mentor.name for each in second.found] == ["Mentor 3", "Mentor 4", "Mentor 5"]
    before = await page(crowd, size=3, cursor=second.previous)
    assert [each.mentor.name for each in before.found] == ["Better", "Mentor 0", "Mentor 2"]


@pytest.mark.parametrize(
    "forged",
    ["", "x", "a1", "a0.1", "z0.1.2", "a0.1.2.3.4", "a0.1.zzzzzzzzzzzzz", "a0.1.2;--", "a0.1.2.3"],
)
async def test_a_forged_cursor_is_refused(crowd: Crowd, forged: str) -> None:
    with pytest.raises(InvalidField) as refused:
        await page(crowd, cursor=forged)
    assert refused.value.field is Field.CURSOR


async def test_a_cursor_from_nowhere_shows_some_page_of_ones_own_guild(crowd: Crowd) -> None:
    await Crowd(crowd.db, guild_id=20).mentor("Elsewhere")
    await crowd.mentor("Here")
    for place in (Position(0, (0, 0)), Position(77, (1, 1)), Position(2**60, (2**62, 2**62))):
        for way in Direction:
            for sort in (Sort.RELEVANCE, Sort.RATING, Sort.SOONEST):
                found = await names(crowd, sort=sort, cursor=Cursor(way, place).text)
                assert found in ([], ["Here"])


# --- Nothing found ------------------------------------------------------------------------------


async def test_nothing_found_says_what_each_filter_costs(crowd: Crowd) -> None:
    await crowd.mentor("Dear", hourly_rate=90, ratings=[5])
    await crowd.mentor("Dear too", hourly_rate=80, ratings=[5])
    await crowd.mentor("New", hourly_rate=10)
    await crowd.mentor("Design", tags=["design"], hourly_rate=10, ratings=[5])
    tomorrow = Span(MONDAY_NOON + timedelta(hours=24), MONDAY_NOON + timedelta(hours=26))
    found = await page(crowd, expertise="pyton", max_rate=20, min_rating=4, free=tomorrow)
    assert found.found == ()
    assert [(each.without, each.mentors) for each in found.loosened] == [
        (Filter.MAX_RATE, 2),
        (Filter.EXPERTISE, 1),
        (Filter.MIN_RATING, 1),
        (Filter.FREE, 0),
    ]


async def test_nobody_at_all(crowd: Crowd) -> None:
    assert await page(crowd) == Page(())


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_rating": 0.5},
        {"min_rating": 5.1},
        {"max_rate": -1},
        {"text": "!?"},
        {"text": "x" * 101},
        {"expertise": "x" * 101},
        {"size": 0},
        {"size": 26},
    ],
)
async def test_what_makes_no_sense_is_refused(crowd: Crowd, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidField):
        await page(crowd, **wrong)


# --- What is typed for a tag or a mentor ----------------------------------------------------------


async def test_tags_that_lead_to_somebody(crowd: Crowd) -> None:
    await crowd.mentor(tags=["python", "code review"])
    await crowd.mentor(tags=["perl"], status="stopped")
    await Crowd(crowd.db, guild_id=20).mentor(tags=["elsewhere"])
    assert await crowd.db.read(tags, crowd.viewer, "") == ("code review", "python")
    assert await crowd.db.read(tags, crowd.viewer, "rev") == ("code review",)
    assert await crowd.db.read(tags, crowd.viewer, "pyhton") == ("python",)
    assert await crowd.db.read(tags, crowd.viewer, "perl") == ()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Rated", "Élodie Oliveira", "Oliver Hughes"]),
        ("oli", ["Élodie Oliveira", "Oliver Hughes"]),
        ("OLIVER h", ["Oliver Hughes"]),
        ("hughes oliver", ["Oliver Hughes"]),
        ("olivr", ["Oliver Hughes"]),
        ("elodie", ["Élodie Oliveira"]),
        ("go", ["Rated"]),
        ("pyton", ["Élodie Oliveira", "Oliver Hughes"]),
        ("oliver python", ["Oliver Hughes"]),
        ("nobody", []),
        ("!", []),
        ('" OR name : "', []),
    ],
)
async def test_finding_a_mentor_by_what_is_typed(
    crowd: Crowd, typed: str, found: list[str]
) -> None:
    await crowd.mentor("Élodie Oliveira")
    await crowd.mentor("Oliver Hughes")
    await crowd.mentor("Rated", tags=["go"], ratings=[5])
    await Crowd(crowd.db, guild_id=20).mentor("Oliver Elsewhere")
    seen = await crowd.db.read(directory.find, crowd.viewer, typed)
    assert [mentor.name for mentor in seen] == found


async def test_a_name_that_many_have(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FEW", 3)
    for number in range(6):
        await crowd.mentor(f"Oliver {number}", ratings=[number % 5 + 1])
    seen = await crowd.db.read(directory.find, crowd.viewer, "oliv", limit=2)
    assert [mentor.name for mentor in seen] == ["Oliver 4", "Oliver 3"]


async def test_a_new_name_is_found_at_once(crowd: Crowd) -> None:
    person = await crowd.mentor("Oliver")

    async def rename(tx: Transaction) -> None:
        mine = Member.user_id == person.user_id
        await tx.connection.execute(update(Member).where(mine).values(name="Olivia"))

    await crowd.db.run(rename)
    assert [m.name for m in await crowd.db.read(directory.find, crowd.viewer, "olivia")] == [
        "Olivia"
    ]
    assert await crowd.db.read(directory.find, crowd.viewer, "oliver x") == []


# --- The standing -------------------------------------------------------------------------------


async def test_the_standing_is_the_bayesian_mean_that_is_documented(crowd: Crowd) -> None:
    rng = random.Random(11)
    people = [
        await crowd.mentor(ratings=rng.choices(range(1, 6), k=rng.randrange(9))) for _ in range(30)
    ]

    async def rate(tx: Transaction) -> None:
        for person in rng.sample(people, 15):
            stars = rng.randint(1, 5)
            await tx.connection.execute(
                update(MentorProfile)
                .where(MentorProfile.user_id == person.user_id)
                .values(
                    rating_sum=MentorProfile.rating_sum + stars,
                    rating_count=MentorProfile.rating_count + 1,
                )
            )

    async def standings(tx: Transaction) -> list[tuple[int, int, int]]:
        rows = await tx.connection.execute(
            select(MentorProfile.rating_sum, MentorProfile.rating_count, Listing.shortfall)
            .join(Listing, Listing.profile_id == MentorProfile.id)
            .where(Listing.tag_id == index.EVERY_TAG)
        )
        return [(row.rating_sum, row.rating_count, row.shortfall) for row in rows]

    await crowd.db.run(rate)
    rows = await crowd.db.read(standings)
    mean = (sum(stars for stars, _, _ in rows) + 40) / (sum(count for _, count, _ in rows) + 10)
    for stars, count, shortfall in rows:
        bayesian = (stars + 5 * mean) / (count + 5)
        # The guild's mean is renewed when it has moved by a tenth of a star, in whole hundredths.
        assert abs((5 - shortfall / 100_000) - bayesian) <= 0.11 * 5 / (count + 5) + 0.00001


async def test_open_day_and_night_is_listed_once_whatever_the_tags(crowd: Crowd) -> None:
    await crowd.mentor("Many", tags=[f"python {number}" for number in range(9)], hours=OPEN)
    for sort in Sort:
        assert await names(crowd, expertise="python", sort=sort) == ["Many"]
