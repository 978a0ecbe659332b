"""Who may read and change what belongs to a session: its two people, and nobody else.

No moderator can. Members of other guilds, and people who weren't in the session, get the same
answer as for a session that doesn't exist.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, select

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, SessionAction
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.members import blocks
from mentorship.sessions import session_views
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Session
from storage.types import RowId

NOT_HELD = frozenset({SessionStatus.DECLINED, SessionStatus.EXPIRED, SessionStatus.CANCELLED})
"""Statuses of sessions that don't take place, to which nothing is added any more."""


def can_add(session: SessionView) -> bool:
    """Return whether notes, steps and links can be added to a session, by its status."""
    return session.status not in NOT_HELD


async def load(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session for one of its participants who is still a member of the guild.

    Raises `NotFound` and `NotAMember`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    session_views.require_member(actor, session)
    return session


async def load_to_add(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session to which the actor may add what the other side reads.

    Raises what `load` does, `NotAllowedNow` for one that doesn't take place, `NotAvailable` and
    `BlockedByYou`.
    """
    session = await load(tx, actor, session_id)
    require_open(session)
    await require_reachable(tx, actor, session)
    return session


def require_open(session: SessionView) -> None:
    """Raise `NotAllowedNow` for a session that doesn't take place."""
    if not can_add(session):
        raise NotAllowedNow(SessionAction.ADD_NOTES, status=session.status)


async def require_reachable(tx: Transaction, actor: Actor, session: SessionView) -> None:
    """Raise `NotAvailable` or `BlockedByYou` if one of the two has blocked the other."""
    other = other_person(session, actor.user_id)
    await blocks.require_not_blocked(tx, session.guild_id, actor.user_id, other.user_id)


async def lock(tx: Transaction, session_id: int) -> None:
    """Let changes of one session's notes, steps and links take turns on PostgreSQL."""
    await tx.connection.execute(_LOCK, {"session": session_id})


def other_person(session: SessionView, user_id: int) -> Person:
    """Return the other participant of a session."""
    return session.person(session.party(user_id).other)


async def record(
    tx: Transaction, event_type: EventType, session: SessionView, actor: Actor, **facts: int | str
) -> None:
    """Record what the actor did to the notes, steps or links of a session.

    Nobody is notified. An erased person's placeholder isn't named.
    """
    other = other_person(session, actor.user_id)
    event = Event(
        event_type,
        session.guild_id,
        actor.user_id,
        subject_id=other.user_id if other.user_id > 0 else None,
        session_id=session.id,
        group_id=session.group_id,
    )
    await events.record(tx, replace(event, facts=facts))


_LOCK = select(Session.id).where(Session.id == bindparam("session", type_=RowId)).with_for_update()
