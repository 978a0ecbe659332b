"""Use cases that change a session's status, by the table in `mentorship.sessions.lifecycle`.

Every transition is carried out by `apply`, whether people or the clock cause it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, exists, select, update

from mentorship import consent, faults
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotAllowedNow,
    NotFound,
    Problem,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import blocks
from mentorship.mentors import responsiveness
from mentorship.notifications import reminders, writing
from mentorship.notifications.policy import WITH_SERIES
from mentorship.notifications.publishing import publish
from mentorship.notifications.sent_messages import mark_attendance
from mentorship.notifications.writing import NotificationDraft
from mentorship.points import ledger
from mentorship.sessions import commitments, lifecycle, refunds, service_time, session_views
from mentorship.sessions.follow_up import questions
from mentorship.sessions.groups import group_rows
from mentorship.sessions.lifecycle import (
    Action,
    EndReason,
    Party,
    PointsEffect,
    Transition,
    Unit,
)
from mentorship.sessions.session_views import SeenTimes, SessionView
from mentorship.sessions.wall_times import kept_offsets
from mentorship.statuses import CALLED_OFF, SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, MentorProfile, Session
from storage.types import RowId, UtcDateTime

LONGEST_REASON = 300
"""Maximum length of the reason for declining or cancelling, in characters."""


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """A session after a transition, and the points refunded to the mentee and earned."""

    session: SessionView
    refund: int = 0
    earned: int = 0


# --- By the mentor or the mentee -----------------------------------------------------------------


async def confirm(
    tx: Transaction, actor: Actor, session_id: int, *, seen: SeenTimes | None = None
) -> SessionView:
    """Confirm a pending request as its mentor, at its current time.

    `seen` are the times that the mentor agreed to, None to accept any. Raises `NotFound`,
    `NotAllowedNow`, `TermsChanged`.
    """
    return (await apply_as_participant(tx, actor, session_id, Action.CONFIRM, seen=seen)).session


async def decline(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    reason: str = "",
    *,
    refund_shown: int | None = None,
    seen: SeenTimes | None = None,
) -> SessionView:
    """Decline a pending request as its mentor, with a full refund to the mentee.

    `refund_shown` is as for `cancel`. `seen` are the times that the mentor declined, None to
    decline any. Raises `NotFound`, `NotAllowedNow`, `InvalidField`, `TermsChanged`.
    """
    result = await apply_as_participant(
        tx, actor, session_id, Action.DECLINE, reason, refund_shown=refund_shown, seen=seen
    )
    return result.session


async def cancel(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    reason: str = "",
    *,
    refund_shown: int | None = None,
    start_shown: datetime | None = None,
) -> TransitionResult:
    """Cancel a session as one of its participants, before it starts.

    The refund is full when the mentor cancels, or the mentee before the mentor has confirmed.
    Otherwise the terms of the booking decide (`mentorship.sessions.refunds`). `refund_shown`
    (points) and `start_shown` are what the actor agreed to, None to accept any. Raises `NotFound`,
    `NotAllowedNow`, `InvalidField`, `TermsChanged`.
    """
    return await apply_as_participant(
        tx,
        actor,
        session_id,
        Action.CANCEL,
        reason,
        refund_shown=refund_shown,
        start_shown=start_shown,
    )


async def cancel_or_decline(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    reason: str = "",
    *,
    refund_shown: int | None = None,
    start_shown: datetime | None = None,
) -> TransitionResult:
    """End a session that hasn't started: for the mentor of a pending request, decline it.

    Otherwise as `cancel`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    party = session.party(actor.user_id)
    return await apply_as_participant(
        tx,
        actor,
        session_id,
        lifecycle.ending_action(session.status, party, session.unit),
        reason,
        refund_shown=refund_shown,
        start_shown=start_shown,
    )


async def preview_cancellation(tx: Transaction, actor: Actor, session_id: int) -> TransitionResult:
    """Return what cancelling now would refund to the mentee, without changing anything.

    Raises `NotFound`, `NotAllowedNow`.
    """
    session = await load_actionable(tx, actor, session_id, Action.CANCEL)
    party = session.party(actor.user_id)
    row = lifecycle.transition(Action.CANCEL, session.status, party, session.unit)
    return TransitionResult(session, refunds.refund(row.points, session, tx.now))


