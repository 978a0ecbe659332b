"""Claiming messages that are out of date: turns, limits, retries, and rows that can't be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from mentorship.delivery import message_updates, outbox, outcomes
from mentorship.delivery.message_updates import (
    BATCH_SIZE,
    FIRST_GUILD,
    LEASE,
    MAX_ATTEMPTS,
    MAX_OF_CHANNEL,
    Edit,
    EditOutcome,
    OutdatedMessage,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import transitions
from mentorship.sessions.places import session_link
from storage import Transaction
from storage.tables import Guild, Notification
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

CHANNEL = 1_000
"""Channels of each guild."""


async def add_outdated(
    town: Community, count: int, *, guild_id: int | None = None, channels: int | None = None
) -> None:
    """Add messages of a guild, each in a channel of its own unless there are fewer channels."""

    async def write(tx: Transaction) -> None:
        guild = guild_id or town.guild_id
        found = await tx.connection.scalar(select(Guild.id).where(Guild.id == guild))
        if found is None:
            row = {"id": guild, "created_at": tx.now}
            await tx.connection.execute(insert(Guild), row)
        rows = [
            {
                "guild_id": guild,
                "user_id": 7,
                "kind": NotificationKind.CHANGES_REQUESTED,
                "key": f"{guild}.{number}",
                "due_at": tx.now,
                "next_at": tx.now,
                "status": "sent",
                "channel_id": guild * CHANNEL + number % (channels or count),
                "message_id": number + 1,
                "refresh_at": tx.now + timedelta(seconds=number - count),
            }
            for number in range(count)
        ]
        await tx.connection.execute(insert(Notification), rows)

    await town.db.run(write)


async def claim(town: Community, after: int = FIRST_GUILD) -> list[OutdatedMessage]:
    return list((await town.db.run(message_updates.claim_outdated, after)).messages)


async def marks(town: Community) -> list[Any]:
    async def query(tx: Transaction) -> list[Any]:
        rows = await tx.connection.scalars(select(Notification.refresh_at))
        return [each for each in rows if each is not None]

    return await town.db.read(query)


async def test_a_guild_with_many_messages_keeps_no_other_waiting(town: Community) -> None:
    await add_outdated(town, 500)
    await add_outdated(town, 1, guild_id=99)
    claimed = await claim(town)
    assert Counter(each.notification.guild.id for each in claimed) == {
        town.guild_id: BATCH_SIZE // 2,
        99: 1,
    }
    oldest = range(1, BATCH_SIZE // 2 + 1)
    assert {each.message_id for each in claimed} == set(oldest)


async def test_guilds_take_turns_when_there_are_more_than_one_claim_serves(town: Community) -> None:
    guilds = [1_000 + number for number in range(BATCH_SIZE + 10)]
    for guild_id in guilds:
        await add_outdated(town, 2, guild_id=guild_id)
    first = await town.db.run(message_updates.claim_outdated)
    second = await town.db.run(message_updates.claim_outdated, first.last_guild)
    served = [each.notification.guild.id for each in (*first.messages, *second.messages)]
    assert not first.is_complete
    assert set(served) == set(guilds)
    assert served[:BATCH_SIZE] == guilds[:BATCH_SIZE]


async def test_a_claim_takes_five_messages_of_a_channel_the_oldest_first(town: Community) -> None:
    await add_outdated(town, 40, channels=2)
    claimed = await claim(town)
    first = town.guild_id * CHANNEL
    assert Counter(each.channel_id for each in claimed) == {
        first: MAX_OF_CHANNEL,
        first + 1: MAX_OF_CHANNEL,
    }
    assert {each.message_id for each in claimed} == set(range(1, 2 * MAX_OF_CHANNEL + 1))


async def test_a_claimed_message_is_claimed_again_after_its_lease(town: Community) -> None:
    await add_outdated(town, 1)
    (message,) = await claim(town)
    assert await claim(town) == []
    town.clock.turn(seconds=LEASE.total_seconds())
    (again,) = await claim(town)
    assert again.message_id == message.message_id
    await town.db.run(message_updates.record, [Edit(again, EditOutcome.EDITED)])
    assert await marks(town) == []


async def test_failed_edits_are_given_up_in_the_end(town: Community) -> None:
    await add_outdated(town, 1)
    for attempt in range(MAX_ATTEMPTS):
        (message,) = await claim(town)
        assert message.attempts == attempt
        retry_at = town.clock.now + timedelta(minutes=1)
        await town.db.run(message_updates.record, [Edit(message, EditOutcome.FAILED, retry_at)])
        town.clock.turn(minutes=1)
    assert await claim(town) == []
    assert await marks(town) == []


async def test_a_message_that_cannot_be_read_is_postponed_alone(town: Community) -> None:
    await add_outdated(town, 3)

    async def break_one(tx: Transaction) -> None:
        await tx.connection.execute(
            update(Notification).where(Notification.message_id == 2).values(facts=["broken"])
        )

    await town.db.run(break_one)
    assert [each.message_id for each in await claim(town)] == [1, 3]
    assert town.clock.now + message_updates.UNREADABLE_PAUSE in await marks(town)


async def test_only_messages_about_the_changed_session_are_marked(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    sessions = [await town.book(maya, oliver, TUESDAY_NOON + hours(day * 24)) for day in (0, 1)]

    async def send_all(tx: Transaction) -> None:
        await tx.connection.execute(
            update(Notification)
            .where(Notification.kind == NotificationKind.REQUESTED)
            .values(status="sent", channel_id=CHANNEL, message_id=Notification.id)
        )

    await town.db.run(send_all)
    town.db.outbox_changed.clear()
    # It notifies nobody so early.
    await town.db.run(session_link.set_link, oliver, sessions[1].id, "https://meet.example/1")
    assert town.db.outbox_changed.is_set()
    await town.db.run(transitions.decline, oliver, sessions[1].id, "Ill.")
    (message,) = await claim(town)
    assert message.notification.session is not None
    assert message.notification.session.id == sessions[1].id
    assert message.superseded_by is None


async def test_a_lease_that_was_replaced_leads_to_another_edit(town: Community) -> None:
    await add_outdated(town, 1)
    (message,) = await claim(town)
    stale = replace(message, leased_until=message.leased_until - timedelta(seconds=1))
    for outcome in (EditOutcome.FAILED, EditOutcome.POSTPONED):
        later = Edit(stale, outcome, town.clock.now + timedelta(hours=1))
        await town.db.run(message_updates.record, [later])
        assert await marks(town) == [message.leased_until]
    await town.db.run(message_updates.record, [Edit(stale, EditOutcome.EDITED)])
    assert await marks(town) == [town.clock.now]


async def test_a_text_that_is_made_after_the_change_needs_no_edit(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    session = await town.book(maya, oliver, TUESDAY_NOON)
    claimed = await town.db.run(outbox.claim_due)
    (request,) = [each for each in claimed if each.kind is NotificationKind.REQUESTED]
    await town.db.run(transitions.confirm, oliver, session.id)
    assert len(await marks(town)) == 1
    # Sending fails, and is tried again with a new text.
    retry = outcomes.retry(request, "503", timedelta(minutes=1), town.clock.now)
    await town.db.run(outcomes.record, [retry])
    town.clock.turn(minutes=1)
    again = await town.db.run(outbox.claim_due)
    (request,) = [each for each in again if each.id == request.id]
    await town.db.run(outcomes.record, [outcomes.sent(request, CHANNEL, 1)])
    assert await marks(town) == []


async def test_history_that_another_process_may_have_overwritten_is_written_again(
    town: Community,
) -> None:
    await add_outdated(town, 1)
    (slow,) = await claim(town)
    town.clock.turn(seconds=LEASE.total_seconds())
    (message,) = await claim(town)
    await town.db.run(message_updates.record, [Edit(slow, EditOutcome.EDITED)])
    await town.db.run(message_updates.record, [Edit(message, EditOutcome.CLOSED)])
    (again,) = await claim(town)
    await town.db.run(message_updates.record, [Edit(again, EditOutcome.CLOSED)])
    # What comes later finds nothing to edit.
    await town.db.run(message_updates.record, [Edit(slow, EditOutcome.EDITED)])
    assert await marks(town) == []


async def test_a_postponed_edit_is_no_failed_attempt(town: Community) -> None:
    await add_outdated(town, 1)
    for _ in range(MAX_ATTEMPTS + 1):
        (message,) = await claim(town)
        postponed = Edit(message, EditOutcome.POSTPONED, town.clock.now)
        await town.db.run(message_updates.record, [postponed])
    assert message.attempts == 0


async def test_messages_that_wait_for_a_retry_keep_no_process_busy(town: Community) -> None:
    for guild_id in range(1_000, 1_000 + BATCH_SIZE + 10):
        await add_outdated(town, 1, guild_id=guild_id)
    retry_at = town.clock.now + timedelta(minutes=1)
    after = FIRST_GUILD
    for _ in range(2):
        claimed = await town.db.run(message_updates.claim_outdated, after)
        failed = [Edit(each, EditOutcome.FAILED, retry_at) for each in claimed.messages]
        await town.db.run(message_updates.record, failed)
        after = claimed.last_guild
    assert not await town.db.read(message_updates.has_outdated)
    town.clock.turn(minutes=1)
    assert await town.db.read(message_updates.has_outdated)
