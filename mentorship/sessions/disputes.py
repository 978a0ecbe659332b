"""Disputes: sessions whose attendance reports contradict each other, decided by moderators."""

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

RESOLUTIONS = (Action.PAY, Action.REFUND, Action.SPLIT)
"""The decisions that moderators can make."""


async def list_pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[SessionView]:
    """List a page of the guild's open disputes, the oldest session first.

    An invalid cursor returns the first page. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    conditions = Session.guild_id == actor.guild, Session.status == SessionStatus.DISPUTED

    async def load_rows(at: Cursor | None, limit: int) -> list[SessionView]:
        return await session_views.list_ordered(tx, conditions, at, limit)

    return await pagination.load_page(load_rows, session_views.position_of, cursor, size)


async def load(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session that is or was disputed. Raises `NotAModerator`, `NotFound`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    session = await session_views.load(tx, session_id)
    if session.guild_id != actor.guild or len(session.reports) < 2:
        raise NotFound(Subject.DISPUTE)
    return session


async def find_resolution(tx: Transaction, actor: Actor, session_id: int) -> Action | None:
    """Return the decision about a dispute, None while it is open. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    resolution = await tx.connection.scalar(
        select(Event.facts["resolution"].as_string()).where(
            Event.session_id == session_id,
            Event.guild_id == actor.guild,
            Event.type == EventType.DISPUTE_RESOLVED,
        )
    )
    return None if resolution is None else Action(resolution)


async def resolve(
    tx: Transaction, actor: Actor, session_id: int, resolution: Action
) -> TransitionResult:
    """Resolve a dispute by one of `RESOLUTIONS`: pay the mentor, refund the mentee or split.

    The first decision is final. Raises `NotAModerator`, `NotFound`, `OwnCase`, `NotAllowedNow`.
    """
    session = await load(tx, actor, session_id)
    own_case = moderators.require_impartial(actor, session.mentor.user_id, session.mentee.user_id)
    guild = await guild_settings.load(tx, actor.guild)
    return await transitions.apply(
        tx, guild, session, resolution, Party.MODERATOR, by=actor.user_id, facts=own_case
    )
