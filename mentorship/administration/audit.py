"""The audit log: the events that are decisions of moderators and managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    func,
    select,
    text,
    union_all,
)

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
    "group_cancelled": [(EventType.GROUP_CANCELLED_BY_MODERATOR, _NO_FACTS)],
    "suspended": [(EventType.MENTOR_SUSPENDED, _NO_FACTS)],
    "reinstated": [(EventType.MENTOR_REINSTATED, _NO_FACTS)],
}
"""The actions by which the audit log can be filtered, and the events of each."""

ACTIONS = tuple(_EVENTS_OF_ACTION)
"""The actions by which the audit log can be filtered."""

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
    if action is not None:
        by_type = _conditions_of_action(tx.dialect, action)
    elif about is not None:
        types = await tx.connection.scalars(_SELECT_TYPES, {"guild": actor.guild})
        by_type = [[Event.type == event_type] for event_type in types]
    else:
        by_type = [[]]
    by_person = [[]] if about is None else [[Event.subject_id == about], [Event.actor_id == about]]
    # A subquery for each range of an index, which has its entries in the order of their ids.
    ranges = [
        select(Event.id)
        .where(*_IN_GUILD, *of_person, *of_type)
        .where(*([] if before is None else [Event.id < before]))
        .order_by(Event.id.desc())
        .limit(limit)
        .subquery()
        .select()
        for of_person in by_person
        for of_type in by_type
    ]
    if not ranges:
        return []
    query = select(Event).where(Event.id.in_(union_all(*ranges)))
    rows = await tx.connection.execute(
        query.order_by(Event.id.desc()).limit(limit), {"guild": actor.guild}
    )
    return [_entry(row) for row in rows]


def _conditions_of_action(dialect: str, action: str) -> list[list[ColumnElement[bool]]]:
    """Return the conditions, of which one must be met, of an action; none for an unknown one."""
    return [
        [
            Event.type == event_type,
            *(json_text(dialect, Event.facts, name) == value for name, value in facts.items()),
        ]
        for event_type, facts in _EVENTS_OF_ACTION.get(action, ())
    ]


async def list_actions(tx: Transaction, actor: Actor) -> Sequence[str]:
    """List the actions to filter the guild's log by: those of events that it has.

    Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    types = set(await tx.connection.scalars(_SELECT_TYPES, {"guild": actor.guild}))
    known = {
        action: {event_type for event_type, _ in events}
        for action, events in _EVENTS_OF_ACTION.items()
    }
    actions = {action for action, of_action in known.items() if types & of_action}
    # An event of a newer version of the program is named by its type.
    return sorted(actions | types.difference(*known.values()))


async def load(tx: Transaction, entry_id: int) -> AuditEntry:
    """Load one entry, for any caller."""
    row = await tx.connection.execute(select(Event).where(Event.id == entry_id))
    return _entry(row.one())


_AUDITED = text("audited")
"""Spelt as in the partial indexes, which the engines use for this condition alone."""

_IN_GUILD = (Event.guild_id == bindparam("guild"), _AUDITED)
_least = select(func.min(Event.type).label("type")).where(*_IN_GUILD).cte("types", recursive=True)
_following = select(func.min(Event.type)).where(*_IN_GUILD, Event.type > _least.c.type)
_types = _least.union_all(select(_following.scalar_subquery()).where(_least.c.type.is_not(None)))
_SELECT_TYPES = select(_types.c.type).where(_types.c.type.is_not(None))
"""The types of the guild's audited events, by one step along an index for each."""


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
