"""What people and time do to a session, each act by its row in the table of transitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, insert, update

from mentorship import statuses
from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, NotAllowedNow, Problem
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import reminders, writing
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft
from mentorship.points import ledger
from mentorship.points.pricing import refund_to_mentee
from mentorship.sessions import lifecycle, session_views
from mentorship.sessions.lifecycle import Action, Attendance, Party, PointsEffect, Transition
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, SessionStatus
from mentorship.time.intervals import Span, merge
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Commitment, MentorProfile, Participant, Session

LONGEST_REASON = 300
"""Characters of a reason that one side gives the other."""


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """A session after an act, and the points that moved by it: back to the mentee, and earned."""

    session: SessionView
    refund: int = 0
    earned: int = 0


# --- By the mentor or the mentee -----------------------------------------------------------------


async def confirm(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """The mentor takes the session on, at its present time. Raises `NotFound`, `NotAllowedNow`."""
    return (await act_as_participant(tx, actor, session_id, Action.CONFIRM)).session


async def decline(tx: Transaction, actor: Actor, session_id: int, reason: str = "") -> SessionView:
    """The mentor turns the session down; the mentee gets everything back.

    Raises `NotFound`, `NotAllowedNow`, `InvalidField`.
    """
    return (await act_as_participant(tx, actor, session_id, Action.DECLINE, reason)).session


async def cancel(
    tx: Transaction, actor: Actor, session_id: int, reason: str = ""
) -> TransitionResult:
    """Either side calls the session off before it starts.

    The mentor's cancelling gives the mentee everything back, the mentee's by the guild's policy
    (`mentorship.points.pricing.refund_to_mentee`). Raises `NotFound`, `NotAllowedNow`,
    `InvalidField`.
    """
    return await act_as_participant(tx, actor, session_id, Action.CANCEL, reason)


async def preview_cancellation(tx: Transaction, actor: Actor, session_id: int) -> TransitionResult:
    """What cancelling now would give back to the mentee; nothing is done yet.

    Raises `NotFound`, `NotAllowedNow`.
    """
    session = await load_actionable(tx, actor, session_id, Action.CANCEL)
    guild = await guild_settings.load(tx, session.guild_id)
    row = lifecycle.transition(Action.CANCEL, session.status, session.party(actor.user_id))
    return TransitionResult(session, _refund(row.points, guild, session, tx.now))


async def report_attendance(
    tx: Transaction, actor: Actor, session_id: int, word: Attendance
) -> TransitionResult:
    """One of the two says how it went, once.

    That it took place pays the mentor as soon as the mentee says so. That the other did not come
    waits for the other's word, and stands after the guild's delay without one. A contradiction
    opens a dispute for the moderators. Raises `NotFound`, `NotAllowedNow`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    party = session.party(actor.user_id)
    act = lifecycle.attendance_action(word, party, session.state)
    require(act, party, session, tx.now)
    await tx.connection.execute(
        update(Participant)
        .where(Participant.session_id == session.id, Participant.user_id == actor.user_id)
        .values(says=word, said_at=tx.now)
    )
    guild = await guild_settings.load(tx, session.guild_id)
    return await apply(tx, guild, session, act, party, by=actor.user_id)


async def load_actionable(
    tx: Transaction, actor: Actor, session_id: int, act: Action
) -> SessionView:
    """A session to which the actor can do `act` now. Raises `NotFound`, `NotAllowedNow`."""
    session = await session_views.load_for_participant(tx, actor, session_id)
    require(act, session.party(actor.user_id), session, tx.now)
    return session


async def act_as_participant(
    tx: Transaction, actor: Actor, session_id: int, act: Action, reason: str = ""
) -> TransitionResult:
    """Do what a participant asks for, in the part that they have in the session."""
    if len(reason) > LONGEST_REASON:
        raise InvalidField(Field.REASON, Problem.TOO_LONG, most=LONGEST_REASON)
    session = await load_actionable(tx, actor, session_id, act)
    guild = await guild_settings.load(tx, session.guild_id)
    party = session.party(actor.user_id)
    return await apply(tx, guild, session, act, party, by=actor.user_id, reason=reason)


def require(act: Action, party: Party, session: SessionView, now: datetime) -> None:
    """Raise `NotAllowedNow` unless the table and the moment let a person do `act`."""
    lifecycle.transition(act, session.status, party)
    obstacle = lifecycle.obstacle(act, party, session.state, now)
    if obstacle is not None:
        raise NotAllowedNow(act, obstacle, status=session.status)


# --- By moderators and by the clock ---------------------------------------------------------------


