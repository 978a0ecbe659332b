"""The audit log: the events that are decisions of moderators and managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnClause, Row, and_, literal_column, or_, select

from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings, moderators
from storage import Transaction
from storage.queries import json_text
from storage.tables import Event

SETTING_CHANGED = "setting_changed"

_NO_FACTS: Mapping[str, str] = {}

_EVENTS_OF_ACTION: Mapping[str, Sequence[tuple[EventType, Mapping[str, str]]]] = {
    "application_approved": [(EventType.APPLICATION_APPROVED, {"kind": "application"})],
    "application_rejected": [(EventType.APPLICATION_REJECTED, {"kind": "application"})],
    "application_changes_requested": [
        (EventType.APPLICATION_CHANGES_REQUESTED, {"kind": "application"})
    ],
    "change_approved": [(EventType.APPLICATION_APPROVED, {"kind": "change"})],
    "change_rejected": [(EventType.APPLICATION_REJECTED, {"kind": "change"})],
    "change_changes_requested": [(EventType.APPLICATION_CHANGES_REQUESTED, {"kind": "change"})],
    "review_hidden": [(EventType.REVIEW_HIDDEN, _NO_FACTS)],
    "review_shown": [(EventType.REVIEW_SHOWN, _NO_FACTS)],
    "points_granted": [(EventType.POINTS_GRANTED, _NO_FACTS)],
    "points_deducted": [(EventType.POINTS_DEDUCTED, _NO_FACTS)],
    "grant_requested": [(EventType.GRANT_REQUESTED, _NO_FACTS)],
    "grant_confirmed": [(EventType.GRANT_CONFIRMED, _NO_FACTS)],
    "grant_rejected": [(EventType.GRANT_REJECTED, _NO_FACTS)],
    "settled_pay": [(EventType.DISPUTE_RESOLVED, {"resolution": "pay"})],
    "settled_refund": [(EventType.DISPUTE_RESOLVED, {"resolution": "refund"})],
    "settled_split": [(EventType.DISPUTE_RESOLVED, {"resolution": "split"})],
    SETTING_CHANGED: [
        (EventType.SETTING_CHANGED, _NO_FACTS),
        (EventType.SETTINGS_LOST, _NO_FACTS),
    ],
    "suspended": [(EventType.MENTOR_SUSPENDED, _NO_FACTS)],
    "reinstated": [(EventType.MENTOR_REINSTATED, _NO_FACTS)],
}
"""The actions by which the audit log can be filtered, and the events of each."""

_ACTION_OF_EVENT: Mapping[tuple[str, str | None], str] = {
    (event_type.value, next(iter(facts.values()), None)): action
    for action, events in _EVENTS_OF_ACTION.items()
    for event_type, facts in events
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A decision: who made it, about whom, when, and with what note.

    `actor_id` is None for the program itself. `facts` are those of the event, empty if they can't
    be read.
    """

    id: int
    actor_id: int | None
    action: str
    user_id: int | None
    note: str | None
    created_at: datetime
    facts: Mapping[str, Any]


async def list_entries(
    tx: Transaction,
    actor: Actor,
    *,
    about: int | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 10,
) -> Sequence[AuditEntry]:
    """List the latest entries, or those before the entry `before`.

    `about` filters by a person who made the decision or whom it is about, `action` by the action;
    an unknown action matches nothing. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    query = select(Event).where(Event.guild_id == actor.guild, _AUDITED)
    if about is not None:
        query = query.where((Event.subject_id == about) | (Event.actor_id == about))
    if action is not None:
        query = query.where(
            or_(
                *(
                    and_(
                        Event.type == event_type,
                        *(
                            json_text(tx.dialect, Event.facts, name) == value
                            for name, value in facts.items()
                        ),
                    )
                    for event_type, facts in _EVENTS_OF_ACTION.get(action, ())
                ),
                # So that an unknown action matches nothing.
                literal_column("1") == literal_column("0"),
            )
        )
    if before is not None:
        query = query.where(Event.id < before)
    rows = await tx.connection.execute(query.order_by(Event.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


async def list_actions(tx: Transaction, actor: Actor) -> Sequence[str]:
    """List the actions in the guild's log, to filter by. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    kind, resolution = (json_text(tx.dialect, Event.facts, name) for name in ("kind", "resolution"))
    rows = await tx.connection.execute(
        select(Event.type, kind.label("kind"), resolution.label("resolution"))
        .where(Event.guild_id == actor.guild, _AUDITED)
        .distinct()
    )
    return sorted({_action(row.type, row.kind or row.resolution) for row in rows})


async def load(tx: Transaction, entry_id: int) -> AuditEntry:
    """Load one entry, for any caller."""
    row = await tx.connection.execute(select(Event).where(Event.id == entry_id))
    return _entry(row.one())


_AUDITED: ColumnClause[bool] = literal_column("audited", Boolean)
"""Spelt as in the partial index, which the engine uses for this condition alone."""


def _action(event_type: str, detail: str | None) -> str:
    # An event of a newer version of the program is named by its type.
    return _ACTION_OF_EVENT.get((event_type, detail), event_type)


def _entry(row: Row[*tuple[Any, ...]]) -> AuditEntry:
    facts: Mapping[str, Any] = row.facts if isinstance(row.facts, dict) else {}
    detail = facts.get("kind", facts.get("resolution"))
    return AuditEntry(
        row.id,
        row.actor_id,
        _action(row.type, detail),
        row.subject_id,
        row.note,
        row.occurred_at,
        facts,
    )