async def load_actionable(
    tx: Transaction, actor: Actor, session_id: int, action: Action
) -> SessionView:
    """Load a session for a participant who can do `action` now.

    Raises `NotFound`, `NotAllowedNow`, and `NotAMember` unless the action only gives something up.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    require(action, session.party(actor.user_id), session, tx.now)
    if action in lifecycle.NEEDS_MEMBER:
        session_views.require_member(actor, session)
    return session


async def apply_as_participant(
    tx: Transaction,
    actor: Actor,
    session_id: int,
    action: Action,
    reason: str = "",
    *,
    refund_shown: int | None = None,
    start_shown: datetime | None = None,
    seen: SeenTimes | None = None,
) -> TransitionResult:
    """Apply an action of the actor, as the session's mentor or mentee.

    `refund_shown` (points), `start_shown` and `seen` are what the actor agreed to, None to accept
    any. Raises `NotFound`, `NotAllowedNow`, `InvalidField`, `TermsChanged`.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidField(Field.REASON, Problem.TOO_LONG, most=LONGEST_REASON)
    session = await load_actionable(tx, actor, session_id, action)
    if seen is not None:
        seen.require(session)
    party = session.party(actor.user_id)
    row = lifecycle.transition(action, session.status, party, session.unit)
    consent.require(Term.START, start_shown, session.starts_at)
    consent.require(Term.REFUND, refund_shown, refunds.refund(row.points, session, tx.now))
    guild = await guild_settings.load(tx, session.guild_id)
    if reason:
        reason = await without_message_to_blocker(tx, session, actor, reason)
    return await apply(tx, guild, session, action, party, by=actor.user_id, reason=reason)


async def without_message_to_blocker(
    tx: Transaction, session: SessionView, actor: Actor, reason: str
) -> str:
    """Return the reason of an actor's act, or "" if the other participant has blocked them."""
    other = session.other(actor.user_id)
    blocked = await blocks.is_blocked_by(tx, session.guild_id, actor.user_id, other.user_id)
    return "" if blocked else reason


def require(action: Action, party: Party, session: SessionView, now: datetime) -> None:
    """Raise `NotAllowedNow` unless `party` can do `action` to the session at `now`."""
    lifecycle.transition(action, session.status, party, session.unit)
    obstacle = lifecycle.obstacle(action, party, session.state, now)
    if obstacle is not None:
        raise NotAllowedNow(action, obstacle, status=session.status)


# --- By the clock ---------------------------------------------------------------------------------


_DUE = (
    select(Session.id)
    .where(
        Session.next_at <= bindparam("now"),
        ~questions.UNANSWERABLE,
        ~faults.awaits_retry(FaultKind.TRANSITION, Session.id.expression, bindparam("now")),
        Session.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(Session.next_at)
    .limit(bindparam("limit", type_=Integer))
)


async def advance_due(tx: Transaction, limit: int = 200) -> int:
    """Apply the transitions that are due by time alone, in all guilds: expire, start, complete.

    Each session takes one step a call, even if several are due. A session whose question hasn't
    reached those whose silence would count is left alone. One that can't be read or advanced is
    recorded as a fault, keeps its deadline, and is tried again later. Returns how many sessions it
    has tried; when that is `limit`, more may be due. The job calls it by
    `mentorship.sessions.clock.advance`.
    """
    rows = await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})
    return await advance_sessions(tx, rows.all())


async def advance_sessions(tx: Transaction, due: Sequence[int]) -> int:
    """As `advance_due`, for sessions or seats that are known to be due. Returns their number."""
    sessions = await session_views.load_rows(tx, due)
    settings: dict[int, GuildSettings] = {}
    ended: dict[int, SessionView] = {}

    async def advance_one(session_id: int) -> int:
        if session_id not in sessions:
            # Its participants, or their memberships, are gone.
            raise NotFound(Subject.SESSION)
        session = session_views.from_row(sessions[session_id])
        if session.guild_id not in settings:
            settings[session.guild_id] = await guild_settings.load(tx, session.guild_id)
        action = lifecycle.clock_action(session.state)
        guild, by, reason = settings[session.guild_id], None, ""
        if action is Action.CANCEL:
            by, reason = await _end_of_group(tx, session)
        await apply(tx, guild, session, action, Party.CLOCK, by=by, reason=reason)
        if session.group_id is not None and session.group_status in group_rows.HAS_STARTED:
            ended[session.group_id] = session
        return session_id

    outcome = await faults.isolate(
        tx, FaultKind.TRANSITION, due, advance_one, lambda session_id: session_id
    )
    await faults.clear(tx, FaultKind.TRANSITION, outcome.results)
    # Once for all seats of a group session, of which there may be hundreds.
    for seat in ended.values():
        await _follow_attendance(tx, seat)
    return len(due)


