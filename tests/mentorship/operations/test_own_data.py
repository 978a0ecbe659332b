"""How often people can download and erase their own data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import Limit, LimitReached
from mentorship.operations import own_data
from tests.mentorship.support.community import Community

HOUR = timedelta(hours=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=10)


async def test_a_second_export_waits_for_an_hour(town: Community, maya: Actor) -> None:
    exported_at = town.clock.now
    await town.db.run(own_data.record_export, maya)
    town.clock.turn(minutes=59)
    with pytest.raises(LimitReached) as refused:
        await town.db.run(own_data.record_export, maya)
    error = refused.value
    assert (error.limit, error.most, error.ends_at) == (
        Limit.DATA_REQUESTS,
        1,
        exported_at + HOUR,
    )
    town.clock.turn(minutes=1)
    await town.db.run(own_data.record_export, maya)


async def test_an_erasure_right_after_an_export_is_possible(town: Community, maya: Actor) -> None:
    await town.db.run(own_data.record_export, maya)
    assert await town.db.run(own_data.erase, maya) is not None


async def test_whoever_comes_back_can_be_erased_again_after_an_hour(
    town: Community, maya: Actor
) -> None:
    erased_at = town.clock.now
    await town.db.run(own_data.erase, maya)
    await town.join(maya)
    for refused in (
        town.db.read(own_data.preview_erasure, maya),
        town.db.run(own_data.erase, maya),
    ):
        with pytest.raises(LimitReached) as error:
            await refused
        assert error.value.ends_at == erased_at + HOUR
    town.clock.now = erased_at + HOUR
    assert (await town.db.read(own_data.preview_erasure, maya)).has_data
    assert await town.db.run(own_data.erase, maya) is not None


async def test_somebody_without_data_leaves_no_trace(town: Community) -> None:
    nobody = Actor(4_711, "Nobody", town.guild_id)
    before = await town.dump()
    for _ in range(3):
        await town.db.run(own_data.record_export, nobody)
        assert await town.db.run(own_data.erase, nobody) is None
    assert await town.dump() == before
