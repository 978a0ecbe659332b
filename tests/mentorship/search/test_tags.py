"""Finding tags by what is typed in a guild with very many of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from mentorship.search import tags
from mentorship.search.search import suggest_tags
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import MentorProfile, ProfileTag, Tag
from tests.mentorship.support.crowd import Crowd
from tests.scale.calls.every_use_case import given
from tests.scale.layout import NOW
from tests.scale.steps import StepCounter


@pytest.fixture
def crowd(db: Database) -> Crowd:
    return Crowd(db)


async def suggested(crowd: Crowd, typed: str) -> list[str]:
    return list(await crowd.db.read(suggest_tags, crowd.viewer, typed, limit=5))


async def test_tags_are_found_among_more_than_are_compared(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_TAGS", 20)
    monkeypatch.setattr(tags, "MAX_MENTORS_COUNTED", 1)
    await crowd.mentor("Best", ratings=[5] * 9, tags=["code review"])
    await crowd.mentor("Other", tags=["python", "c++", "gardening at home"])
    await crowd.mentor("Many", tags=[f"topic {number}" for number in range(40)])
    assert await suggested(crowd, "PYT") == ["python"]
    assert await suggested(crowd, "pyhton") == ["python"]
    assert await suggested(crowd, "c++") == ["c++"]
    assert await suggested(crowd, "gardening-at") == ["gardening at home"]
    assert await suggested(crowd, "help with python") == ["python"]
    # Of one of the best rated mentors, so also by a word inside.
    assert await suggested(crowd, "review") == ["code review"]
    assert len(await suggested(crowd, "top")) == 5
    assert await suggested(crowd, "perl") == []


async def test_steps_do_not_grow_with_the_number_of_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The mentor who has them all, as no real one can, is not among the best rated.
    monkeypatch.setattr(tags, "MAX_MENTORS_COUNTED", 1)
    url = f"sqlite+aiosqlite:///{tmp_path}/tags.db"
    await upgrade(url)
    counter = StepCounter()
    with counter.counting():
        db = Database(url, clock=lambda: NOW, synchronous="OFF")
        crowd = Crowd(db)
        await crowd.mentor("Best", ratings=[5], tags=["python"])
        await crowd.mentor("Many", tags=[])
        steps = []
        for number in (2_000, 6_000):
            await db.run(_add_tags, crowd.guild_id, number)
            steps.append(
                [
                    await counter.measure(db, suggest_tags, given(crowd.viewer, typed))
                    for typed in ("", "topic", "tpoic 5999", "python", "xyzzy")
                ]
            )
        await db.close()
    for few, many in zip(*steps, strict=True):
        assert many <= 1.1 * few


async def _add_tags(tx: Transaction, guild_id: int, number: int) -> None:
    """Add tags until the guild has about so many; the last profile has them all."""
    profile_id = await tx.connection.scalar(select(func.max(MentorProfile.id)))
    last_id = await tx.connection.scalar(select(func.max(Tag.id))) or 0
    ids = range(last_id + 1, number)
    rows = [{"id": each, "guild_id": guild_id, "name": f"topic {each}"} for each in ids]
    await tx.connection.execute(insert(Tag), rows)
    await tx.connection.execute(
        insert(ProfileTag), [{"profile_id": profile_id, "tag_id": each} for each in ids]
    )
