"""What people and time do to a session, each act by its row in the table of transitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, insert, update

from mentorship.actors import Actor
from mentorship.errors import InvalidField, NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import reminders, writing
from mentorship.notifications.catalogue import Kind
from mentorship.notifications.writing import Draft
from mentorship.points import ledger
from mentorship.points.pricing import refund_to_mentee
from mentorship.sessions import lifecycle, session_views
from mentorship.sessions.lifecycle import Act, Party, Points, Status, Transition, Word
from mentorship.sessions.session_views import SessionView
from mentorship.time.intervals import Span
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Commitment, MentorProfile, Participant, Session

LONGEST_REASON = 300
"""Characters of a reason that one side gives the other."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session after an act, and the points that moved by it: back to the mentee, and earned."""

    session: SessionView
    refund: int = 0
    earned: int = 0


# --- By one of the two ----------------------------------------------------------------------------


async def confirm(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """The mentor takes the session on, at its present time. Raises `NotFound`, `NotAllowedNow`."""
    return (await by_person(tx, actor, session_id, Act.CONFIRM)).session


async def decline(tx: Transaction, actor: Actor, session_id: int, reason: str = "") -> SessionView:
    """The mentor turns the session down; the mentee gets everything back.

    Raises `NotFound`, `NotAllowedNow`, `InvalidField`.
    """
    return (await by_person(tx, actor, session_id, Act.DECLINE, reason)).session


async def cancel(tx: Transaction, actor: Actor, session_id: int, reason: str = "") -> Outcome:
    """Either side calls the session off before it starts.

    The mentor's cancelling gives the mentee everything back, the mentee's by the guild's policy
    (`mentorship.points.pricing.refund_to_mentee`). Raises `NotFound`, `NotAllowedNow`,
    `InvalidField`.
    """
    return await by_person(tx, actor, session_id, Act.CANCEL, reason)


async def before_cancel(tx: Transaction, actor: Actor, session_id: int) -> Outcome:
    """What cancelling now would give back to the mentee; nothing is done yet.

    Raises `NotFound`, `NotAllowedNow`.
    """
    session = await open_to(tx, actor, session_id, Act.CANCEL)
    guild = await guild_settings.settings(tx, session.guild_id)
    row = lifecycle.transition(Act.CANCEL, session.status, session.party(actor.user_id))
    return Outcome(session, _refund(row.points, guild, session, tx.now))


async def say(tx: Transaction, actor: Actor, session_id: int, word: Word) -> Outcome:
    """One of the two says how it went, once.

    That it took place pays the mentor as soon as the mentee says so. That the other did not come
    waits for the other's word, and stands after the guild's delay without one. A contradiction
    opens a dispute for the moderators. Raises `NotFound`, `NotAllowedNow`.
    """
    session = await session_views.show(tx, actor, session_id)
    party = session.party(actor.user_id)
    act = lifecycle.act_of_word(word, party, session.situation)
    require(act, party, session, tx.now)
    await tx.connection.execute(
        update(Participant)
        .where(Participant.session_id == session.id, Participant.user_id == actor.user_id)
        .values(says=word, said_at=tx.now)
    )
    guild = await guild_settings.settings(tx, session.guild_id)
    return await perform(tx, guild, session, act, party, by=actor.user_id)


async def open_to(tx: Transaction, actor: Actor, session_id: int, act: Act) -> SessionView:
    """A session to which the actor can do `act` now. Raises `NotFound`, `NotAllowedNow`."""
    session = await session_views.show(tx, actor, session_id)
    require(act, session.party(actor.user_id), session, tx.now)
    return session


async def by_person(
    tx: Transaction, actor: Actor, session_id: int, act: Act, reason: str = ""
) -> Outcome:
    """Do what a participant asks for, in the part that they have in the session."""
    if len(reason) > LONGEST_REASON:
        raise InvalidField("the reason", f"has at most {LONGEST_REASON} characters.")
    session = await open_to(tx, actor, session_id, act)
    guild = await guild_settings.settings(tx, session.guild_id)
    party = session.party(actor.user_id)
    return await perform(tx, guild, session, act, party, by=actor.user_id, reason=reason)


def require(act: Act, party: Party, session: SessionView, now: datetime) -> None:
    """Raise `NotAllowedNow` unless the table and the moment let a person do `act`."""
    lifecycle.transition(act, session.status, party)
    found = lifecycle.obstacle(act, party, session.situation, now)
    if found is not None:
        raise NotAllowedNow(act=act.words, status=found)


# --- By moderators and by the clock ---------------------------------------------------------------


async def cancel_all_of_mentor(
    tx: Transaction, guild: GuildSettings, actor: Actor, mentor_id: int, reason: str
) -> int:
    """Call off everything that a mentor has not begun yet, as a moderator. Returns how many.

    Both sides hear of it, and the mentees get everything back.
    """
    rows = await tx.connection.execute(
        session_views.query().where(
            Session.guild_id == guild.id,
            Session.mentor_id == mentor_id,
            Session.status.in_(lifecycle.COMING),
            Session.starts_at > tx.now,
        )
    )
    coming = [session_views.view_of(row) for row in rows]
    for session in coming:
        await perform(
            tx, guild, session, Act.CANCEL, Party.MODERATOR, by=actor.user_id, reason=reason
        )
    return len(coming)


_DUE = (
    session_views.query()
    .where(Session.next_at <= bindparam("now"))
    .order_by(Session.next_at)
    .limit(bindparam("most", type_=Integer))
)


async def advance(tx: Transaction, limit: int = 200) -> int:
    """Do what time alone brings about, for all guilds: expire, start, complete.

    Returns how many sessions moved; when that is `limit`, there may be more to do at once. A
    session for which several steps are due moves by one of them, and by the next in the next call.
    """
    rows = await tx.connection.execute(_DUE, {"now": tx.now, "most": limit})
    due = [session_views.view_of(row) for row in rows]
    settings = {
        guild_id: await guild_settings.settings(tx, guild_id)
        for guild_id in {session.guild_id for session in due}
    }
    for session in due:
        act = lifecycle.act_of_clock(session.situation)
        await perform(tx, settings[session.guild_id], session, act, Party.CLOCK)
    return len(due)


# --- The one way for all --------------------------------------------------------------------------


async def perform(
    tx: Transaction,
    guild: GuildSettings,
    session: SessionView,
    act: Act,
    party: Party,
    *,
    by: int | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Outcome:
    """Do what the table's row says: status, points, time held, and who is told.

    `by` is the person, if it is one; `facts` go along with the notices. Whether the moment is
    right is for `require`. Raises `NotAllowedNow` for what is not in the table.
    """
    row = lifecycle.transition(act, session.status, party)
    refund = _refund(row.points, guild, session, tx.now)
    earned = 0
    if row.points is not Points.HELD:
        earned = await ledger.release(
            tx,
            guild,
            session_id=session.id,
            mentor_id=session.mentor.user_id,
            mentee_id=session.mentee.user_id,
            refund=refund,
            fee_percent=session.fee_percent if row.points in _WITH_FEE else 0,
            made_by=by,
        )
    changes = _changes(row, guild, session, tx.now)
    if row.target.is_over:
        changes |= {"ended_at": tx.now, "ended_by": by, "ended_reason": reason.strip() or None}
    await tx.connection.execute(update_by_id(Session, *changes), {"row_id": session.id, **changes})
    if row.target in _CALLED_OFF:
        await tx.connection.execute(_LET_GO, {"session": session.id})
        await reminders.drop_ahead(tx, session.id)
    elif act in _FREES_A_TIME:
        await _settle_on(tx, session, act)
    if row.target is Status.COMPLETED:
        mentor = {"guild": session.guild_id, "user": session.mentor.user_id}
        await tx.connection.execute(_ONE_MORE_COMPLETED, mentor)
    after = await session_views.load(tx, session.id)
    told = {"refund": refund, "earned": earned, **(facts or {})}
    asked_by = session.situation.proposed_by
    if act in (Act.EXPIRE, Act.LAPSE) and asked_by is not None:
        told["silent"] = asked_by.other
    await writing.write(tx, await _told(tx, guild, after, row, told))
    return Outcome(after, refund, earned)


_LET_GO = delete(Commitment).where(Commitment.session_id == bindparam("session"))
_ONE_MORE_COMPLETED = (
    update(MentorProfile)
    .where(MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user"))
    .values(sessions_completed=MentorProfile.sessions_completed + 1)
)
_WITH_FEE = frozenset({Points.PAID, Points.SPLIT})
_CALLED_OFF = frozenset({Status.DECLINED, Status.EXPIRED, Status.CANCELLED})
_FREES_A_TIME = frozenset({Act.CONFIRM, Act.ACCEPT, Act.KEEP, Act.WITHDRAW, Act.LAPSE, Act.START})
"""After these the session has one time, whatever was proposed."""


def _changes(
    row: Transition, guild: GuildSettings, session: SessionView, now: datetime
) -> dict[str, Any]:
    """The columns of a session that a transition moves, but for how it ended."""
    starts_at = session.starts_at
    changes: dict[str, Any] = {"status": row.target}
    if row.act in _FREES_A_TIME or row.target.is_over:
        changes |= {"proposed_by": None, "proposed_starts_at": None, "proposed_ends_at": None}
    if row.act is Act.ACCEPT and session.proposal is not None:
        starts_at = session.proposal.starts_at
        changes |= {"starts_at": starts_at, "ends_at": session.proposal.ends_at}
    if row.source is not row.target or row.act is Act.ACCEPT:
        changes["sequence"] = session.sequence + 1
    if row.act is Act.MENTOR_ABSENT:
        changes["no_show_user_id"] = session.mentor.user_id
    if row.act is Act.MENTEE_ABSENT:
        changes["no_show_user_id"] = session.mentee.user_id
    changes["next_at"] = _next_at(row, guild, session, starts_at, now)
    return changes


def _next_at(
    row: Transition, guild: GuildSettings, session: SessionView, starts_at: datetime, now: datetime
) -> datetime | None:
    """When time alone moves the session on after a transition."""
    if row.act is Act.PROPOSE:
        # The proposal is in the view already: an answer is of use before either time.
        first = min(starts_at, session.proposal.starts_at) if session.proposal else starts_at
        return lifecycle.answer_by(now, first, guild.confirm_within)
    if row.target is Status.SCHEDULED:
        return lifecycle.answer_by(now, starts_at, guild.confirm_within)
    if row.target is Status.CONFIRMED:
        return starts_at
    if row.target is Status.IN_PROGRESS:
        # Whoever is said not to have come has the whole delay to say otherwise.
        since = max(session.ends_at, now if row.act is Act.MISSED else session.ends_at)
        return since + timedelta(minutes=guild.complete_after)
    return None


async def _settle_on(tx: Transaction, session: SessionView, act: Act) -> None:
    """Give back the time that the session won't have, if two were held."""
    proposal = session.proposal
    if proposal is None:
        return
    kept = proposal if act is Act.ACCEPT else session
    await hold(tx, session, Span(kept.starts_at, kept.ends_at))
    if act is Act.ACCEPT:
        await reminders.drop_ahead(tx, session.id)


async def hold(tx: Transaction, session: SessionView, *spans: Span) -> None:
    """Let the session hold these spans of both people's time, in place of what it held; spans that
    meet are held as one."""
    held: list[Span] = []
    for span in sorted(spans):
        if held and span.start <= held[-1].end:
            held[-1] = Span(held[-1].start, max(held[-1].end, span.end))
        else:
            held.append(span)
    await tx.connection.execute(_LET_GO, {"session": session.id})
    await promise(tx, session.id, (session.mentor.user_id, session.mentee.user_id), *held)


_PROMISE = insert(Commitment)


async def promise(tx: Transaction, session_id: int, people: Iterable[int], *spans: Span) -> None:
    """Let the session have these spans of each person's time, which the database keeps for it."""
    await tx.connection.execute(
        _PROMISE,
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


_NEWS = {
    Act.CONFIRM: Kind.CONFIRMED,
    Act.DECLINE: Kind.DECLINED,
    Act.EXPIRE: Kind.EXPIRED,
    Act.PROPOSE: Kind.PROPOSED,
    Act.ACCEPT: Kind.RESCHEDULED,
    Act.KEEP: Kind.KEPT,
    Act.WITHDRAW: Kind.KEPT,
    Act.LAPSE: Kind.KEPT,
    Act.CANCEL: Kind.CANCELLED,
    Act.TOOK_PLACE: Kind.COMPLETED,
    Act.COMPLETE: Kind.COMPLETED,
    Act.MISSED: Kind.MISSED,
    Act.DISPUTE: Kind.DISPUTED,
    Act.MENTOR_ABSENT: Kind.NO_SHOW,
    Act.MENTEE_ABSENT: Kind.NO_SHOW,
    Act.PAY: Kind.SETTLED,
    Act.REFUND: Kind.SETTLED,
    Act.SPLIT: Kind.SETTLED,
}
"""What the other side hears of an act. A start has its own: see `_told`."""

_MAY_COME_AGAIN = frozenset({Act.PROPOSE, Act.ACCEPT, Act.KEEP, Act.WITHDRAW, Act.LAPSE})


async def _told(
    tx: Transaction,
    guild: GuildSettings,
    session: SessionView,
    row: Transition,
    facts: Mapping[str, Any],
) -> list[Draft]:
    """The notices of a transition: who hears of it now, and what is written ahead."""
    if row.act is Act.START:
        # "Starting now" was written ahead; the question that follows the end is written here.
        return [
            Draft(
                Kind.HOW_WAS_IT,
                session.guild_id,
                session.person(party).user_id,
                subject=str(session.id),
                due_at=session.ends_at,
                useful_until=session.ends_at + timedelta(minutes=guild.complete_after),
                session_id=session.id,
            )
            for party in row.tells
        ]
    subject = f"{session.id}.{writing.each_time()}" if row.act in _MAY_COME_AGAIN else session.id
    drafts = [
        Draft(
            Kind.DISPUTE_OPENED if party is Party.MODERATOR else _NEWS[row.act],
            session.guild_id,
            None if party is Party.MODERATOR else session.person(party).user_id,
            subject=str(subject),
            due_at=tx.now,
            session_id=session.id,
            facts={**facts, "act": row.act},
        )
        for party in row.tells
    ]
    if row.target is Status.CONFIRMED and (row.source is not row.target or row.act is Act.ACCEPT):
        drafts += await ahead(tx, session, guild)
    return drafts


async def ahead(tx: Transaction, session: SessionView, guild: GuildSettings) -> list[Draft]:
    """What is written ahead for a session that is on: reminders and "starting now" for both."""
    return await reminders.ahead(
        tx,
        guild_id=session.guild_id,
        session_id=session.id,
        sequence=session.sequence,
        people=(session.mentor.user_id, session.mentee.user_id),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        leads=guild.reminders,
    )


def _refund(points: Points, guild: GuildSettings, session: SessionView, now: datetime) -> int:
    """What goes back to the mentee."""
    if points is Points.REFUNDED:
        return session.price
    if points is Points.SPLIT:
        return session.price - session.price // 2
    if points is Points.REFUNDED_BY_POLICY:
        # Until the mentor has agreed there is nothing that could be cancelled too late.
        if session.status is Status.SCHEDULED:
            return session.price
        return refund_to_mentee(
            session.price,
            starts_at=session.starts_at,
            now=now,
            free_until=guild.free_cancellation_until,
            late_percent=guild.late_refund_percent,
        )
    return 0
