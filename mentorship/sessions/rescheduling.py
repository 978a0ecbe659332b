"""Reschedule requests: one participant proposes another time, the other accepts or declines it.

While a request is open, the session holds both times for both people, so nobody else can book them.
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
    UnreadableTime,
)
from mentorship.guilds import guild_settings
from mentorship.sessions import commitments, transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import Proposal, SessionView
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from storage import Transaction
from storage.tables import Session


@dataclass(frozen=True, slots=True)
class RescheduleOptions:
    """A session, and the other starts that both participants are free at, the best first."""

    session: SessionView
    starts: tuple[datetime, ...]


async def list_options(
    tx: Transaction, actor: Actor, session_id: int, *, text: str = ""
) -> RescheduleOptions:
    """List the starts that the actor can propose for a session.

    They are open slots of the mentor at which the mentee is free too, without the current start.
    If `text` names a time, the starts nearest to it come first; otherwise the earliest. Raises
    `NotFound`, `NotAllowedNow`, and `NotAMentor` if the mentor isn't one any more.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    calendar, mentee_commitments = await _load_calendars(tx, session)
    slots = calendar.slots(tx.now, session.minutes, mentee_busy=mentee_commitments)
    starts = [start for start in slots if start != session.starts_at]
    person = session.person(session.party(actor.user_id))
    try:
        requested_time = parser.parse(
            text, zone=person.timezone or session.timezone, now=tx.now, locale=actor.language
        )
    except UnreadableTime:
        return RescheduleOptions(session, tuple(starts))
    return RescheduleOptions(
        session, tuple(parser.best_matches(starts, requested_time, len(starts)))
    )


async def load_for_proposal(
    tx: Transaction, actor: Actor, session_id: int, starts_at: datetime
) -> SessionView:
    """Load a session for which the actor can propose the start `starts_at`. Writes nothing.

    Raises `NotFound`, `NotAllowedNow`, `NotAMentor`, `InvalidField` for the current start, and
    `SlotUnavailable` (`SlotTaken`, `Busy`) with the nearest open starts.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    if starts_at == session.starts_at:
        raise InvalidField(Field.NEW_START, Problem.UNCHANGED)
    calendar, mentee_commitments = await _load_calendars(tx, session)
    calendar.require_bookable(
        tx.now,
        starts_at,
        session.minutes,
        mentee_busy=mentee_commitments,
        is_reschedule=True,
    )
    return session


async def propose(
    tx: Transaction, actor: Actor, session_id: int, starts_at: datetime
) -> SessionView:
    """Propose another start to the other participant, in place of any open proposal.

    Repeating one's own open proposal changes nothing. Raises what `load_for_proposal` does.
    """
    session = await load_for_proposal(tx, actor, session_id, starts_at)
    current = session.proposal
    if current is not None and (current.by, current.starts_at) == (actor.user_id, starts_at):
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
    await commitments.replace(
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
    """Accept the other's proposal: the session moves to the proposed time and is confirmed.

    Raises `NotFound`, `NotAllowedNow`.
    """
    return (
        await transitions.apply_as_participant(tx, actor, session_id, Action.ACCEPT_PROPOSAL)
    ).session


async def decline(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Decline the other's proposal and keep the current time.

    Raises `NotFound`, `NotAllowedNow`.
    """
    return (
        await transitions.apply_as_participant(tx, actor, session_id, Action.DECLINE_PROPOSAL)
    ).session


async def withdraw(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Withdraw one's own proposal and keep the current time.

    Raises `NotFound`, `NotAllowedNow`.
    """
    return (
        await transitions.apply_as_participant(tx, actor, session_id, Action.WITHDRAW_PROPOSAL)
    ).session


async def _load_calendars(
    tx: Transaction, session: SessionView
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the mentor's calendar and the mentee's commitments, both without this session."""
    return await mentor_calendar.load_with_commitments(
        tx,
        session.guild_id,
        session.mentor.user_id,
        session.mentee.user_id,
        except_session=session.id,
    )
