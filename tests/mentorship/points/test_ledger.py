"""The community's points in double entry: what comes out of an escrow, and a rush on all accounts.

Any history of acts is in `test_histories`, what people do with points in `test_points`.
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
    ("refund", "fee_percent", "mentor_gets", "fee"),
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
async def test_the_fee_is_on_what_the_mentor_earns_and_not_on_the_refund(
    town: Community, refund: int, fee_percent: int, mentor_gets: int, fee: int
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

    assert await town.db.run(release) == mentor_gets
    assert await town.escrow_balance(session) == 0
    assert await town.balance(oliver) == mentor_gets
    assert await town.balance(maya) == 40 + refund
    assert 60 - refund - mentor_gets == fee


async def test_no_escrow_gives_back_more_than_it_holds(town: Community) -> None:
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


async def test_the_books_balance_after_a_rush(town: Community) -> None:
    """Bookings, cancels and grants by everybody in the same moment."""
    await town.settle(fee_percent=10, late_refund_percent=50)
    mentors = [await town.mentor(f"Mentor {rate}", rate=rate) for rate in (45, 60)]
    members = [await town.member(f"Member {number}", points=150) for number in range(6)]
    first = START + timedelta(hours=26)

    async def rush(member: Actor, number: int) -> None:
        for step in range(4):
            start = first + timedelta(hours=(number + step) % 4)
            try:
                booked = await town.book(member, mentors[step % 2], start)
                await town.db.run(transitions.confirm, mentors[step % 2], booked.id)
                if (number + step) % 3 == 0:
                    await town.db.run(transitions.cancel, member, booked.id)
            except MentorshipError:
                await town.grant(member, 1)

    await asyncio.gather(*(rush(member, number) for number, member in enumerate(members)))
    await town.db.read(assert_ledger_consistent)
    await town.wait_until(first + timedelta(days=3))