async def cancel_upcoming_of_mentor(
    tx: Transaction, guild: GuildSettings, actor: Actor, mentor_id: int, reason: str
) -> int:
    """Call off everything that a mentor has not begun yet, as a moderator. Returns how many.

    Both sides hear of it, and the mentees get everything back.
    """
    rows = await tx.connection.execute(
        session_views.query().where(
            Session.guild_id == guild.id,
            Session.mentor_id == mentor_id,
            Session.status.in_(statuses.UPCOMING),
            Session.starts_at > tx.now,
        )
    )
    coming = [session_views.view_of(row) for row in rows]
    for session in coming:
        await apply(
            tx, guild, session, Action.CANCEL, Party.MODERATOR, by=actor.user_id, reason=reason
        )
    return len(coming)


_DUE = (
    session_views.query()
    .where(Session.next_at <= bindparam("now"))
    .order_by(Session.next_at)
    .limit(bindparam("most", type_=Integer))
)


async def advance_due(tx: Transaction, limit: int = 200) -> int:
    """Do what time alone brings about, for all guilds: expire, start, complete.

    Returns how many sessions moved; when that is `limit`, there may be more to do at once. A
    session for which several steps are due moves by one of them, and by the next in the next call.
    """
    rows = await tx.connection.execute(_DUE, {"now": tx.now, "most": limit})
    due = [session_views.view_of(row) for row in rows]
    settings = {
        guild_id: await guild_settings.load(tx, guild_id)
        for guild_id in {session.guild_id for session in due}
    }
    for session in due:
        act = lifecycle.clock_action(session.state)
        await apply(tx, settings[session.guild_id], session, act, Party.CLOCK)
    return len(due)


# --- What all of them share -----------------------------------------------------------------------


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
    """Do what the table's row says: status, points, commitments, and the event.

    `by` is the acting person's id, None for the clock. `facts` are added to those of the event.
    Whether the action is possible at this moment is checked by `require`. Raises `NotAllowedNow`
    for an action that the table doesn't list.
    """
    row = lifecycle.transition(action, session.status, party)
    refund = _refund(row.points, guild, session, tx.now)
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
    changes = _changed_columns(row, guild, session, tx.now)
    if row.target.is_over:
        changes |= {"ended_at": tx.now, "ended_by": by, "ended_reason": reason.strip() or None}
    await tx.connection.execute(update_by_id(Session, *changes), {"row_id": session.id, **changes})
    if row.target in CALLED_OFF:
        await tx.connection.execute(_DELETE_COMMITMENTS, {"session": session.id})
        await reminders.drop_scheduled(tx, session.id)
    elif action in _ENDS_PROPOSAL:
        await _drop_other_time(tx, session, action)
    if row.target is SessionStatus.COMPLETED:
        mentor = {"guild": session.guild_id, "user": session.mentor.user_id}
        await tx.connection.execute(_COUNT_COMPLETED, mentor)
    after = await session_views.load(tx, session.id)
    await _publish(
        tx, guild, session, after, row, by, {"refund": refund, "earned": earned, **(facts or {})}
    )
    if row.target is SessionStatus.CONFIRMED and (
        row.source is not row.target or action is Action.ACCEPT_PROPOSAL
    ):
        await writing.write(tx, await scheduled_notifications(tx, after, guild))
    return TransitionResult(after, refund, earned)


async def _publish(
    tx: Transaction,
    guild: GuildSettings,
    before: SessionView,
    after: SessionView,
    row: Transition,
    by: int | None,
    facts: Mapping[str, Any],
) -> None:
    """Publish the event of a transition."""
    details = {"act": row.action, "from": row.source, "to": row.target, **facts}
    author = before.state.proposed_by
    if row.action in (Action.EXPIRE, Action.EXPIRE_PROPOSAL) and author is not None:
        details["silent"] = author.other
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
        facts=details,
    )
    participants = [after.person(party).user_id for party in row.others]
    if row.action is Action.START:
        # "How was it?" is for after the meeting, and no longer useful once the session is settled.
        await publish(
            tx,
            event,
            participants=participants,
            due_at=after.ends_at,
            useful_until=after.ends_at + timedelta(minutes=guild.complete_after),
        )
    else:
        await publish(tx, event, participants=participants)