async def _follow_attendance(tx: Transaction, seat: SessionView) -> None:
    """Bring the mentor's card up to date after what became of a seat, or tell that all are over.

    Whatever ends the last one: a report, the clock, a decision, or the end of a membership.
    """
    assert seat.group_id is not None
    await mark_attendance(tx, seat.group_id)
    if not await group_rows.is_settled(tx, seat.group_id):
        return
    event = Event(
        EventType.GROUP_SETTLED,
        seat.guild_id,
        subject_id=seat.mentor.user_id,
        group_id=seat.group_id,
    )
    await publish(tx, event)


async def _end_of_group(tx: Transaction, seat: SessionView) -> tuple[int | None, str]:
    """Return who has cancelled a seat's group session, and the reason that its attendee may read.

    What the mentor wrote isn't shown to those who have blocked them.
    """
    end = (await tx.connection.execute(_END_OF_GROUP, {"group": seat.group_id})).one()
    reason = end.ended_reason or ""
    people = (seat.guild_id, seat.mentor.user_id, seat.mentee.user_id)
    if reason and reason not in tuple(EndReason) and await blocks.is_blocked_by(tx, *people):
        reason = ""
    return end.ended_by, reason


_END_OF_GROUP = select(GroupSession.ended_by, GroupSession.ended_reason).where(
    GroupSession.id == bindparam("group", type_=RowId)
)


# --- Applying a transition ------------------------------------------------------------------------


