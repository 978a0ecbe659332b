"""Disputes: sessions whose attendance reports contradict each other.

Moderators decide. Either participant may concede at any time. What nobody has resolved after the
guild's delay is split by the clock (`mentorship.sessions.lifecycle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from sqlalchemy import Integer, Select, bindparam, literal_column, select

from mentorship import consent, pagination
from mentorship.actors import Actor
from mentorship.errors import NotFound, Subject, Term
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings, moderators
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.pagination import Cursor, Page
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.transitions import TransitionResult
from storage import Transaction
from storage.tables import Event, Session

RESOLUTIONS = (Action.PAY, Action.REFUND, Action.SPLIT)
"""The decisions that moderators can make."""

REMINDERS_AFTER = (timedelta(days=2), timedelta(days=5))
"""How long after a dispute was opened its moderators are reminded of it."""

_ENDS = (EventType.DISPUTE_RESOLVED, EventType.DISPUTE_CONCEDED, EventType.DISPUTE_EXPIRED)


async def schedule_reminders(tx: Transaction, session: SessionView) -> None:
    """Schedule the moderators' reminders of a dispute that was opened now.

    Those after the session is split are left out. One that is due when the dispute is over isn't
    sent.
    """
    drafts = [
        NotificationDraft(
            NotificationKind.DISPUTE_REMINDER,
            session.guild_id,
            None,
            subject=f"{session.id}.{after.days}",
            due_at=tx.now + after,
            session_id=session.id,
            facts={"days": after.days},
        )
        for after in REMINDERS_AFTER
        if session.next_at is not None and tx.now + after < session.next_at
    ]
    await writing.write(tx, drafts)


async def list_pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[SessionView]:
    """List a page of the guild's open disputes, the oldest session first.

    An invalid cursor returns the first page. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))

    async def select_ids(at: Cursor | None, limit: int) -> Sequence[int]:
        descending = session_views.is_descending(at, latest_first=False)
        statement = _select_pending(descending, at is not None)
        params = {"guild": actor.guild, "limit": limit, **session_views.key_params(at)}
        return (await tx.connection.scalars(statement, params)).all()

    async def load_rows(at: Cursor | None, limit: int) -> list[SessionView]:
        return await session_views.list_readable(tx, select_ids, at, limit)

    return await pagination.load_page(load_rows, session_views.position_of, cursor, size)


@cache
def _select_pending(descending: bool, has_key: bool) -> Select[int]:
    """Select the ids of a page of a guild's open disputes, by start."""
    key = (Session.starts_at, Session.id)
    query = select(Session.id).where(
        Session.guild_id == bindparam("guild"),
        # A literal, so that the partial index on disputed sessions applies.
        Session.status == literal_column("'disputed'"),
    )
    if has_key:
        query = query.where(session_views.beyond_key(key, descending))
    return query.order_by(*(column.desc() if descending else column.asc() for column in key)).limit(
        bindparam("limit", type_=Integer)
    )


async def load(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session that is or was disputed. Raises `NotAModerator`, `NotFound`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    session = await session_views.load(tx, session_id)
    if session.guild_id != actor.guild or len(session.reports) < 2:
        raise NotFound(Subject.DISPUTE)
    return session


async def find_resolution(tx: Transaction, actor: Actor, session_id: int) -> Action | None:
    """Return how a dispute ended: a moderator's decision, `CONCEDE`, or the clock's `SPLIT`.

    None while it is open. Raises `NotAModerator`.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    return await load_resolution(tx, actor.guild, session_id)


async def load_resolution(tx: Transaction, guild_id: int, session_id: int) -> Action | None:
    """Return how a dispute ended, as `find_resolution` does, without checking who asks."""
    # The guild is compared here: SQLite would look through the events of the whole guild.
    ends = await tx.connection.execute(
        select(Event.guild_id, Event.facts["resolution"].as_string().label("resolution")).where(
            Event.session_id == session_id, Event.type.in_(_ENDS)
        )
    )
    resolution = next((end.resolution for end in ends if end.guild_id == guild_id), None)
    if resolution is None:
        return None
    action = Action(resolution)
    return Action.CONCEDE if action in lifecycle.CONCESSIONS else action


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


def points_conceded(session: SessionView, party: Party) -> int:
    """Return the points that the other side gets if `party` concedes.

    They are the mentor's payout, after the fee, if the mentee does; else the mentee's refund.
    """
    return session.price if party is Party.MENTOR else session.payout


async def concede(
    tx: Transaction, actor: Actor, session_id: int, *, seen: int | None = None
) -> TransitionResult:
    """Concede a dispute as one of its participants: the other side gets the points.

    In a free session, the actor agrees with the other's report (`lifecycle.concession`).
    `seen` are the points that the actor agreed to, as `points_conceded` returns them; None for a
    client that doesn't say. Raises `NotFound`, `NotAllowedNow`, `TermsChanged`.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.CONCEDE)
    party = session.party(actor.user_id)
    term = Term.REFUND if party is Party.MENTOR else Term.PAYOUT
    consent.require(term, seen, points_conceded(session, party))
    action = lifecycle.concession(party, session.reports, session.price)
    return await transitions.apply_as_participant(tx, actor, session_id, action)
