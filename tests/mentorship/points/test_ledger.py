"""The ledger: releasing an escrow account, and concurrent transfers.

`test_histories` has arbitrary sequences of actions, `test_transfers` gifts and grants.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from mentorship.actors import Actor
from mentorship.errors import MentorshipError
from mentorship.guilds import guild_settings
from mentorship.points import ledger
from mentorship.sessions import transitions
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Session
from tests.mentorship.support.community import Community, assert_ledger_consistent

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("refund", "fee_percent", "payment", "fee"),
    [
        (0, 0, 60, 0),
        (0, 15, 51, 9),
        (60, 15, 0, 0),
        (30, 15, 26, 4),
        (1, 50, 30, 29),
        (0, 100, 0, 60),
        (59, 99, 1, 0),
    ],
)
async def test_the_fee_is_a_share_of_the_payment_not_of_the_refund(
    town: Community, refund: int, fee_percent: int, payment: int, fee: int
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)

    async def release(tx: Transaction) -> int:
        over = {"status": SessionStatus.COMPLETED, "next_at": None}
        await tx.connection.execute(update(Session).where(Session.id == session.id).values(**over))
        return await ledger.release_escrow(
            tx,
            await guild_settings.load(tx, town.guild_id),
            session_id=session.id,
            mentor_id=oliver.user_id,
            mentee_id=maya.user_id,
            refund=refund,
            fee_percent=fee_percent,
        )

    assert await town.db.run(release) == payment
    assert await town.escrow_balance(session) == 0
    assert await town.balance(oliver) == payment
    assert await town.balance(maya) == 40 + refund
    assert 60 - refund - payment == fee


async def test_a_refund_cannot_exceed_the_escrow_balance(town: Community) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)

    async def release(tx: Transaction) -> int:
        return await ledger.release_escrow(
            tx,
            await guild_settings.load(tx, town.guild_id),
            session_id=session.id,
            mentor_id=oliver.user_id,
            mentee_id=maya.user_id,
            refund=61,
        )

    with pytest.raises(IntegrityError):
        await town.db.run(release)
    assert await town.escrow_balance(session) == 60


async def test_the_ledger_is_consistent_after_concurrent_bookings(town: Community) -> None:
    """All members book, cancel and get points at the same time."""
    await town.configure(fee_percent=10, late_refund_percent=50)
    mentors = [await town.mentor(f"Mentor {rate}", rate=rate) for rate in (45, 60)]
    members = [await town.member(f"Member {number}", points=150) for number in range(6)]
    first = START + timedelta(hours=26)

    async def book_and_cancel(member: Actor, number: int) -> None:
        for step in range(4):
            start = first + timedelta(hours=(number + step) % 4)
            try:
                booked = await town.book(member, mentors[step % 2], start)
                await town.db.run(transitions.confirm, mentors[step % 2], booked.id)
                if (number + step) % 3 == 0:
                    await town.db.run(transitions.cancel, member, booked.id)
            except MentorshipError:
                await town.grant(member, 1)

    await asyncio.gather(
        *(book_and_cancel(member, number) for number, member in enumerate(members))
    )
    await town.db.read(assert_ledger_consistent)
    await town.wait_until(first + timedelta(days=3))
