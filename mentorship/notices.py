"""What people are told, as one catalogue, and how a use case puts it into the outbox.

A notice is written in the transaction of its cause and sent afterwards (`mentorship.outbox`), so a
crash in between loses nothing. It holds no words: those are made when it is sent, from the facts
as they are then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from itertools import pairwise
from typing import Any

from sqlalchemy import update

from storage import Transaction
from storage.queries import upsert
from storage.tables import Notice


class Kind(StrEnum):
    """What a notice is about.

    `APPLICATION_RECEIVED` and `DISPUTE_OPENED` go to the guild's review channel, `LOGGED` to its
    log channel, `TROUBLE` to where moderators read, `SETTING_LOST` to the log channel or
    the guild's owner, all others to one person.
    """

    APPLICATION_RECEIVED = auto()
    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()
    SUSPENDED = auto()
    REINSTATED = auto()
    LOGGED = auto()
    TROUBLE = auto()
    WELCOME = auto()
    SETTING_LOST = auto()
    REQUESTED = auto()
    CONFIRMED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    PROPOSED = auto()
    RESCHEDULED = auto()
    KEPT = auto()
    CANCELLED = auto()
    REMINDER = auto()
    STARTING = auto()
    HOW_WAS_IT = auto()
    MISSED = auto()
    DISPUTED = auto()
    DISPUTE_OPENED = auto()
    SETTLED = auto()
    NO_SHOW = auto()
    COMPLETED = auto()
    RATED = auto()
    REPLIED = auto()
    POINTS = auto()


class Trouble(StrEnum):
    """What only a guild's moderators can mend, or need to know, about another notice."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()


WRITTEN_AHEAD = (Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT)
"""Kinds that lie in the outbox until their time, and are dropped when the session ends early."""

_URGENT = frozenset({Kind.STARTING, Kind.CANCELLED})
"""What can't wait goes out before what can."""


def each_time() -> str:
    """A subject for what may happen again and is news each time, such as a suspension."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to be written. `subject` makes its key unique among those of its kind.

    `user_id` is None for a channel of the guild. After `useful_until` it is dropped unsent.
    """

    kind: Kind
    guild_id: int
    user_id: int | None
    subject: str
    due_at: datetime
    useful_until: datetime | None = None
    session_id: int | None = None
    revision_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}:{self.user_id or 'guild'}"


async def write(tx: Transaction, drafts: Iterable[Draft]) -> None:
    """Put notices into the outbox; one whose key is there already is the same notice."""
    rows = [
        {
            "kind": draft.kind,
            "guild_id": draft.guild_id,
            "user_id": draft.user_id,
            "key": draft.key,
            "due_at": draft.due_at,
            "useful_until": draft.useful_until,
            "session_id": draft.session_id,
            "revision_id": draft.revision_id,
            "facts": draft.facts,
            "urgency": 2 if draft.kind in _URGENT else 1,
        }
        for draft in drafts
    ]
    if rows:
        await tx.connection.execute(
            upsert(tx.connection, Notice).on_conflict_do_nothing(index_elements=["key"]), rows
        )
        tx.outbox_changed = True
        tx.wrote += [str(row["key"]) for row in rows]


async def drop_ahead(tx: Transaction, session_id: int) -> None:
    """Take back what was written ahead for a session that won't take place (at that time)."""
    await tx.connection.execute(
        update(Notice)
        .where(
            Notice.session_id == session_id,
            Notice.status == "waiting",
            Notice.kind.in_(WRITTEN_AHEAD),
        )
        .values(status="dropped", settled_at=tx.now, problem="the session ended early")
    )


def reminders(
    *,
    guild_id: int,
    session_id: int,
    sequence: int,
    people: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    leads: Sequence[int],
    now: datetime,
) -> list[Draft]:
    """What is written ahead for a confirmed session: its reminders and "starting now".

    `leads` are minutes before the start. A reminder is useful until the next one is due, so that
    after a downtime the newest alone goes out; one that would be due already is not written.
    """
    drafts = []
    due_times = sorted({starts_at - timedelta(minutes=lead) for lead in leads})
    for due_at, until in pairwise([*due_times, starts_at]):
        if due_at <= now:
            continue
        lead = int((starts_at - due_at).total_seconds() // 60)
        drafts += [
            Draft(
                Kind.REMINDER,
                guild_id,
                person,
                subject=f"{session_id}.{sequence}.{lead}",
                due_at=due_at,
                useful_until=until,
                session_id=session_id,
                facts={"minutes": lead},
            )
            for person in people
        ]
    drafts += [
        Draft(
            Kind.STARTING,
            guild_id,
            person,
            subject=f"{session_id}.{sequence}",
            due_at=starts_at,
            useful_until=ends_at,
            session_id=session_id,
        )
        for person in people
    ]
    return drafts
