"""The budget for opening direct messages with people whom the bot has not written to before.

Discord documents no number, but treats a bot that opens many of them quickly as a spammer. It first
answers with error 40003 and in the end quarantines the bot, which then can open none. Developers
report being flagged after 20 to 50 in a row. Messages in an open channel do not count.

There is one budget for all processes, in the database: two buckets of tokens, each stored as the
time of its next token (the generic cell rate algorithm). Notifications that need a token and get
none wait in a separate queue (`waiting_lane`), so that other claims need not read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache

from sqlalchemy import Insert, bindparam, select, update

from mentorship.notifications.writing import WAITING
from storage import Transaction
from storage.queries import upsert
from storage.tables import DmBudget, Notification

BURST = 10
"""Channels that may be opened at once after a pause, from either bucket."""

INTERVAL = timedelta(seconds=10)
"""Time after which one more channel may be opened: 360 an hour."""

URGENT_INTERVAL = 2 * INTERVAL
"""Time after which one more channel may be opened for an urgent notification in advance. It is
longer than `INTERVAL`, so that a flood of urgent ones leaves tokens to the others."""

MAX_ADVANCE = 2 * BURST * INTERVAL
"""How far ahead the next token is, at most, except after error 40003."""

COOLDOWN = timedelta(minutes=10)
"""How long no channel is opened after Discord has answered with error 40003."""


class Bucket(StrEnum):
    """Where a token comes from. The values are stored."""

    NORMAL = auto()
    URGENT = auto()


@dataclass(slots=True)
class Budget:
    """The time of the next token in each bucket, None if the bucket was never used."""

    normal_at: datetime | None = None
    urgent_at: datetime | None = None

    def available(self, bucket: Bucket, now: datetime) -> int:
        """Return how many channels may be opened now."""
        following, interval = self._next(bucket, now)
        return max(0, (now - following) // interval + 1)

    def take(self, bucket: Bucket, now: datetime) -> bool:
        """Take a token if there is one, and return whether there was.

        An urgent one is an advance: it delays those that are not urgent.
        """
        if not self.available(bucket, now):
            return False
        if bucket is Bucket.URGENT:
            self.urgent_at = self._next(Bucket.URGENT, now)[0] + URGENT_INTERVAL
        self.normal_at = self._next(Bucket.NORMAL, now)[0] + INTERVAL
        return True

    def give_back(self, bucket: Bucket) -> None:
        """Return a token that wasn't used."""
        if bucket is Bucket.URGENT and self.urgent_at is not None:
            self.urgent_at -= URGENT_INTERVAL
        if self.normal_at is not None:
            self.normal_at -= INTERVAL

    def _next(self, bucket: Bucket, now: datetime) -> tuple[datetime, timedelta]:
        """Return the time of the next token, of up to `BURST` unused ones, and the interval."""
        at, interval = (
            (self.urgent_at, URGENT_INTERVAL)
            if bucket is Bucket.URGENT
            else (self.normal_at, INTERVAL)
        )
        earliest = now - (BURST - 1) * interval
        return earliest if at is None else max(at, earliest), interval


def waiting_lane(urgency: int) -> int:
    """Return the stored urgency of notifications that wait for a token of the budget."""
    return -abs(urgency)


def plausible(next_at: datetime | None, now: datetime) -> datetime | None:
    """Return a bucket's stored time, None if it was stored while the system clock was ahead.

    Otherwise nobody's messages could be opened until then.
    """
    if next_at is None or next_at > now + COOLDOWN + MAX_ADVANCE:
        return None
    return next_at


async def load(tx: Transaction) -> Budget:
    """Load the budget."""
    rows = await tx.connection.execute(_SELECT)
    times = {row.bucket: plausible(row.next_at, tx.now) for row in rows}
    return Budget(times.get(Bucket.NORMAL), times.get(Bucket.URGENT))


async def store(tx: Transaction, budget: Budget) -> None:
    """Store the budget. Of two transactions that do so at once, one runs again."""
    times = {Bucket.NORMAL: budget.normal_at, Bucket.URGENT: budget.urgent_at}
    rows = [{"bucket": each, "next_at": at} for each, at in times.items() if at is not None]
    if rows:
        await tx.connection.execute(_upsert(tx.dialect), rows)


async def pause(tx: Transaction) -> None:
    """Stop opening direct messages in all processes for `COOLDOWN`, since Discord refused one."""
    until = tx.now + COOLDOWN
    await store(tx, Budget(until, until))


async def release(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Stop a person's notifications of a guild from waiting, since their channel is open."""
    await tx.connection.execute(_RELEASE, {"guild": guild_id, "user": user_id})


_SELECT = select(DmBudget.bucket, DmBudget.next_at)

_RELEASE = (
    update(Notification)
    .where(
        WAITING,
        Notification.user_id == bindparam("user"),
        Notification.guild_id == bindparam("guild"),
        Notification.urgency < 0,
    )
    .values(urgency=-Notification.urgency)
)


@cache
def _upsert(dialect: str) -> Insert:
    statement = upsert(dialect, DmBudget)
    return statement.on_conflict_do_update(
        index_elements=["bucket"], set_={"next_at": statement.excluded.next_at}
    )
