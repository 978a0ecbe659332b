"""Another time for a session: one side proposes it, the other takes it or keeps the old one.

Until then the session holds both times of both people, so neither can be lost to somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.errors import (
    Field,
    InvalidField,
    Problem,
    SlotTaken,
    SlotUnavailable,
    UnreadableTime,
)
from mentorship.guilds import guild_settings
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import Proposal, SessionView
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from storage import Transaction
from storage.tables import Session


@dataclass(frozen=True, slots=True)
class Choice:
    """A session that is to be moved, and the starts that both people could have instead, sorted."""

    session: SessionView
    starts: tuple[datetime, ...]


async def choices(tx: Transaction, actor: Actor, session_id: int, *, text: str = "") -> Choice:
    """The open times to which the actor could propose to move a session.

    In the mentor's hours, free for both of them, and not where the session stands already; those
    that answer `text` best come first, if it names a time. Raises `NotFound`, `NotAllowedNow`,
    `NotAMentor` when the mentor mentors no longer.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    calendar, mentee = await _calendars(tx, session)
    slots = calendar.slots(tx.now, session.minutes, mentee_busy=mentee)
    starts = [start for start in slots if start != session.starts_at]
    me = session.person(session.party(actor.user_id))
    try:
        wish = parser.parse(
            text, zone=me.timezone or session.timezone, now=tx.now, locale=actor.language
        )
    except UnreadableTime:
        return Choice(session, tuple(starts))
    return Choice(session, tuple(parser.best_matches(starts, wish, len(starts))))


async def before_propose(
    tx: Transaction, actor: Actor, session_id: int, starts_at: datetime
) -> SessionView:
    """The session as it stands, if the actor can propose `starts_at` for it. Writes nothing.

    Raises `NotFound`, `NotAllowedNow`, `NotAMentor`, `InvalidField` for the time that it has, and
    `SlotUnavailable` (`SlotTaken`) with the nearest open starts.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    if starts_at == session.starts_at:
        raise InvalidField(Field.NEW_START, Problem.UNCHANGED)
    calendar, mentee = await _calendars(tx, session)
    span = Span(starts_at, starts_at + timedelta(minutes=session.minutes))
    refusal = calendar.why_not_bookable(tx.now, starts_at, session.minutes)
    clash = any(busy.start < span.end and span.start < busy.end for busy in mentee)
    if refusal is None and not clash:
        return session
    nearest = calendar.nearest_slots(tx.now, starts_at, session.minutes, mentee_busy=mentee)
    if refusal is None:
        raise SlotTaken("One of you has another session then.", nearest)
    raise SlotUnavailable(calendar.sentence_of(refusal), nearest)


async def propose(
    tx: Transaction, actor: Actor, session_id: int, starts_at: datetime
) -> SessionView:
    """Ask the other side for another time; a proposal that waited before is replaced, and the same
    one made twice is one.

    Raises what `before_propose` does.
    """
    session = await before_propose(tx, actor, session_id, starts_at)
    waiting = session.proposal
    if waiting is not None and (waiting.by, waiting.starts_at) == (actor.user_id, starts_at):
        return session
    proposal = Proposal(actor.user_id, starts_at, starts_at + timedelta(minutes=session.minutes))
    await tx.connection.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(
            proposed_by=proposal.by,
            proposed_starts_at=proposal.starts_at,
            proposed_ends_at=proposal.ends_at,
        )
    )
    await transitions.replace_commitments(
        tx,
        session,
        Span(session.starts_at, session.ends_at),
        Span(proposal.starts_at, proposal.ends_at),
    )
    return (
        await transitions.apply(
            tx,
            await guild_settings.load(tx, session.guild_id),
            replace(session, proposal=proposal),
            Action.PROPOSE,
            session.party(actor.user_id),
            by=actor.user_id,
        )
    ).session


async def accept(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Take the time that the other proposed: the session moves there and is confirmed.

    Raises `NotFound`, `NotAllowedNow`.
    """
    return (
        await transitions.act_as_participant(tx, actor, session_id, Action.ACCEPT_PROPOSAL)
    ).session


async def keep(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Turn the other's proposal down: the old time stands. Raises `NotFound`, `NotAllowedNow`."""
    return (
        await transitions.act_as_participant(tx, actor, session_id, Action.DECLINE_PROPOSAL)
    ).session


async def withdraw(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Take one's own proposal back: the old time stands. Raises `NotFound`, `NotAllowedNow`."""
    return (
        await transitions.act_as_participant(tx, actor, session_id, Action.WITHDRAW_PROPOSAL)
    ).session


async def _calendars(
    tx: Transaction, session: SessionView
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """The mentor's calendar and the mentee's time, as if the session were not there."""
    return await mentor_calendar.load_with_commitments(
        tx,
        session.guild_id,
        session.mentor.user_id,
        session.mentee.user_id,
        except_session=session.id,
    )