_DELETE_COMMITMENTS = delete(Commitment).where(Commitment.session_id == bindparam("session"))
_COUNT_COMPLETED = (
    update(MentorProfile)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
    .values(sessions_completed=MentorProfile.sessions_completed + 1)
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
"""After these the session has one time, whatever was proposed."""


def _changed_columns(
    row: Transition, guild: GuildSettings, session: SessionView, now: datetime
) -> dict[str, Any]:
    """The columns of a session that a transition moves, but for how it ended."""
    starts_at = session.starts_at
    changes: dict[str, Any] = {"status": row.target}
    if row.action in _ENDS_PROPOSAL or row.target.is_over:
        changes |= {"proposed_by": None, "proposed_starts_at": None, "proposed_ends_at": None}
    if row.action is Action.ACCEPT_PROPOSAL and session.proposal is not None:
        starts_at = session.proposal.starts_at
        changes |= {"starts_at": starts_at, "ends_at": session.proposal.ends_at}
    if row.source is not row.target or row.action is Action.ACCEPT_PROPOSAL:
        changes["sequence"] = session.sequence + 1
    if row.action is Action.CLOSE_MENTOR_NO_SHOW:
        changes["no_show_user_id"] = session.mentor.user_id
    if row.action is Action.CLOSE_MENTEE_NO_SHOW:
        changes["no_show_user_id"] = session.mentee.user_id
    changes["next_at"] = _next_at(row, guild, session, starts_at, now)
    return changes


def _next_at(
    row: Transition, guild: GuildSettings, session: SessionView, starts_at: datetime, now: datetime
) -> datetime | None:
    """When time alone moves the session on after a transition."""
    if row.action is Action.PROPOSE:
        # The proposal is in the view already: an answer is of use before either time.
        first = min(starts_at, session.proposal.starts_at) if session.proposal else starts_at
        return lifecycle.answer_deadline(now, first, guild.confirm_within)
    if row.target is SessionStatus.SCHEDULED:
        return lifecycle.answer_deadline(now, starts_at, guild.confirm_within)
    if row.target is SessionStatus.CONFIRMED:
        return starts_at
    if row.target is not SessionStatus.IN_PROGRESS:
        return None
    since = session.ends_at
    if row.action is Action.REPORT_NO_SHOW:
        # Whoever is reported as a no-show has the whole delay to contradict it.
        since = max(since, now)
    return since + timedelta(minutes=guild.complete_after)


async def _drop_other_time(tx: Transaction, session: SessionView, act: Action) -> None:
    """Give back the time that the session won't have, if two were held."""
    proposal = session.proposal
    if proposal is None:
        return
    kept = proposal if act is Action.ACCEPT_PROPOSAL else session
    await replace_commitments(tx, session, Span(kept.starts_at, kept.ends_at))
    if act is Action.ACCEPT_PROPOSAL:
        await reminders.drop_scheduled(tx, session.id)


async def replace_commitments(tx: Transaction, session: SessionView, *spans: Span) -> None:
    """Let the session hold these spans of both people's time, in place of what it held; spans that
    meet are held as one."""
    merged = [Span(start, end) for start, end in merge((span.start, span.end) for span in spans)]
    await tx.connection.execute(_DELETE_COMMITMENTS, {"session": session.id})
    await write_commitments(
        tx, session.id, (session.mentor.user_id, session.mentee.user_id), *merged
    )


_INSERT_COMMITMENT = insert(Commitment)


async def write_commitments(
    tx: Transaction, session_id: int, people: Iterable[int], *spans: Span
) -> None:
    """Let the session have these spans of each person's time, which the database keeps for it."""
    await tx.connection.execute(
        _INSERT_COMMITMENT,
        [
            {
                "session_id": session_id,
                "user_id": person,
                "starts_at": span.start,
                "ends_at": span.end,
            }
            # The lower id first, so that two who book each other can't wait crosswise.
            for person in sorted(people)
            for span in spans
        ],
    )


async def scheduled_notifications(
    tx: Transaction, session: SessionView, guild: GuildSettings
) -> list[NotificationDraft]:
    """What is written ahead for a session that is on: reminders and "starting now" for both."""
    return await reminders.scheduled_drafts(
        tx,
        guild_id=session.guild_id,
        session_id=session.id,
        sequence=session.sequence,
        people=(session.mentor.user_id, session.mentee.user_id),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        leads=guild.reminders,
    )


def _refund(points: PointsEffect, guild: GuildSettings, session: SessionView, now: datetime) -> int:
    """What goes back to the mentee."""
    if points is PointsEffect.REFUND:
        return session.price
    if points is PointsEffect.SPLIT:
        return session.price - session.price // 2
    if points is PointsEffect.REFUND_BY_POLICY:
        return refund_to_mentee(
            session.price,
            starts_at=session.starts_at,
            now=now,
            free_until=guild.free_cancellation_until,
            late_percent=guild.late_refund_percent,
        )
    return 0
