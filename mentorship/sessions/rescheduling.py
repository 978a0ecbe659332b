"""Reschedule requests: one participant proposes another time, the other accepts or declines it.

While a request is open, the session holds both times for both people, so nobody else can book them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import InstrumentedAttribute

from mentorship import limits
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.errors import (
    Field,
    InvalidField,
    Limit,
    NotAllowedNow,
    Obstacle,
    Problem,
    SlotUnavailable,
)
from mentorship.guilds import guild_settings
from mentorship.members import blocks
from mentorship.sessions import commitments, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import Proposal, SeenTimes, SessionView
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.matching import best_matches
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
    """List starts that the actor can propose for a session.

    They are open slots of the mentor at which the mentee is free too, without the current start.
    The mentor's own minimum notice, booking window and buffers don't apply to what they propose.
    If `text` names a time, the starts nearest to it come first; otherwise those from a week before
    the session to two weeks after it, the earliest first. A mentor who names an exact time gets
    that one first if both are free, in their hours or not. Raises `NotFound`, `NotAllowedNow`,
    `LimitReached`, `NotAvailable`, `BlockedByYou`.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    await _require_may_propose(tx, actor, session)
    calendar, mentee_commitments = await _load_calendars(tx, session)
    is_mentor = session.party(actor.user_id) is Party.MENTOR
    own = calendar.for_own_proposals() if is_mentor else calendar
    requested_time = parser.parse_suggestions(
        text, zone=session.zone_of(actor.user_id), now=tx.now, locale=actor.language
    )
    if requested_time is None:
        current = Span(session.starts_at, session.starts_at)
        starts = own.slots(
            tx.now,
            session.minutes,
            window=mentor_calendar.window_around(current, tx.now),
            mentee_busy=mentee_commitments,
        )
        return RescheduleOptions(session, _other_starts(session, starts))
    starts = own.slots(
        tx.now,
        session.minutes,
        window=mentor_calendar.window_around(requested_time.span, tx.now),
        mentee_busy=mentee_commitments,
    )
    exact = requested_time.instant
    if is_mentor and exact is not None and exact not in starts:
        try:
            calendar.require_proposable_by_mentor(
                tx.now, exact, session.minutes, mentee_busy=mentee_commitments
            )
        except SlotUnavailable:
            pass
        else:
            starts.append(exact)
    matches = best_matches(starts, requested_time, len(starts))
    return RescheduleOptions(session, _other_starts(session, matches))


def _other_starts(session: SessionView, starts: Sequence[datetime]) -> tuple[datetime, ...]:
    """Return the starts other than the session's current one."""
    return tuple(start for start in starts if start != session.starts_at)


@dataclass(frozen=True, slots=True)
class ProposalPreview:
    """A session, for which the actor can propose another start.

    `has_appointment` tells a mentor that they are busy then by one of their own calendars.
    """

    session: SessionView
    has_appointment: bool = False


async def preview_proposal(
    tx: Transaction, actor: Actor, session_id: int, starts_at: datetime
) -> ProposalPreview:
    """Load a session for which the actor can propose the start `starts_at`. Writes nothing.

    The mentee chooses among the open slots. The mentor chooses any time at which both are free
    (`MentorCalendar.require_proposable_by_mentor`): it is their time, and the mentee decides.
    Raises `NotFound`, `NotAllowedNow`, `InvalidField` for the current start, `LimitReached`,
    `NotAvailable`, `BlockedByYou`, and `SlotUnavailable` (`SlotTaken`, `Busy`) with the nearest
    open starts.
    """
    session = await transitions.load_actionable(tx, actor, session_id, Action.PROPOSE)
    if starts_at == session.starts_at:
        raise InvalidField(Field.NEW_START, Problem.UNCHANGED)
    if not _is_own_proposal(session, actor, starts_at):
        await _require_may_propose(tx, actor, session)
    calendar, mentee_commitments = await _load_calendars(tx, session)
    has_appointment = False
    try:
        if session.party(actor.user_id) is Party.MENTOR:
            ends_at = starts_at + timedelta(minutes=session.minutes)
            has_appointment = calendar.has_appointment(Span(starts_at, ends_at))
            calendar.require_proposable_by_mentor(
                tx.now, starts_at, session.minutes, mentee_busy=mentee_commitments
            )
        else:
            calendar.require_bookable(
                tx.now,
                starts_at,
                session.minutes,
                mentee_busy=mentee_commitments,
                is_reschedule=True,
            )
    except SlotUnavailable as error:
        # The session's own slot is open for it, but it has that one already.
        error.nearest = _other_starts(session, error.nearest)
        raise
    return ProposalPreview(session, has_appointment)


