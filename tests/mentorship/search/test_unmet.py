"""Counting searches that found nobody: by expertise that is known, and without anybody's words."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import NotAModerator
from mentorship.insights import insights
from mentorship.insights.views import ExpertiseDemand, InsightsRange, VainSearches
from mentorship.operations import erasure
from mentorship.search import unmet
from mentorship.search.unmet import MAX_TAGS_A_DAY, SearchMemory
from mentorship.sessions.offers import help_requests
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.tables import UnmetSearch, VainSearch
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def search(town: Community, actor: Actor, *typed: str) -> None:
    for expertise in typed:
        await town.db.run(unmet.record_unmet, actor, expertise)


async def listed(town: Community) -> list[tuple[str | None, int]]:
    return [(row.tag, row.searches) for row in await town.db.read(unmet.list_unmet, town.chief)]


async def rows(db: Database, table: Any) -> list[tuple[Any, ...]]:
    async def query(tx: Transaction) -> list[tuple[Any, ...]]:
        result = await tx.connection.execute(select(*table.__table__.c))
        return [tuple(row) for row in result]

    return await db.read(query)


async def test_only_known_expertise_is_counted_by_name(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    draft = HelpRequestDraft("Watercolour", "I can't get the sky right.")
    await search(town, maya, "watercolour")
    await town.db.run(help_requests.ask, maya, draft)
    await search(town, maya, "  WaterColour ", "Python", "pyton", "zzz", "", "my secret plan")
    assert await listed(town) == [("python", 2), ("watercolour", 1), (None, 4)]


@pytest.mark.parametrize("typed", ["'; DROP TABLE tags; --", "\x00", "\ud800", "%", "🪙" * 200])
async def test_strange_text_is_counted_without_a_name(
    town: Community, oliver: Actor, maya: Actor, typed: str
) -> None:
    await search(town, maya, typed)
    assert await listed(town) == [(None, 1)]


async def test_typed_text_is_nowhere_in_the_database_file(
    town: Community, oliver: Actor, maya: Actor, tmp_path: Path
) -> None:
    await search(town, maya, "quuxology", "python quuxology", "Quux 12")
    assert "quux" not in str(await town.dump()).lower()
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"quux" not in file.read_bytes().lower(), file


async def test_moderators_see_the_last_thirty_days(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await search(town, maya, "python")
    town.clock.now += unmet.PERIOD
    await search(town, maya, "python", "other")
    assert await listed(town) == [("python", 2), (None, 1)]
    town.clock.now += timedelta(days=1)
    assert await listed(town) == [("python", 1), (None, 1)]
    with pytest.raises(NotAModerator):
        await town.db.read(unmet.list_unmet, maya)


async def test_other_guilds_searches_are_not_listed(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    await search(town, maya, "python")
    assert await listed(village) == []


async def test_a_guild_without_data_counts_nothing(town: Community) -> None:
    stranger = Actor(77, "Stranger", 123_456)
    await search(town, stranger, "python")
    assert await rows(town.db, UnmetSearch) == []


async def test_a_day_has_a_limited_number_of_tags(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    async def fill(tx: Transaction) -> None:
        for number in range(MAX_TAGS_A_DAY):
            await tx.connection.execute(
                UnmetSearch.__table__.insert().values(
                    guild_id=maya.guild, day=tx.now.date(), tag=f"tag {number}", searches=1
                )
            )

    await town.db.run(fill)
    await search(town, maya, "python")
    assert (await listed(town))[-1] == (None, 1)
    assert len(await listed(town)) == unmet.MAX_LISTED + 1


async def test_old_counts_are_deleted(town: Community, oliver: Actor, maya: Actor) -> None:
    await search(town, maya, "python")
    await town.db.run(unmet.record_vain, maya, oliver.user_id)
    town.clock.now += unmet.RETENTION
    await search(town, maya, "python")
    assert await town.db.run(unmet.delete_old_vain, 100) == 1, "the month began before the day"
    assert await town.db.run(unmet.delete_old_unmet, 100) == 0
    town.clock.now += timedelta(days=1)
    assert await town.db.run(unmet.delete_old_unmet, 100) == 1
    assert len(await rows(town.db, UnmetSearch)) == 1


async def test_erasure_deletes_counts_of_what_only_that_person_named(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    ken = await town.member("Ken")
    for person, tag in ((maya, "quux"), (maya, "gardening"), (ken, "gardening")):
        await town.db.run(help_requests.ask, person, HelpRequestDraft(tag, "Please help me."))
    await search(town, ken, "quux", "gardening", "python")
    await town.db.run(erasure.erase, maya)
    assert await listed(town) == [("gardening", 1), ("python", 1)]
    await town.db.run(erasure.erase, oliver)
    assert await listed(town) == [("gardening", 1)]


@pytest.mark.parametrize(
    ("wanted", "counted"),
    [
        (None, (None, None)),
        (Span(TUESDAY_NOON, TUESDAY_NOON), (1, "afternoon")),
        (Span(TUESDAY_NOON, TUESDAY_NOON + hours(6)), (1, "afternoon")),
        (Span(TUESDAY_NOON, TUESDAY_NOON + hours(7)), (1, None)),
        (Span(TUESDAY_NOON - hours(12), TUESDAY_NOON + hours(12)), (1, None)),
        (Span(TUESDAY_NOON - hours(12), TUESDAY_NOON + hours(13)), (None, None)),
        (Span(TUESDAY_NOON - hours(12), TUESDAY_NOON - hours(7)), (1, None)),
    ],
)
async def test_looks_for_a_slot_are_counted_by_part_of_the_week(
    town: Community, maya: Actor, wanted: Span | None, counted: tuple[int | None, str | None]
) -> None:
    oliver = await town.mentor("Oliver", zone="UTC")
    for actor in (maya, oliver):
        await town.db.run(unmet.record_vain, actor, oliver.user_id, wanted)
    await town.db.run(unmet.record_vain, maya, maya.user_id + 99, wanted)
    shown = await town.db.read(insights.mentor_insights, oliver, InsightsRange.YEAR)
    assert shown.vain_searches == (VainSearches(*counted, 1),)
    assert len(await rows(town.db, VainSearch)) == 1


async def test_insights_show_searches_beside_requests(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(help_requests.ask, maya, HelpRequestDraft("gardening", "When to plant?"))
    await search(town, maya, "gardening", "python", "python", "python", "unknown")
    shown = await town.db.read(insights.guild_insights, town.chief, InsightsRange.YEAR)
    assert shown.demand == (
        ExpertiseDemand("python", 3, 0, 1),
        ExpertiseDemand("gardening", 1, 1, 0),
        ExpertiseDemand(None, 1, 0, 0),
    )


@given(st.text(), st.text())
def test_a_repeated_search_is_known_for_that_person_and_day(one: str, other: str) -> None:
    memory, today = SearchMemory(), date(2026, 3, 2)
    maya, ken = (Actor(number, "Somebody", 10) for number in (1, 2))
    assert memory.add(today, maya, one)
    assert not memory.add(today, maya, one)
    assert memory.add(today, maya, other) is (one != other)
    assert memory.add(today, ken, one)
    assert memory.add(today + timedelta(days=1), maya, one)


def test_the_memory_of_searches_is_bounded() -> None:
    memory, maya = SearchMemory(), Actor(1, "Maya", 10)
    for number in range(SearchMemory.CAPACITY + 10):
        assert memory.add(date(2026, 3, 2), maya, number)
    assert memory.add(date(2026, 3, 2), maya, 0), "the oldest is forgotten"
    assert not memory.add(date(2026, 3, 2), maya, SearchMemory.CAPACITY)
