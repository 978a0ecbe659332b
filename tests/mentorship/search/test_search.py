"""Searching for mentors: filters, orders, pages, and suggestions if nobody matches."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import Field, InvalidField
from mentorship.mentors import profiles
from mentorship.pagination import Cursor, Direction, Position
from mentorship.search import directory, index, ranking
from mentorship.search.filters import Filters, Order
from mentorship.search.query import Filter, SearchQuery, Sort
from mentorship.search.search import SearchPage, SearchResult, search, suggest_tags
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.tables import GuildRating, Listing, Member, MentorProfile
from tests.conftest import Clock
from tests.mentorship.support.crowd import OPEN, Crowd

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def crowd(db: Database) -> Crowd:
    return Crowd(db)


async def page(crowd: Crowd, viewer: Actor | None = None, /, **query: object) -> SearchPage:
    return await crowd.db.read(search, viewer or crowd.viewer, SearchQuery(**query))  # type: ignore[arg-type]


async def names(crowd: Crowd, viewer: Actor | None = None, /, **query: object) -> list[str]:
    one_page = await page(crowd, viewer, **{"size": 25} | query)
    return [result.mentor.name for result in one_page.results]


async def pages(crowd: Crowd, query: SearchQuery) -> AsyncIterator[SearchPage]:
    """Yield all pages, from the first to the last."""
    while True:
        one_page = await crowd.db.read(search, crowd.viewer, query)
        yield one_page
        if one_page.next is None:
            return
        query = replace(query, cursor=one_page.next)


def hours(day: int, start: int, end: int) -> tuple[int, int, int]:
    """Return weekly hours of a day (0 is Monday) between two full hours, in minutes."""
    return day, start * 60, end * 60


# --- Filters ----------------------------------------------------------------------------------


async def test_misspelled_expertise_finds_the_mentor(crowd: Crowd) -> None:
    await crowd.mentor("Oliver", tags=["python"])
    await crowd.mentor("Ines", tags=["design"])
    for typed in ("python", "pyton", "PYTHON ", "pyth", "phyton"):
        assert await names(crowd, expertise=typed) == ["Oliver"], typed


async def test_exact_tag_ranks_before_tags_with_that_prefix(crowd: Crowd) -> None:
    await crowd.mentor("Scripting", tags=["javascript"], ratings=[5] * 9)
    await crowd.mentor("Coffee", tags=["java", "javascript"], ratings=[3] * 9)
    await crowd.mentor("Other", tags=["design"])
    assert await names(crowd, expertise="java") == ["Coffee", "Scripting"]
    assert await names(crowd, expertise="java", sort=Sort.RATING) == ["Scripting", "Coffee"]


async def test_adjacent_words_in_the_bio_rank_before_separate_ones(crowd: Crowd) -> None:
    await crowd.mentor("Apart", bio="Testing things, and the slow parts of them.", ratings=[5] * 9)
    await crowd.mentor("Together", bio="I do slow testing, for fun.")
    await crowd.mentor("Neither", bio="Ask me anything at all.")
    assert await names(crowd, text="slow testing") == ["Together", "Apart"]
    assert await names(crowd, text="SLOW test") == ["Apart", "Together"]
    assert await names(crowd, text="slow testing fun") == ["Together"]
    assert await names(crowd, text='"slow OR* (testing)') == []


@pytest.mark.parametrize("max_listed", [400, 3, 1])
@pytest.mark.parametrize("common_share", [0, 10_000])
async def test_rare_and_common_words_find_the_same_mentors(
    crowd: Crowd, clock: Clock, monkeypatch: pytest.MonkeyPatch, max_listed: int, common_share: int
) -> None:
    """Rare words are looked up before the scan, common ones during it, with the same results."""
    monkeypatch.setattr(index, "MAX_LISTED_PROFILES", max_listed)
    monkeypatch.setattr(index, "COMMON_SHARE", common_share)
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
    suggested = await crowd.db.read(directory.suggest_mentors, crowd.viewer, "mentor", limit=4)
    assert [mentor.name for mentor in suggested] == [f"Mentor {number}" for number in range(4)]


async def test_minimum_rating_and_maximum_rate(crowd: Crowd) -> None:
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


async def test_results_exclude_the_searcher_and_unbookable_mentors(
    crowd: Crowd, clock: Clock
) -> None:
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


async def test_pause_resume_and_stop_change_results_at_once(crowd: Crowd) -> None:
    oliver = await crowd.mentor("Oliver", ratings=[4])
    await crowd.mentor("Ines", hourly_rate=10)
    await crowd.db.run(profiles.pause, oliver)
    assert await names(crowd) == ["Ines"]
    await crowd.db.run(profiles.resume, oliver)
    assert await names(crowd, sort=Sort.PRICE) == ["Oliver", "Ines"]
    await crowd.db.run(profiles.stop, oliver)
    assert await names(crowd) == ["Ines"]


# --- The filter by free time ------------------------------------------------------------------


async def test_free_span_is_compared_in_each_mentors_zone(crowd: Crowd) -> None:
    # Tuesday 3 March, 15:00 to 17:00 UTC: the evening in Kolkata, the morning in New York.
    span = Span(MONDAY_NOON + timedelta(hours=27), MONDAY_NOON + timedelta(hours=29))
    await crowd.mentor("Kolkata", timezone="Asia/Kolkata", hours=[hours(1, 20, 23)])
    await crowd.mentor("New York", timezone="America/New_York", hours=[hours(1, 10, 12)])
    await crowd.mentor("Asleep", timezone="America/New_York", hours=[hours(1, 20, 23)])
    await crowd.mentor("Busy", busy=[Span(span.start - timedelta(hours=1), span.end)])
    await crowd.mentor("That date", hours=[], dates=[(span.start.date(), 900, 960)])
    await crowd.mentor("Day off", dates=[(span.start.date(), None, None)])
    assert await names(crowd, free=span) == ["Kolkata", "New York", "That date"]
    one_page = await page(crowd, free=span)
    for result in one_page.results:
        assert result.minutes == 60
        assert span.start <= result.slots[0] < span.end


async def test_searchers_own_sessions_are_excluded_from_free_time(crowd: Crowd) -> None:
    span = Span(MONDAY_NOON + timedelta(hours=27), MONDAY_NOON + timedelta(hours=29))
    me = await crowd.mentor("Me", busy=[span])
    await crowd.mentor("Open")
    assert await names(crowd, free=span) == ["Open"]
    assert await names(crowd, me, free=span) == []


async def test_free_instant_needs_a_slot_that_starts_then(crowd: Crowd) -> None:
    at = MONDAY_NOON + timedelta(hours=27)
    await crowd.mentor("Long", durations=[120], hours=[hours(1, 15, 17)])
    await crowd.mentor("Later", hours=[hours(1, 16, 17)])
    assert await names(crowd, free=Span(at, at)) == ["Long"]


@pytest.mark.parametrize("begins", ["2026-03-02", "2026-03-07", "2026-04-04", "2026-10-24"])
async def test_free_filter_agrees_with_the_computed_slots(
    crowd: Crowd, clock: Clock, begins: str
) -> None:
    """The index never excludes a free mentor, even in a week with a clock change."""
    rng = random.Random(begins)
    clock.now = datetime.fromisoformat(f"{begins}T12:00:00+00:00")
    everyone = await crowd.random_mentors(30, rng, clock.now)
    matches = 0
    for _ in range(12):
        start = clock.now + timedelta(minutes=rng.randrange(0, 5_000, 5))
        span = Span(start, start + timedelta(minutes=rng.choice((0, 45, 60, 180, 1_440, 4_000))))
        matching = {
            result.mentor.user_id
            async for one_page in pages(crowd, SearchQuery(free=span, size=25))
            for result in one_page.results
        }
        assert matching == await crowd.db.read(_free_in, crowd.viewer, everyone, span)
        matches += len(matching)
    assert matches > 20


async def _free_in(tx: Transaction, viewer: Actor, everyone: list[Actor], span: Span) -> set[int]:
    """Return who has a slot of any duration in the span, by computing the slots of all mentors."""
    entries = await index.scan(tx, viewer, Filters(), Order.RATING, limit=99)
    calendars = await mentor_calendar.load_many(
        tx, [entry.profile_id for entry in entries], tx.now + timedelta(days=60)
    )
    listed = {calendar.user_id for calendar in calendars.values()}
    assert listed <= {each.user_id for each in everyone}
    free = set()
    for calendar in calendars.values():
        shortest = timedelta(minutes=min(calendar.durations))
        window = (span.start, max(span.end, span.start + shortest))
        if any(calendar.slots(tx.now, each, window=window) for each in calendar.durations):
            free.add(calendar.user_id)
    return free


# --- Orders and pages -------------------------------------------------------------------------


async def test_sorting_by_soonest_slot(crowd: Crowd) -> None:
    await crowd.mentor("Never", hours=[], ratings=[5] * 9)
    await crowd.mentor("Friday", hours=[hours(4, 9, 10)], ratings=[5] * 9)
    await crowd.mentor("Tonight", hours=[hours(0, 20, 22)])
    await crowd.mentor("At once", minimum_notice=0)
    await crowd.mentor("At once too", minimum_notice=0, ratings=[5])
    order = ["At once too", "At once", "Tonight", "Friday", "Never"]
    assert await names(crowd, sort=Sort.SOONEST) == order


NIGHT = Span(MONDAY_NOON + timedelta(hours=20), MONDAY_NOON + timedelta(hours=50))


@pytest.mark.parametrize("max_candidates", [120, pytest.param(20, marks=pytest.mark.long)])
async def test_pages_forward_and_back_have_each_result_once(
    crowd: Crowd, clock: Clock, monkeypatch: pytest.MonkeyPatch, max_candidates: int
) -> None:
    """This also holds with too many candidates to compute all slots at once."""
    monkeypatch.setattr("mentorship.search.search.MAX_CANDIDATES", max_candidates)
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
        query = SearchQuery(sort=sort, size=3, **more)
        forward = [one_page async for one_page in pages(crowd, query)]
        ids = [result.mentor.user_id for one_page in forward for result in one_page.results]
        assert len(ids) == len(set(ids)), query
        by_rating = replace(query, sort=Sort.RATING, size=25)
        results = [result async for one in pages(crowd, by_rating) for result in one.results]
        assert set(ids) == {result.mentor.user_id for result in results}, query
        assert ids, "a search that finds nobody proves nothing"

        backward, cursor = [forward[-1]], forward[-1].previous
        while cursor is not None:
            backward.append(
                await crowd.db.read(search, crowd.viewer, replace(query, cursor=cursor))
            )
            cursor = backward[-1].previous
        ids_back = [
            result.mentor.user_id for one_page in reversed(backward) for result in one_page.results
        ]
        assert ids_back == ids, query


async def test_each_order_sorts_by_its_documented_key(crowd: Crowd, clock: Clock) -> None:
    await crowd.random_mentors(40, random.Random(4), clock.now)

    async def order(sort: Sort) -> list[SearchResult]:
        query = SearchQuery(sort=sort, size=7)
        return [result async for one_page in pages(crowd, query) for result in one_page.results]

    async def load_keys(tx: Transaction) -> dict[int, tuple[int, datetime | None]]:
        rows = await tx.connection.execute(
            select(Listing.profile_id, Listing.shortfall).where(Listing.tag_id == 0)
        )
        shortfalls = {row.profile_id: row.shortfall for row in rows}
        calendars = await mentor_calendar.load_many(
            tx, list(shortfalls), tx.now + timedelta(days=60)
        )
        slots = {
            profile_id: calendar.slots(tx.now, min(calendar.durations))
            for profile_id, calendar in calendars.items()
        }
        return {
            calendar.user_id: (
                shortfalls[profile_id],
                slots[profile_id][0] if slots[profile_id] else None,
            )
            for profile_id, calendar in calendars.items()
        }

    keys = await crowd.db.read(load_keys)

    def shortfall(result: SearchResult) -> int:
        return keys[result.mentor.user_id][0]

    def half_hour(result: SearchResult) -> float:
        first = keys[result.mentor.user_id][1]
        return first.timestamp() // 1_800 if first else math.inf

    for sort, key in {
        Sort.RATING: shortfall,
        Sort.PRICE: lambda result: (result.mentor.hourly_rate, shortfall(result)),
        Sort.SOONEST: lambda result: (half_hour(result), shortfall(result)),
    }.items():
        results = await order(sort)
        assert results == sorted(results, key=key), sort
        assert len(results) > 20


async def test_paging_continues_while_mentors_come_and_go(crowd: Crowd) -> None:
    people = [await crowd.mentor(f"Mentor {number}") for number in range(9)]
    first = await page(crowd, size=3)
    await crowd.db.run(profiles.pause, people[1], None)
    await crowd.mentor("Better", ratings=[5])
    second = await page(crowd, size=3, cursor=first.next)
    assert [each.mentor.name for each in second.results] == ["Mentor 3", "Mentor 4", "Mentor 5"]
    before = await page(crowd, size=3, cursor=second.previous)
    assert [each.mentor.name for each in before.results] == ["Better", "Mentor 0", "Mentor 2"]


@pytest.mark.parametrize(
    "forged",
    ["", "x", "a1", "a0.1", "z0.1.2", "a0.1.2.3.4", "a0.1.zzzzzzzzzzzzz", "a0.1.2;--", "a0.1.2.3"],
)
async def test_malformed_cursors_are_invalid(crowd: Crowd, forged: str) -> None:
    with pytest.raises(InvalidField) as caught:
        await page(crowd, cursor=forged)
    assert caught.value.field is Field.CURSOR


async def test_forged_cursors_show_only_the_own_guild(crowd: Crowd) -> None:
    await Crowd(crowd.db, guild_id=20).mentor("Elsewhere")
    await crowd.mentor("Here")
    for position in (Position(0, (0, 0)), Position(77, (1, 1)), Position(2**60, (2**62, 2**62))):
        for direction in Direction:
            for sort in (Sort.RELEVANCE, Sort.RATING, Sort.SOONEST):
                shown = await names(crowd, sort=sort, cursor=Cursor(direction, position).text)
                assert shown in ([], ["Here"])


# --- Nobody matches ---------------------------------------------------------------------------


async def test_no_results_suggest_filters_to_remove(crowd: Crowd) -> None:
    await crowd.mentor("Dear", hourly_rate=90, ratings=[5])
    await crowd.mentor("Dear too", hourly_rate=80, ratings=[5])
    await crowd.mentor("New", hourly_rate=10)
    await crowd.mentor("Design", tags=["design"], hourly_rate=10, ratings=[5])
    tomorrow = Span(MONDAY_NOON + timedelta(hours=24), MONDAY_NOON + timedelta(hours=26))
    one_page = await page(crowd, expertise="pyton", max_rate=20, min_rating=4, free=tomorrow)
    assert one_page.results == ()
    assert [(each.without, each.mentors) for each in one_page.suggestions] == [
        (Filter.MAX_RATE, 2),
        (Filter.EXPERTISE, 1),
        (Filter.MIN_RATING, 1),
        (Filter.FREE, 0),
    ]


async def test_a_guild_without_mentors_has_an_empty_page(crowd: Crowd) -> None:
    assert await page(crowd) == SearchPage(())


@pytest.mark.parametrize(
    "invalid",
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
async def test_values_out_of_range_are_invalid(crowd: Crowd, invalid: dict[str, object]) -> None:
    with pytest.raises(InvalidField):
        await page(crowd, **invalid)


# --- Suggestions for typed text ---------------------------------------------------------------


async def test_suggested_tags_are_those_of_listed_mentors(crowd: Crowd) -> None:
    await crowd.mentor(tags=["python", "code review"])
    await crowd.mentor(tags=["perl"], status="stopped")
    await Crowd(crowd.db, guild_id=20).mentor(tags=["elsewhere"])
    assert await crowd.db.read(suggest_tags, crowd.viewer, "") == ("code review", "python")
    assert await crowd.db.read(suggest_tags, crowd.viewer, "rev") == ("code review",)
    assert await crowd.db.read(suggest_tags, crowd.viewer, "pyhton") == ("python",)
    assert await crowd.db.read(suggest_tags, crowd.viewer, "perl") == ()


@pytest.mark.parametrize(
    ("typed", "expected"),
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
async def test_suggested_mentors_match_by_name_or_expertise(
    crowd: Crowd, typed: str, expected: list[str]
) -> None:
    await crowd.mentor("Élodie Oliveira")
    await crowd.mentor("Oliver Hughes")
    await crowd.mentor("Rated", tags=["go"], ratings=[5])
    await Crowd(crowd.db, guild_id=20).mentor("Oliver Elsewhere")
    mentors = await crowd.db.read(directory.suggest_mentors, crowd.viewer, typed)
    assert [mentor.name for mentor in mentors] == expected


async def test_a_common_name_lists_the_best_rated(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MAX_LISTED_PROFILES", 3)
    for number in range(6):
        await crowd.mentor(f"Oliver {number}", ratings=[number % 5 + 1])
    mentors = await crowd.db.read(directory.suggest_mentors, crowd.viewer, "oliv", limit=2)
    assert [mentor.name for mentor in mentors] == ["Oliver 4", "Oliver 3"]


async def test_a_changed_name_is_found_at_once(crowd: Crowd) -> None:
    person = await crowd.mentor("Oliver")

    async def rename(tx: Transaction) -> None:
        is_person = Member.user_id == person.user_id
        await tx.connection.execute(update(Member).where(is_person).values(name="Olivia"))

    await crowd.db.run(rename)
    assert [
        m.name for m in await crowd.db.read(directory.suggest_mentors, crowd.viewer, "olivia")
    ] == ["Olivia"]
    assert await crowd.db.read(directory.suggest_mentors, crowd.viewer, "oliver x") == []


# --- Ranking ----------------------------------------------------------------------------------


async def test_ratings_follow_the_documented_bayesian_mean(crowd: Crowd) -> None:
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

    await crowd.db.run(rate)
    ratings = await crowd.db.read(_load_ratings)
    mean = (sum(r.rating_sum for r in ratings) + 40) / (sum(r.rating_count for r in ratings) + 10)
    for r in ratings:
        bayesian = (r.rating_sum + 5 * mean) / (r.rating_count + 5)
        # The prior follows the guild's mean in steps of a tenth of a star, in whole hundredths.
        tolerance = 0.11 * 5 / (r.rating_count + 5) + 0.00001
        assert abs((5 - r.shortfall / 100_000) - bayesian) <= tolerance


async def test_database_triggers_use_the_constants_of_ranking(crowd: Crowd) -> None:
    """Each new mentor's reviews move the guild's mean, by more and by less than the tolerance."""
    rng = random.Random(5)
    prior, updates = ranking.INITIAL_STARS * 100, 0
    rating_sum = rating_count = 0
    for _ in range(40):
        reviews = rng.choices(range(1, 6), k=rng.randrange(4))
        await crowd.mentor(ratings=reviews)
        rating_sum, rating_count = rating_sum + sum(reviews), rating_count + len(reviews)
        mean = ranking.guild_mean(rating_sum, rating_count)
        if abs(mean - prior) > ranking.PRIOR_TOLERANCE:
            prior, updates = mean, updates + 1
        for r in await crowd.db.read(_load_ratings):
            assert r.prior == prior
            assert r.shortfall == ranking.shortfall(r.rating_sum, r.rating_count, prior)
    assert 3 < updates < 37, "some reviews moved the prior, and some did not"


async def _load_ratings(tx: Transaction) -> Sequence[Row[*tuple[int, ...]]]:
    rows = await tx.connection.execute(
        select(
            MentorProfile.rating_sum,
            MentorProfile.rating_count,
            Listing.shortfall,
            GuildRating.prior,
        )
        .join(Listing, Listing.profile_id == MentorProfile.id)
        .join(GuildRating, GuildRating.guild_id == Listing.guild_id)
        .where(Listing.tag_id == index.ANY_TAG)
    )
    return rows.all()


async def test_a_mentor_with_many_matching_tags_is_listed_once(crowd: Crowd) -> None:
    await crowd.mentor("Many", tags=[f"python {number}" for number in range(9)], hours=OPEN)
    for sort in Sort:
        assert await names(crowd, expertise="python", sort=sort) == ["Many"]