async def propose(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    starts_at: datetime,
    *,
    seen: SeenTimes | None = None,
) -> SessionView:
    """Propose another start to the other participant.

    It replaces the actor's own open proposal. One of the other participant is declined with it, but
    only if the actor names it in `seen`: the times that they saw, None if they don't say. Repeating
    one's own open proposal changes nothing. Raises what `preview_proposal` does, and
    `TermsChanged`.
    """
    session = (await preview_proposal(tx, actor, session_id, starts_at)).session
    current = session.proposal
    if _is_own_proposal(session, actor, starts_at):
        return session
    is_counter = current is not None and current.by != actor.user_id
    if is_counter and (seen is None or seen.proposed_starts_at is None):
        raise NotAllowedNow(Action.PROPOSE, Obstacle.OTHER_PROPOSAL_OPEN, status=session.status)
    if seen is not None:
        (seen if is_counter else replace(seen, proposed_starts_at=_start(current))).require(session)
    count = _PROPOSALS[session.party(actor.user_id)]
    proposal = Proposal(actor.user_id, starts_at, starts_at + timedelta(minutes=session.minutes))
    await tx.connection.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(
            proposed_by=proposal.by,
            proposed_starts_at=proposal.starts_at,
            proposed_ends_at=proposal.ends_at,
            **{count.key: count + 1},
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
            facts={"countered": True} if is_counter else None,
        )
    ).session


_PROPOSALS: dict[Party, InstrumentedAttribute[int]] = {
    Party.MENTOR: Session.proposals_by_mentor,
    Party.MENTEE: Session.proposals_by_mentee,
}
"""The columns that count each side's proposals, withdrawn and replaced ones included."""


def _is_own_proposal(session: SessionView, actor: Actor, starts_at: datetime) -> bool:
    """Return whether the actor has proposed `starts_at` already: repeating it does nothing."""
    proposal = session.proposal
    return proposal is not None and (proposal.by, proposal.starts_at) == (actor.user_id, starts_at)


async def _require_may_propose(tx: Transaction, actor: Actor, session: SessionView) -> None:
    """Raise an error if the actor can't propose any other time for a session.

    `LimitReached` for a side that has made as many proposals as the guild allows, `NotAvailable` or
    `BlockedByYou` if one of the two has blocked the other.
    """
    party = session.party(actor.user_id)
    other = session.person(party.other)
    await blocks.require_not_blocked(tx, session.guild_id, actor.user_id, other.user_id)
    guild = await guild_settings.load(tx, session.guild_id)
    limits.require(Limit.PROPOSALS, guild, session.proposals[party])


def _start(proposal: Proposal | None) -> datetime | None:
    return None if proposal is None else proposal.starts_at


async def accept(
    tx: Transaction, actor: Actor, session_id: int, *, seen: SeenTimes | None = None
) -> SessionView:
    """Accept the other's proposal: the session moves to the proposed time and is confirmed.

    `seen` are the times that the actor agreed to, None to accept any. Raises `NotFound`,
    `NotAllowedNow`, `TermsChanged`.
    """
    return await _end_proposal(tx, actor, session_id, Action.ACCEPT_PROPOSAL, seen)


async def decline(
    tx: Transaction, actor: Actor, session_id: int, *, seen: SeenTimes | None = None
) -> SessionView:
    """Decline the other's proposal and keep the current time.

    Takes and raises what `accept` does.
    """
    return await _end_proposal(tx, actor, session_id, Action.DECLINE_PROPOSAL, seen)


async def withdraw(
    tx: Transaction, actor: Actor, session_id: int, *, seen: SeenTimes | None = None
) -> SessionView:
    """Withdraw one's own proposal and keep the current time.

    Takes and raises what `accept` does.
    """
    return await _end_proposal(tx, actor, session_id, Action.WITHDRAW_PROPOSAL, seen)


async def _end_proposal(
    tx: Transaction, actor: Actor, session_id: int, action: Action, seen: SeenTimes | None
) -> SessionView:
    return (
        await transitions.apply_as_participant(tx, actor, session_id, action, seen=seen)
    ).session


async def _load_calendars(
    tx: Transaction, session: SessionView
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the mentor's calendar and the mentee's commitments, both without this session.

    If the mentor has copied the session to a calendar of their own, it doesn't block itself there.
    """
    calendar, commitments = await mentor_calendar.load_for_reschedule(
        tx, session.guild_id, session.mentor.user_id, session.mentee.user_id, session.id
    )
    own = Span(session.starts_at, session.ends_at)
    return replace(calendar, external_busy=calendar.external_busy.without(own)), commitments
