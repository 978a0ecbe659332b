"""The search index on both databases: building it, and keeping it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from mentorship.actors import Actor
from mentorship.search import directory, index
from mentorship.search.filters import Filters, Order
from mentorship.search.query import SearchQuery, Sort
from mentorship.search.search import search
from mentorship.time.intervals import Span
from storage import Database, Transaction
from storage.full_text import TextField, TextMatch, profiles_matching
from storage.migrations import upgrade
from storage.tables import GuildRating, Listing, MentorProfile, ProfileTag, Tag, WeeklyHoursRow
from tests.conftest import Clock
from tests.mentorship.support.crowd import Crowd
from tests.storage.on_postgresql.server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def older_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database from before the search index existed."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path}/older.db"
    else:
        server: PostgresServer = request.getfixturevalue("server")
        server.create("older")
        url = server.url("older")
    asyncio.run(upgrade(url, "0001"))
    return url


async def listings(db: Database) -> list[tuple[Any, ...]]:
    """Load all listings, in a stable order."""

    async def load(tx: Transaction) -> list[tuple[Any, ...]]:
        rows = await tx.connection.execute(select(*Listing.__table__.c))
        return sorted((tuple(row) for row in rows), key=repr)

    return await db.read(load)


async def names(db: Database, crowd: Crowd, **wanted: Any) -> list[str]:
    found = await db.read(search, crowd.viewer, SearchQuery(**wanted))
    return [each.mentor.name for each in found.results]


async def fill(crowd: Crowd, clock: Clock) -> None:
    """Add mentors of all kinds, and one in another guild."""
    await crowd.mentor("Oliver", ratings=[5, 4], hourly_rate=60, bio="Kernels and careers.")
    await crowd.mentor("Élodie", tags=["python", "go"], ratings=[5], bio="Careful testing.")
    await crowd.mentor("Paused", paused=True)
    later = clock.now + timedelta(days=1)
    await crowd.mentor("Back tomorrow", paused=True, paused_until=later, ratings=[1] * 20)
    await crowd.mentor("Suspended", status="suspended", ratings=[2])
    await Crowd(crowd.db, guild_id=20).mentor("Elsewhere", ratings=[3], bio="Kernels too.")


async def change_table(db: Database, statement: str) -> None:
    async def change(tx: Transaction) -> None:
        await tx.connection.execute(text(statement))

    await db.run(change)


def test_the_search_index_is_built_for_existing_data(older_url: str, clock: Clock) -> None:
    async def story() -> None:
        older = Database(older_url, clock=clock)
        crowd = Crowd(older)
        # SQLAlchemy fills this newer column by itself.
        await change_table(older, "ALTER TABLE members ADD COLUMN updated_at timestamp")
        await fill(crowd, clock)
        await change_table(older, "ALTER TABLE members DROP COLUMN updated_at")
        await older.close()

        await upgrade(older_url)
        db = Database(older_url, clock=clock)
        await db.open()
        upgraded = await listings(db)
        assert await names(db, crowd) == ["Oliver", "Élodie"]
        assert await names(db, crowd, text="kernel") == ["Oliver"]
        assert [m.name for m in await db.read(directory.suggest_mentors, crowd.viewer, "oli")] == [
            "Oliver"
        ]

        # The triggers derive the same listings from the same rows.
        async def touch_profiles(tx: Transaction) -> None:
            await tx.connection.execute(
                update(MentorProfile).values(hourly_rate=MentorProfile.hourly_rate)
            )

        await db.run(touch_profiles)
        assert await listings(db) == upgraded
        await db.close()

    asyncio.run(story())


async def test_search_returns_the_same_on_both_databases(any_db: Database, clock: Clock) -> None:
    crowd = Crowd(any_db)
    await fill(crowd, clock)
    assert await names(any_db, crowd, expertise="pyton", sort=Sort.PRICE) == ["Élodie", "Oliver"]
    assert await names(any_db, crowd, text="careful test") == ["Élodie"]
    assert await names(any_db, crowd, text="careful testing", min_rating=5, max_rate=0) == [
        "Élodie"
    ]
    tomorrow = Span(clock.now + timedelta(hours=20), clock.now + timedelta(hours=22))
    for sort in Sort:
        found = await names(any_db, crowd, free=tomorrow, sort=sort)
        assert sorted(found) == ["Oliver", "Élodie"]
    for typed, expected in {
        "": ["Oliver", "Élodie"],
        "OLI": ["Oliver"],
        "olivr": ["Oliver"],
        "go": ["Élodie"],
        "oliver pyth": ["Oliver"],
    }.items():
        seen = await any_db.read(directory.suggest_mentors, crowd.viewer, typed)
        assert [mentor.name for mentor in seen] == expected, typed


@pytest.mark.parametrize(
    ("field", "words", "match", "found"),
    [
        (TextField.BIO, ["KERN"], TextMatch.PREFIXES, ["Oliver"]),
        (TextField.BIO, ["care", "kernels"], TextMatch.PREFIXES, ["Oliver"]),
        (TextField.BIO, ["care"], TextMatch.PREFIXES, ["Oliver", "Élodie"]),
        (TextField.BIO, ["kern"], TextMatch.PHRASE, []),
        (TextField.BIO, ["careful", "testing"], TextMatch.PHRASE, ["Élodie"]),
        (TextField.BIO, ["testing", "careful"], TextMatch.PHRASE, []),
        (TextField.BIO, ["kernels", "testing"], TextMatch.ANY, ["Oliver", "Élodie"]),
        (TextField.NAME, ["o"], TextMatch.PREFIXES, ["Oliver"]),
        (TextField.NAME, ["back", "tom"], TextMatch.PREFIXES, ["Back tomorrow"]),
        (TextField.NAME, ["oliver", "nobody"], TextMatch.ANY, ["Oliver"]),
        (TextField.NAME, ["back", "tomorrow"], TextMatch.PHRASE, ["Back tomorrow"]),
        (TextField.NAME, ["suspended"], TextMatch.ANY, []),
        (TextField.NAME, ["AND", "NEAR"], TextMatch.ANY, []),
    ],
)
async def test_full_text_queries_match_as_documented(
    any_db: Database,
    clock: Clock,
    field: TextField,
    words: Sequence[str],
    match: TextMatch,
    found: list[str],
) -> None:
    crowd = Crowd(any_db)
    await fill(crowd, clock)

    async def load(tx: Transaction) -> set[str]:
        query = profiles_matching(tx.connection, crowd.guild_id, field, words, match)
        ids = list(await tx.connection.scalars(query))
        assert len(ids) == len(set(ids))
        return {each.name for each in (await directory.load_views(tx, ids)).values()}

    assert await any_db.read(load) == set(found)


async def test_listings_follow_the_profiles(any_db: Database, clock: Clock) -> None:
    crowd = Crowd(any_db)
    oliver = await crowd.mentor("Oliver", tags=["python", "go"])
    is_olivers = MentorProfile.user_id == oliver.user_id

    async def tags_of(mentor: Actor) -> set[str]:
        async def load(tx: Transaction) -> set[str]:
            rows = await tx.connection.execute(
                select(Listing.tag_id, Tag.name)
                .outerjoin(Tag, Tag.id == Listing.tag_id)
                .where(Listing.user_id == mentor.user_id)
            )
            return {row.name or "every" for row in rows}

        return await any_db.read(load)

    async def change(**values: Any) -> None:
        async def write(tx: Transaction) -> None:
            await tx.connection.execute(update(MentorProfile).where(is_olivers).values(**values))

        await any_db.run(write)

    assert await tags_of(oliver) == {"every", "python", "go"}
    await change(status="suspended")
    assert await tags_of(oliver) == set()
    await change(status="approved", hourly_rate=7)
    assert await tags_of(oliver) == {"every", "python", "go"}

    async def without_go(tx: Transaction) -> None:
        go = select(Tag.id).where(Tag.name == "go").scalar_subquery()
        await tx.connection.execute(delete(ProfileTag).where(ProfileTag.tag_id == go))

    await any_db.run(without_go)
    assert await tags_of(oliver) == {"every", "python"}
    assert {row[5] for row in await listings(any_db)} == {7}

    async def delete_profile(tx: Transaction) -> None:
        await tx.connection.execute(text("DELETE FROM weekly_hours"))
        await tx.connection.execute(text("DELETE FROM profile_tags"))
        await tx.connection.execute(delete(MentorProfile).where(is_olivers))

    await any_db.run(delete_profile)
    assert await listings(any_db) == []
    assert await any_db.read(directory.suggest_mentors, crowd.viewer, "oliver") == []


async def test_shortfalls_are_recomputed_when_the_guild_mean_moves(any_db: Database) -> None:
    crowd = Crowd(any_db)
    new = await crowd.mentor("New")
    await Crowd(any_db, guild_id=20).mentor("Elsewhere")

    async def shortfall(tx: Transaction) -> int:
        (found,) = await index.scan(tx, crowd.viewer, Filters(profiles=(1,)), Order.RATING, limit=2)
        assert found.user_id == new.user_id
        return found.key[0]

    async def priors(tx: Transaction) -> dict[int, int]:
        rows = await tx.connection.execute(select(GuildRating.guild_id, GuildRating.prior))
        return {row.guild_id: row.prior for row in rows}

    assert await any_db.read(shortfall) == 100_000
    await crowd.mentor("One", ratings=[5])
    assert await any_db.read(shortfall) == 100_000, "one review doesn't change the others"
    await crowd.mentor("Thirty", ratings=[5] * 30)
    assert await any_db.read(priors) == {10: 475, 20: 400}
    assert await any_db.read(shortfall) == 25_000


async def test_weekly_hours_follow_their_profile(any_db: Database, clock: Clock) -> None:
    """The copies by which search finds hours are right, whatever is changed first."""
    crowd = Crowd(any_db)
    await fill(crowd, clock)
    people = [await crowd.mentor(f"Mentor {number}") for number in range(4)]

    async def change(tx: Transaction) -> None:
        for person, values in zip(
            people,
            (
                {"timezone": "Asia/Tokyo"},
                {"minimum_notice": 7},
                {"timezone": "Europe/Paris", "minimum_notice": 8},
                {"status": "stopped"},
            ),
            strict=True,
        ):
            of_person = MentorProfile.user_id == person.user_id
            await tx.connection.execute(update(MentorProfile).where(of_person).values(**values))
        profile_id = await tx.connection.scalar(select(func.min(MentorProfile.id)))
        await tx.connection.execute(
            insert(WeeklyHoursRow).values(
                profile_id=profile_id, weekday=6, start_minute=7, end_minute=9
            )
        )

    async def load(tx: Transaction) -> list[tuple[Any, ...]]:
        copies = (WeeklyHoursRow.guild_id, WeeklyHoursRow.timezone, WeeklyHoursRow.minimum_notice)
        originals = (MentorProfile.guild_id, MentorProfile.timezone, MentorProfile.minimum_notice)
        query = select(*copies, *originals).join(
            MentorProfile, MentorProfile.id == WeeklyHoursRow.profile_id
        )
        return [tuple(row) for row in await tx.connection.execute(query)]

    await any_db.run(change)
    rows = await any_db.read(load)
    assert {"Asia/Tokyo", "Europe/Paris", 7, 8} <= {value for row in rows for value in row}
    assert all(row[:3] == row[3:] for row in rows)
