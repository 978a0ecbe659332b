"""Acting once on an interaction of Discord that several processes receive.

During a rolling restart two processes are connected to one shard, and Discord sends each
interaction to both. Both begin to act on it. The first to commit stores the interaction's id in the
transaction of its act; the other's transaction is rolled back by `AlreadyHandled`. So an act has
its effect once, a refused act stores no id, and reading costs nothing.

The caller sets `CURRENT_INTERACTION` in the task that acts. After its first commit a process owns
the interaction, so the later transactions of the task need no statement for it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.queries import upsert
from storage.tables import HandledInteraction


class AlreadyHandled(Exception):
    """Another process has acted on this interaction, and answers it."""


@dataclass(slots=True)
class CurrentInteraction:
    """An interaction that this process received. `is_ours`: it has committed an act of it.

    `message_id` is the message whose button was pressed, None for a command. Its transactions must
    run one after another.
    """

    id: int
    is_ours: bool = False
    message_id: int | None = None


CURRENT_INTERACTION: ContextVar[CurrentInteraction | None] = ContextVar(
    "current_interaction", default=None
)
"""The interaction that the current task acts on; None for jobs and calls of the API."""

_ID: BindParameter[int] = bindparam("interaction")
_CLAIM = {
    dialect: upsert(dialect, HandledInteraction)
    .values(id=_ID)
    .on_conflict_do_nothing()
    .returning(HandledInteraction.id)
    for dialect in ("sqlite", "postgresql")
}
_FIND = select(HandledInteraction.id).where(HandledInteraction.id == _ID)


async def claim(connection: AsyncConnection, current: CurrentInteraction | None) -> None:
    """Store the id of an interaction before its first act. Raises `AlreadyHandled` if it is taken.

    If another transaction has stored it without having committed yet, waits for that one; on
    PostgreSQL the database may report a conflict then.
    """
    if current is None or current.is_ours:
        return
    statement = _CLAIM[connection.dialect.name]
    if await connection.scalar(statement, {"interaction": current.id}) is None:
        raise AlreadyHandled()


async def require_unhandled(
    connection: AsyncConnection, current: CurrentInteraction | None
) -> None:
    """Raise `AlreadyHandled` if, in this snapshot, another process has acted on the interaction."""
    if current is None or current.is_ours:
        return
    if await connection.scalar(_FIND, {"interaction": current.id}) is not None:
        raise AlreadyHandled()
