"""The audit log: what moderators did, and what people did to what moderators had approved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from mentorship.actors import Actor
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.catalogue import Kind
from mentorship.notifications.writing import Draft
from storage import Transaction
from storage.tables import AuditEntry

SETTING_CHANGED = "setting_changed"
"""The act whose note is a `SettingChange`."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting's values before and after; `deleted` if what it named was deleted in Discord."""

    setting: str
    before: Any = None
    after: Any = None
    deleted: bool = False

    def note(self) -> str:
        """Return the change as the note of an entry."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who did what, to whom, when, and what they said of it."""

    id: int
    actor_id: int | None
    act: str
    user_id: int | None
    note: str | None
    created_at: datetime

    @property
    def setting_change(self) -> SettingChange | None:
        """The change of a setting; None for another act, and for notes of older versions, which
        are text."""
        if self.act != SETTING_CHANGED or not (self.note or "").startswith("{"):
            return None
        return SettingChange(**json.loads(self.note or ""))

    @property
    def words(self) -> str:
        """The act as people say it: "suspended"."""
        return self.act.replace("_", " ")


_NEW = insert(AuditEntry).returning(AuditEntry.id)


async def record(
    tx: Transaction,
    guild: GuildSettings,
    actor: Actor | None,
    act: str,
    *,
    user_id: int | None = None,
    session_id: int | None = None,
    revision_id: int | None = None,
    note: str | None = None,
) -> None:
    """Write an act into the log, and have it shown in the guild's log channel if there is one.

    Without an actor it is the program's own.
    """
    row = {
        "guild_id": guild.id,
        "actor_id": actor.user_id if actor is not None else None,
        "act": act,
        "user_id": user_id,
        "session_id": session_id,
        "revision_id": revision_id,
        "note": note,
        "created_at": tx.now,
    }
    entry_id: int = (await tx.connection.execute(_NEW, row)).scalar_one()
    if guild.log_channel_id is not None:
        await writing.write(
            tx,
            [
                Draft(
                    Kind.LOGGED,
                    guild.id,
                    None,
                    subject=str(entry_id),
                    due_at=tx.now,
                    facts={"entry": entry_id},
                )
            ],
        )


async def entries(
    tx: Transaction,
    actor: Actor,
    *,
    about: int | None = None,
    act: str | None = None,
    before: int | None = None,
    limit: int = 10,
) -> Sequence[Entry]:
    """The latest acts, or those before entry `before`; of or to one person, of one kind.

    Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    query = select(AuditEntry).where(AuditEntry.guild_id == actor.guild)
    if about is not None:
        query = query.where((AuditEntry.user_id == about) | (AuditEntry.actor_id == about))
    if act is not None:
        query = query.where(AuditEntry.act == act)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = await tx.connection.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


async def acts(tx: Transaction, actor: Actor) -> Sequence[str]:
    """The kinds of act that the guild's log holds, for whoever wants to filter by one."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    rows = await tx.connection.scalars(
        select(AuditEntry.act).where(AuditEntry.guild_id == actor.guild).distinct()
    )
    return sorted(rows)


async def load(tx: Transaction, entry_id: int) -> Entry:
    """One entry whoever asks, for the log channel."""
    row = await tx.connection.execute(select(AuditEntry).where(AuditEntry.id == entry_id))
    return _entry(row.one())


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(row.id, row.actor_id, row.act, row.user_id, row.note, row.created_at)
