"""Notifications that can't be read, because something in the data is unknown or broken.

It may be a kind, status or setting of a newer version of the program, malformed JSON, a fact that
is missing, or a row that is gone. Such a notification is postponed, and the others are delivered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Boolean, bindparam, case, literal, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.notifications.catalogue import NotificationKind
from storage import Transaction
from storage.tables import Fault, Notification
from storage.types import UtcDateTime

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

RETRY_FOR = timedelta(hours=1)
"""How long a notification that can't be read is retried. Meanwhile a process that runs a newer
version of the program may read it, or an operator may repair the data."""

PROBLEM = "unreadable"
"""How the stored problem of such a notification begins; the reference of the fault follows."""

_KINDS = frozenset(NotificationKind)

_FAULT = select(Fault.first_at, Fault.retry_at).where(
    Fault.kind == FaultKind.DELIVERY, Fault.row_id == bindparam("notification")
)

_GIVES_UP = bindparam("gives_up", type_=Boolean)
_SET_ASIDE = (
    update(Notification)
    .where(Notification.id == bindparam("notification"))
    .values(
        status=case((_GIVES_UP, literal("failed")), else_=Notification.status),
        settled_at=case((_GIVES_UP, bindparam("now", type_=UtcDateTime)), else_=None),
        next_at=bindparam("retry_at"),
        problem=bindparam("reason"),
        # It wasn't sent, so it doesn't hold back the person's later ones.
        attempts=0,
    )
    .returning(Notification.guild_id, Notification.kind)
)


async def try_each(
    tx: Transaction,
    items: Sequence[ItemT],
    work: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]],
) -> tuple[list[ResultT], list[tuple[ItemT, Exception]]]:
    """Call `work` with all items at once, and after an error with each half of them, and so on.

    What a failing call has written is undone. Returns the results in order, and the items that
    fail by themselves, with their errors. Raises errors that aren't about a row, such as a
    conflict with another transaction.
    """
    if not items:
        return [], []
    try:
        async with tx.savepoint():
            return list(await work(items)), []
    except Exception as error:
        if not faults.concerns_row(error):
            raise
        if len(items) == 1:
            return [], [(items[0], error)]
    middle = len(items) // 2
    first, first_failures = await try_each(tx, items[:middle], work)
    second, second_failures = await try_each(tx, items[middle:], work)
    return first + second, first_failures + second_failures


async def set_aside(tx: Transaction, errors: Mapping[int, BaseException]) -> set[int]:
    """Record why notifications can't be read, by their ids, and postpone them.

    Those that could not be read for `RETRY_FOR` have failed. Returns the guilds of these.
    """
    guild_ids = set()
    for notification_id, error in errors.items():
        reference = await faults.record(tx, FaultKind.DELIVERY, notification_id, error)
        fault = (await tx.connection.execute(_FAULT, {"notification": notification_id})).one()
        gives_up = tx.now - fault.first_at >= RETRY_FOR
        params = {
            "notification": notification_id,
            "gives_up": gives_up,
            "now": tx.now,
            "retry_at": fault.retry_at,
            "reason": f"{PROBLEM} (reference {reference})",
        }
        row = (await tx.connection.execute(_SET_ASIDE, params)).one_or_none()
        if gives_up and row is not None:
            guild_ids.add(row.guild_id)
            kind = row.kind if row.kind in _KINDS else "unknown"
            tx.tally.append(("notification", kind, "failed"))
    return guild_ids
