"""What members look for help with, for moderators: open requests by expertise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings, moderators
from mentorship.statuses import HelpRequestStatus
from storage import Transaction
from storage.tables import HelpRequest

MAX_REQUESTS = 1_000
"""How many open requests are counted, those that have waited longest first."""

MAX_EXPERTISE = 20
"""How many expertises are listed."""


@dataclass(frozen=True, slots=True)
class Demand:
    """How many open requests for help an expertise has, and since when the oldest waits."""

    tag: str
    requests: int
    oldest_at: datetime


async def list_demand(tx: Transaction, actor: Actor) -> Sequence[Demand]:
    """List the expertises that members wait for, those with the most open requests first.

    Requests that a mentor has offered a time for aren't counted. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    rows = await tx.connection.execute(_DEMAND, {"guild": actor.guild})
    return [Demand(row.tag, row.requests, row.oldest_at) for row in rows]


_open = (
    select(HelpRequest.tag, HelpRequest.created_at)
    .where(
        HelpRequest.guild_id == bindparam("guild"),
        HelpRequest.status == HelpRequestStatus.OPEN,
    )
    .order_by(HelpRequest.id)
    .limit(MAX_REQUESTS)
    .subquery()
)
_DEMAND = (
    select(
        _open.c.tag,
        func.count().label("requests"),
        func.min(_open.c.created_at).label("oldest_at"),
    )
    .group_by(_open.c.tag)
    .order_by(func.count().desc(), func.min(_open.c.created_at), _open.c.tag)
    .limit(MAX_EXPERTISE)
)
