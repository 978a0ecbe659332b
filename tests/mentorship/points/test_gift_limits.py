"""How often a member can give points to people who have never used the bot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import Limit, LimitReached
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from tests.mentorship.support.community import Community

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


def stranger(number: int) -> Recipient:
    """Return somebody whom Discord lists as a member and who has never used the bot."""
    return Recipient(90_000 + number, f"Stranger {number}", is_member=True)


async def give(town: Community, giver: Actor, to: Recipient, **more: str) -> None:
    await town.db.run(transfers.give, giver, to, 1, **more)


async def test_an_eleventh_gift_to_a_stranger_waits_for_a_day(town: Community, maya: Actor) -> None:
    first_at = town.clock.now
    for number in range(10):
        await give(town, maya, stranger(number % 9))
        town.clock.turn(minutes=1)
    with pytest.raises(LimitReached) as quoted:
        await town.db.read(transfers.before_give, maya, stranger(10), 1)
    with pytest.raises(LimitReached) as refused:
        await give(town, maya, stranger(10))
    assert vars(quoted.value) == vars(refused.value)
    error = refused.value
    assert (error.limit, error.most, error.ends_at) == (
        Limit.GIFTS_TO_STRANGERS,
        10,
        first_at + DAY,
    )
    assert await town.balance(maya) == 90
    town.clock.now = first_at + DAY
    await give(town, maya, stranger(10))


async def test_people_who_use_the_bot_can_be_given_points_at_any_time(
    town: Community, maya: Actor
) -> None:
    await town.configure(limit_gifts_to_strangers=1)
    sam = await town.member("Sam")
    for _ in range(3):
        await give(town, maya, Recipient(sam.user_id, "Sam"))
    await give(town, maya, stranger(1))
    with pytest.raises(LimitReached):
        await give(town, maya, stranger(2))
    await give(town, maya, Recipient(sam.user_id, "Sam"))


async def test_a_gift_counts_after_its_recipient_has_begun_to_use_the_bot(
    town: Community, maya: Actor
) -> None:
    await town.configure(limit_gifts_to_strangers=1)
    await give(town, maya, stranger(1))
    town.clock.turn(minutes=1)
    newcomer = Actor(stranger(1).user_id, "Stranger 1", town.guild_id)
    await town.join(newcomer)
    with pytest.raises(LimitReached):
        await give(town, maya, stranger(2))


async def test_a_repeated_gift_at_the_limit_is_the_same_gift(town: Community, maya: Actor) -> None:
    await town.configure(limit_gifts_to_strangers=1)
    for _ in range(2):
        await give(town, maya, stranger(1), key="once")
    assert await town.balance(maya) == 99


async def test_each_giver_has_their_own_limit(town: Community, maya: Actor) -> None:
    await town.configure(limit_gifts_to_strangers=1)
    sam = await town.member("Sam", points=5)
    await give(town, maya, stranger(1))
    await give(town, sam, stranger(1))
