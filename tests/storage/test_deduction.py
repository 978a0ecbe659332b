"""What missed requests and sessions cost in the order of search."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row, delete, select, update

from mentorship.mentors.track_record import COUNTERS
from mentorship.search import index, ranking
from mentorship.search.query import SearchQuery, Sort
from mentorship.search.search import search
from storage import Database, Transaction
from storage.tables import GuildRating, Listing, MentorProfile, ProfileTag
from tests.mentorship.support.crowd import Crowd

numbers = st.integers(0, 5_000)


@given(numbers, numbers)
def test_a_deduction_is_bounded_and_allows_one_in_ten(missed: int, more: int) -> None:
    total = missed + more
    cost = ranking.deduction_for(missed, total)
    assert 0 <= cost < ranking.MOST_DEDUCTED
    assert (cost == 0) or missed * 10 > total


@given(numbers, numbers)
def test_a_deduction_grows_with_misses_and_shrinks_with_successes(missed: int, more: int) -> None:
    total = missed + more
    cost = ranking.deduction_for(missed, total)
    assert ranking.deduction_for(missed + 1, total + 1) >= cost
    assert ranking.deduction_for(missed, total + 1) <= cost
    if more:
        assert ranking.deduction_for(missed + 1, total) >= cost


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_all_misses_cost_at_most_a_fifth_of_a_star(
    answered: int, expired: int, completed: int, failed: int
) -> None:
    profile = SimpleNamespace(
        **dict.fromkeys(COUNTERS, 0)
        | {
            "requests_answered": answered,
            "requests_expired": expired,
            "sessions_completed": completed,
            "sessions_failed": failed,
        }
    )
    assert 0 <= ranking.deduction(profile) <= 20_000
    profile.answers_24h = answered
    if not expired and not failed:
        assert ranking.deduction(profile) == 0


def test_a_newcomer_loses_nothing_and_one_miss_costs_little() -> None:
    assert ranking.deduction_for(0, 0) == 0
    assert ranking.deduction_for(1, 1) < 1_000, "under a hundredth of a star"
    assert ranking.deduction_for(30, 30) == 7_500


async def load_listings(tx: Transaction) -> Sequence[Row[*tuple[int, ...]]]:
    profile = MentorProfile.__table__.c
    rows = await tx.connection.execute(
        select(
            *(profile[name] for name in (*COUNTERS, "rating_sum", "rating_count")),
            Listing.deduction,
            Listing.shortfall,
            GuildRating.prior,
        )
        .join(Listing, Listing.profile_id == MentorProfile.id)
        .join(GuildRating, GuildRating.guild_id == Listing.guild_id)
    )
    return rows.all()


async def test_triggers_keep_the_deduction_of_the_pure_rules(any_db: Database) -> None:
    """Counters change, ratings move the prior, tags come and go, profiles leave and return."""
    crowd, rng = Crowd(any_db), random.Random(3)
    people = [
        await crowd.mentor(
            tags=["python", f"tag {number}"],
            requests_answered=number,
            answers_24h=number // 2,
            ratings=rng.choices(range(1, 6), k=number % 4),
        )
        for number in range(8)
    ]

    async def change(tx: Transaction) -> None:
        mentor = MentorProfile.user_id == rng.choice(people).user_id
        name = rng.choice(("status", "rating", "tag", *COUNTERS, *COUNTERS))
        column = MentorProfile.__table__.c.get(name)
        if name == "tag":
            profiles = select(MentorProfile.id).where(mentor)
            await tx.connection.execute(
                delete(ProfileTag).where(ProfileTag.profile_id.in_(profiles))
            )
            return
        if name == "status":
            values = {"status": rng.choice(("approved", "stopped"))}
        elif name == "rating":
            stars = rng.choice((1, 5))
            values = {
                "rating_sum": MentorProfile.rating_sum + 3 * stars,
                "rating_count": MentorProfile.rating_count + 3,
            }
        else:
            values = {name: column + rng.randrange(4)}
        await tx.connection.execute(update(MentorProfile).where(mentor).values(values))

    deducted, priors = 0, set()
    for _ in range(120):
        await any_db.run(change)
        for row in await any_db.read(load_listings):
            deduction = ranking.deduction(row)
            expected = ranking.shortfall(row.rating_sum, row.rating_count, row.prior, deduction)
            assert (row.deduction, row.shortfall) == (deduction, expected)
            deducted += deduction > 0
            priors.add(row.prior)
    assert deducted > 100
    assert len(priors) > 2


async def test_a_mentor_who_fails_mentees_ranks_after_an_equal_and_before_a_worse_rating(
    any_db: Database,
) -> None:
    crowd = Crowd(any_db)
    ratings = [5, 4] * 20
    await crowd.mentor("Unreliable", ratings=ratings, sessions_completed=50, sessions_failed=50)
    await crowd.mentor("Reliable", ratings=ratings, sessions_completed=100)
    await crowd.mentor("Worse", ratings=[4] * 40, sessions_completed=100)
    page = await any_db.read(search, crowd.viewer, SearchQuery(sort=Sort.RATING))
    assert [each.mentor.name for each in page.results] == ["Reliable", "Unreliable", "Worse"]


async def test_a_newcomer_ranks_like_a_reliable_mentor(any_db: Database) -> None:
    crowd = Crowd(any_db)
    await crowd.mentor("New")
    await crowd.mentor("Reliable", sessions_completed=99, requests_answered=99, answers_24h=99)
    rows = await any_db.read(load_listings)
    assert len({row.shortfall for row in rows}) == 1
    assert index.ANY_TAG == 0
