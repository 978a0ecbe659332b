"""Count all figures anew, in bounded steps.

That happens when a version that keeps figures starts for the first time, and when an operator asks
for it (`restart`). Until it is done, the figures are too low.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, func, select

from mentorship.insights import following, points_figures, progress, refreshing
from mentorship.insights.views import month_of
from mentorship.webhooks import cursors
from storage import Transaction
from storage.queries import delete_some
from storage.tables import (
    FigureProgress,
    GuildMonth,
    MenteeMonth,
    MentorMonth,
    MentorProfile,
    MentorQuarter,
    MentorTotal,
    PointsMonth,
    Review,
    Session,
    Thanks,
)
from storage.types import require_instants

CLEARING = "clear"
"""The name of the walk that deletes all figures before they are counted anew."""

BATCH_SIZE = 500
"""Rows that one transaction reads or deletes, at most."""

_AFTER = bindparam("after", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)


def _rows_of(row_id: Any, profile_id: Any, *instants: Any) -> Any:
    query = select(row_id.label("row_id"), profile_id.label("profile_id"), *instants)
    return query.where(row_id > _AFTER).order_by(row_id).limit(_LIMIT)


_WALKS = {
    # For those without a session, too.
    "profiles": _rows_of(MentorProfile.id, MentorProfile.id, MentorProfile.created_at),
    "sessions": _rows_of(Session.id, Session.profile_id, Session.starts_at, Session.created_at),
    "reviews": _rows_of(Review.id, Review.profile_id, Review.created_at),
    "thanks": _rows_of(Thanks.session_id, Thanks.profile_id, Thanks.created_at),
}
_CLEARED = (MenteeMonth, MentorMonth, MentorQuarter, MentorTotal, GuildMonth, PointsMonth)


async def restart(tx: Transaction) -> None:
    """Let all figures be counted anew. Those of open hours are kept: nothing else records them."""
    await progress.store(tx, CLEARING, 0)


async def is_clearing(tx: Transaction) -> bool:
    """Return whether figures are being deleted to be counted anew."""
    walk = await progress.load(tx, CLEARING)
    return walk is not None and walk.after_id is not None


async def is_unfinished(tx: Transaction) -> bool:
    """Return whether rows that are older than the figures are still to be read."""
    done = await tx.connection.scalar(_COUNT_DONE, {"walks": list(_WALKS)})
    return done != len(_WALKS)


async def clear(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete figures that are to be counted anew. Returns how many rows; 0 if there are none.

    Nothing else may change figures until it returns 0: their sums would be wrong.
    """
    if not await is_clearing(tx):
        return 0
    for table in _CLEARED:
        rows = table.__table__
        keys = list(rows.primary_key)
        deleted = await delete_some(tx.connection, rows, order_by=keys, limit=limit)
        if deleted:
            return deleted
    for name in (*_WALKS, points_figures.WALK):
        await progress.store(tx, name, 0)
    await progress.store(tx, CLEARING, None)
    return 1


async def mark_next(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Mark the next months to count, of rows that are older than the figures.

    Returns how many rows it has read, at least 1 until all are.
    """
    # What happens from now on is followed, so nothing falls between the walks and the events.
    await cursors.begin(tx, following.CURSOR)
    for name, query in _WALKS.items():
        walk = await progress.load(tx, name)
        after = 0 if walk is None else walk.after_id
        if after is None:
            continue
        rows = (await tx.connection.execute(query, {"after": after, "limit": limit})).all()
        buckets = []
        for row in rows:
            try:
                require_instants(row)
            except ValueError:
                continue
            buckets += [(row.profile_id, month_of(instant)) for instant in row[2:]]
        await refreshing.mark(tx, buckets)
        await progress.store(tx, name, rows[-1].row_id if len(rows) == limit else None)
        return max(1, len(rows))
    return 0


_COUNT_DONE = select(func.count()).where(
    FigureProgress.name.in_(bindparam("walks", expanding=True)), FigureProgress.after_id.is_(None)
)
