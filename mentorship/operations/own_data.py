"""People's own requests for their data: how often they can download and erase it.

Each has its own count, so that nobody who has downloaded their data waits to erase it. Where
nothing is stored about somebody, nothing is recorded either. The operator's commands aren't
limited.
"""

from __future__ import annotations

from sqlalchemy import bindparam, literal_column, select

from mentorship import events, limits
from mentorship.actors import Actor
from mentorship.errors import Limit
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import returning
from mentorship.operations import erasure, personal_data
from mentorship.operations.erasure import ErasurePreview, ErasureResult, ErasureTerms
from storage import Transaction
from storage.tables import Event as EventRow

_SELECT_EXPORTS = select(EventRow.occurred_at).where(
    EventRow.actor_id == bindparam("user"),
    EventRow.guild_id == bindparam("guild"),
    # The literal value, since a partial index can't be used with a bound parameter.
    EventRow.type == literal_column(f"'{EventType.DATA_EXPORTED.value}'"),
    EventRow.occurred_at > bindparam("since"),
)


async def record_export(tx: Transaction, actor: Actor) -> None:
    """Record that the actor downloads their data, before `data_export.export` reads it.

    Raises `LimitReached`.
    """
    if not await personal_data.has_data(tx, actor.guild, actor.user_id):
        return
    since = tx.now - limits.WINDOWS[Limit.DATA_REQUESTS]
    params = {"user": actor.user_id, "guild": actor.guild, "since": since}
    exports = (await tx.connection.scalars(_SELECT_EXPORTS, params)).all()
    guild = await guild_settings.load(tx, actor.guild)
    limits.require_for_acts(Limit.DATA_REQUESTS, guild, exports)
    await events.record(tx, Event(EventType.DATA_EXPORTED, actor.guild, actor.user_id))


async def preview_erasure(tx: Transaction, actor: Actor) -> ErasurePreview:
    """Return what erasing the actor would do. Raises `StillToSettle`, `LimitReached`."""
    preview = await erasure.preview(tx, actor)
    if preview.has_data and not preview.in_progress:
        await _require_another_erasure(tx, actor)
    return preview


async def erase(
    tx: Transaction, actor: Actor, seen: ErasureTerms | None = None
) -> ErasureResult | None:
    """Erase the actor from this guild's data. Returns None if there was nothing to erase.

    Continues an erasure of theirs that isn't complete. Raises what `erasure.erase` does, and
    `LimitReached`.
    """
    if not await personal_data.has_data(tx, actor.guild, actor.user_id):
        return None
    if not await erasure.is_in_progress(tx, actor):
        await _require_another_erasure(tx, actor)
    return await erasure.erase(tx, actor, seen)


async def _require_another_erasure(tx: Transaction, actor: Actor) -> None:
    """Raise `LimitReached` soon after an erasure. Only the latest one is remembered."""
    record = await returning.find(tx, actor.guild, actor.user_id)
    if record is None or record.erased_at <= tx.now - limits.WINDOWS[Limit.DATA_REQUESTS]:
        return
    guild = await guild_settings.load(tx, actor.guild)
    limits.require_for_acts(Limit.DATA_REQUESTS, guild, [record.erased_at])
