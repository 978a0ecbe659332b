"""Calendar feeds: their tokens, and what they need."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from mentorship.calendars import feed_content, feeds
from mentorship.calendars.feeds import CalendarFeed
from mentorship.errors import CalendarsNotSetUp, NotAMember, NotFound
from mentorship.operations import data_export
from storage import Transaction
from storage.encryption import NO_CIPHER, Cipher, generate_key
from storage.tables import CalendarFeed as FeedRow
from tests.mentorship.support.community import Community


def token_of(feed: CalendarFeed | None) -> str:
    """Return the token of a feed that has one."""
    assert feed is not None
    assert feed.token is not None
    return feed.token


async def test_a_member_has_one_feed_whose_address_stays(town: Community) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    assert await town.db.read(feeds.find, maya) is None
    created = await town.db.run(feeds.create, maya)
    assert feeds.is_token(token_of(created))
    again = await town.db.run(feeds.create, maya)
    assert again == created == await town.db.read(feeds.find, maya)
    assert token_of(await town.db.run(feeds.create, noor)) != created.token
    content = await town.db.read(feed_content.load, token_of(created))
    assert (content.guild_id, content.user_id) == (town.guild_id, maya.user_id)


async def test_feeds_of_two_guilds_are_apart(town: Community, village: Community) -> None:
    maya = await town.member("Maya")
    there = await village.join(maya)
    feed, other = await town.db.run(feeds.create, maya), await town.db.run(feeds.create, there)
    assert feed.token != other.token
    content = await town.db.read(feed_content.load, token_of(other))
    assert content.guild_id == village.guild_id


async def test_a_renewed_feed_has_another_address_and_the_old_one_ends(town: Community) -> None:
    maya = await town.member("Maya")
    old = token_of(await town.db.run(feeds.create, maya))
    await town.db.run(feeds.note_read, old, town.guild_id, maya.user_id)
    new = await town.db.run(feeds.renew, maya)
    assert new.token != old
    assert new.read_at is None
    with pytest.raises(NotFound):
        await town.db.read(feed_content.load, old)
    assert (await town.db.read(feed_content.load, token_of(new))).user_id == maya.user_id
    # A request that was on its way.
    await town.db.run(feeds.note_read, old, town.guild_id, maya.user_id)
    found = await town.db.read(feeds.find, maya)
    assert found is not None
    assert found.read_at is None


async def test_a_feed_that_is_turned_off_is_gone(town: Community) -> None:
    maya = await town.member("Maya")
    token = token_of(await town.db.run(feeds.create, maya))
    assert await town.db.run(feeds.turn_off, maya)
    assert not await town.db.run(feeds.turn_off, maya)
    assert await town.db.read(feeds.find, maya) is None
    with pytest.raises(NotFound):
        await town.db.read(feed_content.load, token)


async def test_reading_is_noted_once_an_hour(town: Community) -> None:
    maya = await town.member("Maya")
    token = token_of(await town.db.run(feeds.create, maya))
    assert (await town.db.read(feed_content.load, token)).is_note_due
    await town.db.run(feeds.note_read, token, town.guild_id, maya.user_id)
    town.clock.turn(minutes=59)
    assert not (await town.db.read(feed_content.load, token)).is_note_due
    town.clock.turn(minutes=1)
    assert (await town.db.read(feed_content.load, token)).is_note_due
    found = await town.db.read(feeds.find, maya)
    assert found is not None
    assert found.read_at == town.clock.now - timedelta(hours=1)


async def test_without_an_encryption_key_there_are_no_feeds(town: Community) -> None:
    maya = await town.member("Maya")
    town.db.cipher = NO_CIPHER
    for use_case in (feeds.create, feeds.renew):
        with pytest.raises(CalendarsNotSetUp):
            await town.db.run(use_case, maya)
    assert await town.db.read(feeds.find, maya) is None


async def test_an_address_works_after_its_key_is_lost_but_cannot_be_shown(town: Community) -> None:
    maya = await town.member("Maya")
    token = token_of(await town.db.run(feeds.create, maya))
    for cipher in (NO_CIPHER, Cipher([generate_key()])):
        town.db.cipher = cipher
        found = await town.db.read(feeds.find, maya)
        assert found is not None
        assert found.token is None
        assert (await town.db.read(feed_content.load, token)).user_id == maya.user_id


async def test_the_database_has_no_token_in_clear(town: Community) -> None:
    maya = await town.member("Maya")
    feed = await town.db.run(feeds.create, maya)
    token = token_of(feed)
    assert token not in repr(feed)

    async def load_row(tx: Transaction) -> str:
        return repr((await tx.connection.execute(select(FeedRow.__table__))).one())

    assert token not in await town.db.read(load_row)


async def test_only_members_get_a_feed(town: Community) -> None:
    maya = await town.member("Maya")
    stranger = replace(maya, user_id=999, outside_guild=True)
    with pytest.raises(NotAMember):
        await town.db.run(feeds.create, stranger)


async def test_an_export_has_the_feed_without_its_token(town: Community) -> None:
    maya = await town.member("Maya")
    token = token_of(await town.db.run(feeds.create, maya))
    page = await town.db.read(data_export.load_page, maya, "calendar_feeds")
    (row,) = page.rows
    assert row["created_at"]
    assert token not in repr(row)
    assert not {"token", "token_hash"} & set(row)
