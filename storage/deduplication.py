"""Acting once on an interaction of Discord that several processes hear.

During a rolling restart two processes are connected to one shard, and Discord sends each
interaction to both. Both begin to act on it. The first to commit stores the interaction's id in the
transaction of its act; the other's transaction is rolled back by `AlreadyHandled`. So an act has
its effect once, an act that was refused leaves nothing, and reading costs nothing.

The caller sets `HEARD` in the task that acts. Each later transaction of the same task belongs to
the process that stored the id, so only the first one costs a statement.
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
class HeardInteraction:
    """An interaction that this process has heard. `is_ours` once it has committed an act of it.

    Its transactions must run one after another.
    """

    id: int
    is_ours: bool = False


HEARD: ContextVar[HeardInteraction | None] = ContextVar("heard_interaction", default=None)
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


async def claim(connection: AsyncConnection, heard: HeardInteraction | None) -> None:
    """Store the id of an interaction before its first act. Raises `AlreadyHandled` if it is taken.

    If another transaction has stored it without having committed yet, waits for that one; on
    PostgreSQL the database may report a conflict then.
    """
    if heard is None or heard.is_ours:
        return
    statement = _CLAIM[connection.dialect.name]
    if await connection.scalar(statement, {"interaction": heard.id}) is None:
        raise AlreadyHandled()


async def require_unhandled(connection: AsyncConnection, heard: HeardInteraction | None) -> None:
    """Raise `AlreadyHandled` if, in this snapshot, another process has acted on the interaction."""
    if heard is None or heard.is_ours:
        return
    if await connection.scalar(_FIND, {"interaction": heard.id}) is not None:
        raise AlreadyHandled()
