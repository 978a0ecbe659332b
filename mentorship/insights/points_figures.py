"""Sum up the points that move in a guild each month, by the cause of the transfers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, select

from mentorship.insights import progress
from mentorship.insights.views import month_of
from storage import Transaction
from storage.queries import upsert
from storage.tables import PointsMonth, Transfer
from storage.types import require_instants

WALK = "transfers"
"""The name of the walk over the transfers, in the order of their ids."""

SETTLED_AFTER = timedelta(minutes=5)
"""How old a transfer has to be to be counted. Later none with a lower id appears: a transaction
takes seconds at most, and on PostgreSQL ids are taken before the commit."""

BATCH_SIZE = 500
"""Transfers that are counted in one transaction, at most."""


async def has_uncounted(tx: Transaction) -> bool:
    """Return whether a transfer is to be counted."""
    walk = await progress.load(tx, WALK)
    after = 0 if walk is None or walk.after_id is None else walk.after_id
    row = (await tx.connection.execute(_NEXT, {"after": after, "limit": 1})).first()
    return row is not None and not row.created_at > tx.now - SETTLED_AFTER


async def count_next(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Count the next transfers, each once. Returns how many: 0 if there are none."""
    walk = await progress.load(tx, WALK)
    after = 0 if walk is None or walk.after_id is None else walk.after_id
    rows = (await tx.connection.execute(_NEXT, {"after": after, "limit": limit})).all()
    sums: dict[tuple[int, date, str], int] = defaultdict(int)
    done = 0
    for row in rows:
        try:
            require_instants(row)
        except ValueError:
            # No month is known for it.
            done, after = done + 1, row.id
            continue
        if row.created_at > tx.now - SETTLED_AFTER:
            break
        sums[row.guild_id, month_of(row.created_at), row.cause] += row.amount
        done, after = done + 1, row.id
    if not done:
        return 0
    values = [
        {"guild_id": guild, "month": month, "cause": cause, "amount": amount}
        for (guild, month, cause), amount in sorted(sums.items())
    ]
    if values:
        await tx.connection.execute(_add(tx.dialect), values)
    await progress.store(tx, WALK, after)
    return done


_NEXT = (
    select(Transfer.id, Transfer.guild_id, Transfer.cause, Transfer.amount, Transfer.created_at)
    .where(Transfer.id > bindparam("after", type_=BigInteger))
    .order_by(Transfer.id)
    .limit(bindparam("limit", type_=Integer))
)


@cache
def _add(dialect: str) -> Any:
    names = ("guild_id", "month", "cause", "amount")
    statement = upsert(dialect, PointsMonth).values({name: bindparam(name) for name in names})
    return statement.on_conflict_do_update(
        index_elements=["guild_id", "month", "cause"],
        set_={"amount": PointsMonth.amount + statement.excluded.amount},
    )
