"""Retention of records."""

from __future__ import annotations

from sqlalchemy import insert, update

from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import housekeeping
from mentorship.operations.housekeeping import DeletedRows
from storage import Transaction
from storage.tables import IdempotencyKey, Notification
from tests.conftest import Clock
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_expired_keys_and_notifications_are_deleted(town: Community, clock: Clock) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    session = await town.book(maya, oliver, TUESDAY_NOON + hours(24), key="k")

    async def mark_as_sent(tx: Transaction) -> None:
        await tx.connection.execute(update(Notification).values(status="sent", settled_at=tx.now))
        key = {"guild_id": town.guild_id, "user_id": maya.user_id, "request": "", "key": "new"}
        await tx.connection.execute(
            insert(IdempotencyKey).values(
                **key, created_at=tx.now + housekeeping.IDEMPOTENCY_KEY_RETENTION
            )
        )

    await town.db.run(mark_as_sent)
    total = len(await town.notifications())
    clock.turn(days=8)
    assert await town.db.run(housekeeping.delete_expired) == DeletedRows(
        idempotency_keys=1, notifications=0
    )
    clock.turn(days=83)
    # The session isn't over yet, so its notification is still needed.
    deleted = await town.db.run(housekeeping.delete_expired)
    (remaining,) = await town.notifications()
    assert (remaining.kind, remaining.session_id) == (NotificationKind.REQUESTED, session.id)
    assert deleted.notifications == total - 1
    await town.wait_until(clock.now)
    assert (await town.db.run(housekeeping.delete_expired)).notifications == 1