async def apply(
    tx: Transaction,
    guild: GuildSettings,
    session: SessionView,
    action: Action,
    party: Party,
    *,
    by: int | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> TransitionResult:
    """Carry out one row of the table: status, points, commitments, reminders and the event.

    `by` is the acting person's id, None for the clock. `facts` are added to those of the event.
    The caller checks with `require` that the action is possible at this moment. Raises
    `NotAllowedNow` for an action that the table doesn't list.
    """
    row = lifecycle.transition(action, session.status, party, session.unit)
    refund = refunds.refund(row.points, session, tx.now)
    earned = 0
    if row.points is not PointsEffect.HOLD:
        earned = await ledger.release_escrow(
            tx,
            guild,
            session_id=session.id,
            mentor_id=session.mentor.user_id,
            mentee_id=session.mentee.user_id,
            refund=refund,
            fee_percent=session.fee_percent if row.points.takes_fee else 0,
            made_by=by,
        )
    changes = _changed_columns(row, session, tx.now)
    if row.target is SessionStatus.DISPUTED:
        # The clock splits what nobody has resolved by then. A later setting doesn't change that.
        changes["next_at"] = tx.now + timedelta(days=guild.dispute_days)
    if row.target.is_over:
        changes |= {"ended_at": tx.now, "ended_by": by, "ended_reason": reason.strip() or None}
    await tx.connection.execute(update_by_id(Session, *changes), {"row_id": session.id, **changes})
    if changes.get("starts_at", session.starts_at) != session.starts_at:
        await kept_offsets.follow_start(tx, session.id, changes["starts_at"])
    if row.target in CALLED_OFF and session.group_id is not None:
        await group_rows.mark_seat_freed(tx, session.group_id)
        if session.meeting_channel_id is not None:
            await group_rows.mark_room(tx, session.group_id)
    if row.target in CALLED_OFF or action is Action.ASK_AGAIN:
        await commitments.release(tx, session.id)
        await reminders.drop_scheduled(tx, session.id)
    elif action in _ENDS_PROPOSAL:
        await _release_other_time(tx, session, action)
    if row.unit is Unit.SESSION:
        mentor = {"guild": session.guild_id, "user": session.mentor.user_id}
        if row.target is SessionStatus.COMPLETED:
            await tx.connection.execute(_COUNT_COMPLETED, mentor)
        elif lifecycle.fails_mentee(row, session.starts_at, tx.now):
            await tx.connection.execute(_COUNT_FAILED, mentor)
    after = await session_views.load(tx, session.id)
    details = {"refund": refund, "earned": earned, **(facts or {})}
    # Before the event is published: a request that wasn't read yet collapses with it.
    was_answered = await _was_answered(tx, session, row, details)
    await _publish(tx, session, after, row, by, details)
    if party is not Party.CLOCK and session.group_status in group_rows.HAS_STARTED:
        await _follow_attendance(tx, session)
    if was_answered is not None:
        mentor_id = session.mentor.user_id
        if was_answered:
            waited = await service_time.elapsed_since(tx, session.created_at)
            await responsiveness.record_answer(tx, session.guild_id, mentor_id, waited)
        else:
            await responsiveness.record_expiry(tx, session.guild_id, mentor_id)
    if row.target is SessionStatus.CONFIRMED and (
        row.source is not row.target or action is Action.ACCEPT_PROPOSAL
    ):
        await writing.write(tx, await scheduled_notifications(tx, after, guild))
    return TransitionResult(after, refund, earned)


_ANSWERS = frozenset({Action.CONFIRM, Action.DECLINE, Action.ACCEPT_PROPOSAL, Action.PROPOSE})


async def _was_answered(
    tx: Transaction, session: SessionView, row: Transition, facts: Mapping[str, Any]
) -> bool | None:
    """Return whether the mentor answers a pending request by a transition, or has let it expire.

    None for every other transition, for a second answer, and if the mentor couldn't answer.
    """
    if session.status is not SessionStatus.SCHEDULED or row.unit is not Unit.SESSION:
        return None
    if row.party is Party.MENTOR and row.action in _ANSWERS:
        is_first = not session.proposals.get(Party.MENTOR) and "left" not in facts
        if is_first and session.series_id is not None:
            params = {"series": session.series_id, "session": session.id}
            is_first = not await tx.connection.scalar(_HAS_ANSWER, params)
        return True if is_first else None
    if row.action is not Action.EXPIRE or session.state.proposed_by is Party.MENTOR:
        return None
    if session.series_id is not None and await _has_series_expired(tx, session):
        return None
    return False if await questions.could_answer_request(tx, session) else None


async def _publish(
    tx: Transaction,
    before: SessionView,
    after: SessionView,
    row: Transition,
    by: int | None,
    facts: Mapping[str, Any],
) -> None:
    """Publish the event of a transition."""
    details = {"act": row.action, "from": row.source, "to": row.target, **facts}
    if after.series_id is not None:
        details["series"] = after.series_id
    author = before.state.proposed_by
    is_series_request = after.series_id is not None and author is None
    if row.event is EventType.SESSION_EXPIRED and is_series_request:
        details[WITH_SERIES] = True
    if row.action in (Action.EXPIRE, Action.EXPIRE_PROPOSAL) and author is not None:
        details["silent"] = author.other
    if row.action in (Action.ACCEPT_PROPOSAL, Action.ASK_AGAIN):
        details["previous_start"] = int(before.starts_at.timestamp())
    if row.source is SessionStatus.DISPUTED:
        details["resolution"] = row.action
    subject = {
        Party.MENTOR: after.mentee.user_id,
        Party.MENTEE: after.mentor.user_id,
        Party.MODERATOR: after.mentor.user_id,
        Party.CLOCK: None,
    }[row.party]
    event = Event(
        row.event,
        after.guild_id,
        by,
        subject_id=subject,
        session_id=after.id,
        group_id=after.group_id,
        facts=details,
    )
    participants = [after.person(party).user_id for party in row.others]
    if details.get(WITH_SERIES) and row.party is Party.CLOCK:
        await _publish_series_expiry(tx, before, participants)
    if row.action is Action.START:
        # "How was it?" is sent after the session, and never too late: until it has arrived, the
        # session isn't completed.
        await publish(tx, event, participants=participants, due_at=max(after.ends_at, tx.now))
    else:
        await publish(tx, event, participants=participants, starts_at=after.starts_at)


async def _publish_series_expiry(
    tx: Transaction, session: SessionView, participants: Sequence[int]
) -> None:
    """Publish once that the request for a session's series has expired.

    All its sessions that are pending have one deadline, but the clock expires each by itself.
    """
    facts = {"series": session.series_id}
    if await _has_series_expired(tx, session):
        return
    event = Event(EventType.SERIES_EXPIRED, session.guild_id, session_id=session.id, facts=facts)
    await publish(tx, event, participants=participants, starts_at=session.starts_at)


async def _has_series_expired(tx: Transaction, session: SessionView) -> bool:
    """Return whether another session has expired by the deadline that is the series' own."""
    params = {"series": session.series_id, "session": session.id, "deadline": session.next_at}
    return bool(await tx.connection.scalar(_HAS_EXPIRED, params))


_HAS_EXPIRED = select(
    exists().where(
        Session.series_id == bindparam("series"),
        Session.id != bindparam("session"),
        Session.status == SessionStatus.EXPIRED,
        Session.ended_at >= bindparam("deadline", type_=UtcDateTime),
    )
)
_HAS_ANSWER = select(
    exists().where(
        Session.series_id == bindparam("series"),
        Session.id != bindparam("session"),
        (Session.status == SessionStatus.DECLINED) | Session.confirmed_at.is_not(None),
    )
)
"""Whether the mentor has answered for another session of a series, whose request was one."""

_COUNT_COMPLETED = (
    update(MentorProfile)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
    .values(sessions_completed=MentorProfile.sessions_completed + 1)
)
_COUNT_FAILED = (
    update(MentorProfile)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
    .values(sessions_failed=MentorProfile.sessions_failed + 1)
)
_ENDS_PROPOSAL = frozenset(
    {
        Action.CONFIRM,
        Action.ACCEPT_PROPOSAL,
        Action.DECLINE_PROPOSAL,
        Action.WITHDRAW_PROPOSAL,
        Action.EXPIRE_PROPOSAL,
        Action.START,
    }
)
"""Actions that end an open proposal. The session then holds one time only."""


def _changed_columns(row: Transition, session: SessionView, now: datetime) -> dict[str, Any]:
    """Return the columns of a session that a transition changes, except those about its end."""
    starts_at = session.starts_at
    changes: dict[str, Any] = {"status": row.target}
    if row.action in _ENDS_PROPOSAL or row.target.is_over:
        changes |= {"proposed_by": None, "proposed_starts_at": None, "proposed_ends_at": None}
    if row.action is Action.CONFIRM:
        changes["free_cancellation_ends_at"] = refunds.free_cancellation_end_if_confirmed(
            session, now
        )
    if row.action is Action.KEEP_SEAT:
        # By the new start. The old one may have been long after it.
        changes["free_cancellation_ends_at"] = refunds.free_cancellation_end_if_moved(
            session, starts_at, Party.MENTOR, now
        )
    if row.action is Action.ACCEPT_PROPOSAL and session.proposal is not None:
        starts_at = session.proposal.starts_at
        changes |= {
            "starts_at": starts_at,
            "ends_at": session.proposal.ends_at,
            "free_cancellation_ends_at": refunds.free_cancellation_end_if_moved(
                session, starts_at, session.party(session.proposal.by), now
            ),
        }
    if row.action is Action.ASK_AGAIN and session.group_span is not None:
        starts_at = session.group_span.start
        changes |= {"starts_at": starts_at, "ends_at": session.group_span.end}
    if row.source is SessionStatus.SCHEDULED and row.target is SessionStatus.CONFIRMED:
        changes["confirmed_at"] = now
    if row.source is not row.target or row.action in (Action.ACCEPT_PROPOSAL, Action.ASK_AGAIN):
        changes["sequence"] = session.sequence + 1
    if row.action is Action.CLOSE_MENTOR_NO_SHOW:
        changes["no_show_user_id"] = session.mentor.user_id
    if row.action is Action.CLOSE_MENTEE_NO_SHOW:
        changes["no_show_user_id"] = session.mentee.user_id
    changes["next_at"] = _next_at(row, session, starts_at, now)
    return changes


def _next_at(
    row: Transition, session: SessionView, starts_at: datetime, now: datetime
) -> datetime | None:
    """Return when the clock acts on the session next after a transition, or None."""
    if row.action is Action.PROPOSE:
        # The view has the new proposal already. It must be answered before either of the times.
        first = min(starts_at, session.proposal.starts_at) if session.proposal else starts_at
        return lifecycle.answer_deadline(now, first, session.confirm_within)
    if row.target is SessionStatus.SCHEDULED:
        return lifecycle.answer_deadline(now, starts_at, session.confirm_within)
    if row.target is SessionStatus.CONFIRMED:
        return starts_at
    if row.target is not SessionStatus.IN_PROGRESS:
        return None
    if row.action is Action.REPORT_MET:
        return session.next_at
    return lifecycle.report_deadline(session.ends_at, now, session.complete_after)


async def _release_other_time(tx: Transaction, session: SessionView, action: Action) -> None:
    """Release the current or the proposed time, whichever was not agreed on."""
    proposal = session.proposal
    if proposal is None:
        return
    agreed = proposal if action is Action.ACCEPT_PROPOSAL else session
    await commitments.replace(tx, session, Span(agreed.starts_at, agreed.ends_at))
    if action is Action.ACCEPT_PROPOSAL:
        await reminders.drop_scheduled(tx, session.id)


async def scheduled_notifications(
    tx: Transaction, session: SessionView, guild: GuildSettings
) -> list[NotificationDraft]:
    """Return what is scheduled for a confirmed session: reminders and "starting now" for both.

    For a seat it is the attendee's; the mentor has those of the group session.
    """
    mentor, mentee = session.mentor.user_id, session.mentee.user_id
    return await reminders.scheduled_drafts(
        tx,
        guild_id=session.guild_id,
        session_id=session.id,
        sequence=session.sequence,
        people=(mentor, mentee) if session.unit is Unit.SESSION else (mentee,),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        leads=guild.reminders,
    )
