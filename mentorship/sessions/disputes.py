"""Sessions of which the two say different things: the moderators decide about the points."""

from __future__ import annotations

from sqlalchemy import select

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.errors import NotFound, Subject
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings, moderators
from mentorship.pagination import Cursor, Page
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.transitions import TransitionResult
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Event, Session

SETTLEMENTS = (Action.PAY, Action.REFUND, Action.SPLIT)
"""What moderators can decide."""


async def pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[SessionView]:
    """A page of the guild's disputes that wait for a decision, the oldest session first.

    Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    waiting = Session.guild_id == actor.guild, Session.status == SessionStatus.DISPUTED

    async def look(at: Cursor | None, limit: int) -> list[SessionView]:
        return await session_views.list_ordered(tx, waiting, at, limit)

    return await pagination.load_page(look, session_views.position_of, cursor, size)


async def show(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """A session about which there is or was a dispute. Raises `NotAModerator`, `NotFound`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    session = await session_views.load(tx, session_id)
    if session.guild_id != actor.guild or len(session.reports) < 2:
        raise NotFound(Subject.DISPUTE)
    return session


async def decision(tx: Transaction, actor: Actor, session_id: int) -> Action | None:
    """How moderators decided a dispute, if they have. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    resolution = await tx.connection.scalar(
        select(Event.facts["resolution"].as_string()).where(
            Event.session_id == session_id,
            Event.guild_id == actor.guild,
            Event.type == EventType.DISPUTE_RESOLVED,
        )
    )
    return None if resolution is None else Action(resolution)


async def settle(tx: Transaction, actor: Actor, session_id: int, act: Action) -> TransitionResult:
    """Decide a dispute: pay the mentor, give it back to the mentee, or split it.

    The first decision stands. Raises `NotAModerator`, `NotFound`, `NotAllowedNow`.
    """
    session = await show(tx, actor, session_id)
    guild = await guild_settings.load(tx, actor.guild)
    return await transitions.apply(tx, guild, session, act, Party.MODERATOR, by=actor.user_id)
