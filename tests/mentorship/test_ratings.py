"""Ratings: once, by the mentee, of what took place; and the mean that comes of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorship import mentors, ratings
from mentorship.actors import Actor
from mentorship.errors import InvalidField, NotAllowedNow, NotFound, NotYours, RatingClosed
from mentorship.lifecycle import Status
from mentorship.notices import Kind
from mentorship.ratings import Rated
from mentorship.sessions import SessionView
from storage.tables import Review
from tests.mentorship.community import TUESDAY_NOON, Community


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0, minimum_notice=0)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


@pytest.fixture
async def met(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    """A session that took place."""
    return await town.session(Status.COMPLETED, maya, oliver)


async def standing(town: Community, mentor: Actor) -> tuple[float | None, int]:
    """What members see of a mentor's ratings."""
    for view in await town.db.read(mentors.find, town.chief, ""):
        if view.user_id == mentor.user_id:
            return view.rating, view.rating_count
    raise LookupError(mentor.name)


async def test_a_rating_is_seen_by_everybody_and_told_to_the_mentor(
    town: Community, oliver: Actor, maya: Actor, met: SessionView
) -> None:
    assert await standing(town, oliver) == (None, 0)
    given = await town.db.run(ratings.rate, maya, met.id, 5, "  Patient and clear. ")
    assert given == Rated(await town.look(met), 5, "Patient and clear.", changed=False)
    assert given.session.stars == 5
    assert await standing(town, oliver) == (5.0, 1)
    assert await town.told(oliver, Kind.RATED) == ["rated"]
    assert await town.db.read(ratings.review_text, met.id) == "Patient and clear."


async def test_whoever_rates_again_changes_what_they_said(
    town: Community, oliver: Actor, maya: Actor, met: SessionView
) -> None:
    await town.db.run(ratings.rate, maya, met.id, 2, "Hm.")
    changed = await town.db.run(ratings.rate, maya, met.id, 4)
    assert (changed.stars, changed.text, changed.changed) == (4, "Hm.", True)
    assert (await town.db.run(ratings.rate, maya, met.id, 4, "Good after all.")).text
    assert (await town.db.run(ratings.rate, maya, met.id, 4, "")).text == ""
    assert await standing(town, oliver) == (4.0, 1)
    assert await town.count(Review) == 1
    assert await town.told(oliver, Kind.RATED) == ["rated"], "one notice, not one a change"


async def test_for_fourteen_days(
    town: Community, oliver: Actor, maya: Actor, met: SessionView
) -> None:
    await town.db.run(ratings.rate, maya, met.id, 2)
    town.clock.turn(days=14)
    await town.db.run(ratings.rate, maya, met.id, 3)
    town.clock.turn(seconds=1)
    with pytest.raises(RatingClosed):
        await town.db.run(ratings.rate, maya, met.id, 5)
    assert await standing(town, oliver) == (3.0, 1)


async def test_a_first_rating_may_come_late(
    town: Community, oliver: Actor, maya: Actor, met: SessionView
) -> None:
    town.clock.turn(days=100)
    await town.db.run(ratings.rate, maya, met.id, 5)
    assert await standing(town, oliver) == (5.0, 1)


async def test_only_the_mentee_rates(town: Community, oliver: Actor, met: SessionView) -> None:
    with pytest.raises(NotYours):
        await town.db.run(ratings.rate, oliver, met.id, 5)
    with pytest.raises(NotFound):
        await town.db.run(ratings.rate, Actor(424242, "Stranger", town.guild_id), met.id, 5)
    assert await standing(town, oliver) == (None, 0)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.COMPLETED}))
async def test_only_what_took_place_is_rated(
    town: Community, oliver: Actor, maya: Actor, status: Status
) -> None:
    session = await town.session(status, maya, oliver)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(ratings.rate, maya, session.id, 5)
    assert str(caught.value) == f"You can't rate this session: it is {status.words}."
    assert await town.count(Review) == 0


@pytest.mark.parametrize("stars", [0, -1, 6, 100])
async def test_stars_are_one_to_five(
    town: Community, maya: Actor, met: SessionView, stars: int
) -> None:
    with pytest.raises(InvalidField, match=r"^The rating is a number of stars from 1 to 5\.$"):
        await town.db.run(ratings.rate, maya, met.id, stars)


async def test_a_review_has_at_most_a_thousand_characters(
    town: Community, maya: Actor, met: SessionView
) -> None:
    with pytest.raises(InvalidField, match=r"^The review has at most 1,000 characters\.$"):
        await town.db.run(ratings.rate, maya, met.id, 5, "x" * 1_001)
    given = await town.db.run(ratings.rate, maya, met.id, 5, f"  {'x' * 1_000} ")
    assert len(given.text) == 1_000


async def test_many_who_rate_at_once_all_count(town: Community, oliver: Actor) -> None:
    stars = [5, 4, 4, 1, 2, 5, 3, 5]
    rated = []
    for number, given in enumerate(stars):
        member = await town.member(f"Member {number}")
        start = TUESDAY_NOON + timedelta(hours=number)
        rated.append((member, await town.session(Status.COMPLETED, member, oliver, start), given))
    await asyncio.gather(
        *(town.db.run(ratings.rate, member, session.id, given) for member, session, given in rated)
    )
    assert await standing(town, oliver) == (sum(stars) / len(stars), len(stars))
    # And when all of them change their minds at once, or the same one presses twice.
    await asyncio.gather(
        *(
            town.db.run(ratings.rate, member, session.id, 6 - given)
            for member, session, given in rated
            for _ in range(2)
        )
    )
    changed = [6 - given for given in stars]
    assert await standing(town, oliver) == (sum(changed) / len(changed), len(changed))


async def test_stars_pressed_twice_at_once_are_one_rating(
    town: Community, oliver: Actor, maya: Actor, met: SessionView
) -> None:
    await asyncio.gather(*(town.db.run(ratings.rate, maya, met.id, 4) for _ in range(5)))
    assert await standing(town, oliver) == (4.0, 1)
    assert await town.told(oliver, Kind.RATED) == ["rated"]
