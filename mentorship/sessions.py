"""What happens to a session once it is booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, select, update
from sqlalchemy.orm import aliased

from mentorship import guilds, ledger, lifecycle, notices
from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotFound, NotYours
from mentorship.guilds import GuildSettings
from mentorship.lifecycle import Act, Party, Points, Status
from mentorship.notices import Draft, Kind
from mentorship.pricing import refund_to_mentee
from storage import Transaction
from storage.tables import Commitment, Member, MentorProfile, Participant, Review, Session

LONGEST_REASON = 300
"""Characters of a reason that one side gives the other."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two in a session."""

    user_id: int
    name: str
    timezone: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its participants may see it. Instants are UTC.

    `price` is in points, and `fee_percent` the guild's share of it; both are those of the booking.
    """

    id: int
    guild_id: int
    mentor: Person
    mentee: Person
    starts_at: datetime
    ends_at: datetime
    timezone: str
    status: Status
    topic: str
    price: int
    fee_percent: int
    next_at: datetime | None
    ended_by: int | None
    ended_reason: str | None
    meeting_link: str | None
    stars: int | None

    @property
    def answer_by(self) -> datetime | None:
        """Until when the mentor can confirm, while that is what the session waits for."""
        return self.next_at if self.status is Status.SCHEDULED else None

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def party(self, user_id: int) -> Party:
        """In what part the person is in it. Raises `NotYours` for anyone else."""
        if user_id == self.mentor.user_id:
            return Party.MENTOR
        if user_id == self.mentee.user_id:
            return Party.MENTEE
        raise NotYours("session")

    def other(self, user_id: int) -> Person:
        """The one whom `user_id` meets."""
        return self.mentee if self.party(user_id) is Party.MENTOR else self.mentor

    def acts(self, user_id: int, now: datetime) -> tuple[Act, ...]:
        """What this person may do to the session now: the buttons that are not dead."""
        return tuple(
            act
            for act in lifecycle.acts(self.status, self.party(user_id))
            if _is_time(act, self, now)
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """A session that came to its end, and the points that went back to the mentee by it."""

    session: SessionView
    refund: int


_mentor = aliased(Member)
_mentee = aliased(Member)


def _query() -> Select[*tuple[Any, ...]]:
    """Sessions with their two people; a condition is added by whoever asks."""
    return (
        select(
            *Session.__table__.c,
            _mentor.name.label("mentor_name"),
            _mentor.timezone.label("mentor_timezone"),
            _mentee.user_id.label("mentee_id"),
            _mentee.name.label("mentee_name"),
            _mentee.timezone.label("mentee_timezone"),
            Review.stars,
        )
        .join(
            Participant,
            (Participant.session_id == Session.id) & (Participant.role == "mentee"),
        )
        .join(
            _mentor,
            (_mentor.guild_id == Session.guild_id) & (_mentor.user_id == Session.mentor_id),
        )
        .join(
            _mentee,
            (_mentee.guild_id == Session.guild_id) & (_mentee.user_id == Participant.user_id),
        )
        .outerjoin(
            Review, (Review.session_id == Session.id) & (Review.author_id == Participant.user_id)
        )
    )


def _view(row: Row[*tuple[Any, ...]]) -> SessionView:
    return SessionView(
        id=row.id,
        guild_id=row.guild_id,
        mentor=Person(row.mentor_id, row.mentor_name, row.mentor_timezone),
        mentee=Person(row.mentee_id, row.mentee_name, row.mentee_timezone),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        timezone=row.timezone,
        status=Status(row.status),
        topic=row.topic,
        price=row.price,
        fee_percent=row.fee_percent,
        next_at=row.next_at,
        ended_by=row.ended_by,
        ended_reason=row.ended_reason,
        meeting_link=row.meeting_link,
        stars=row.stars,
    )


async def load(tx: Transaction, session_id: int) -> SessionView:
    """A session whoever asks. Raises `NotFound`."""
    row = (await tx.connection.execute(_query().where(Session.id == session_id))).one_or_none()
    if row is None:
        raise NotFound("session")
    return _view(row)


async def show(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """A session to one of its participants. To anyone else it does not exist: `NotFound`."""
    session = await load(tx, session_id)
    if actor.user_id not in (session.mentor.user_id, session.mentee.user_id) or (
        actor.guild_id not in (None, session.guild_id)
    ):
        raise NotFound("session")
    return session


async def upcoming(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """The actor's sessions in this guild that are not over, the soonest first."""
    return await _mine(
        tx,
        actor,
        Session.status.in_(lifecycle.LIVE),
        order=Session.starts_at.asc(),
        limit=limit,
    )


async def past(tx: Transaction, actor: Actor, limit: int = 25) -> list[SessionView]:
    """The actor's sessions in this guild that are over, the latest first."""
    return await _mine(
        tx,
        actor,
        Session.status.not_in(lifecycle.LIVE),
        order=Session.starts_at.desc(),
        limit=limit,
    )


async def to_cancel(tx: Transaction, actor: Actor) -> list[SessionView]:
    """The actor's sessions that they may cancel now, the soonest first."""
    return [
        session
        for session in await upcoming(tx, actor)
        if Act.CANCEL in session.acts(actor.user_id, tx.now)
    ]


async def to_rate(tx: Transaction, actor: Actor) -> list[SessionView]:
    """Completed sessions in which the actor was mentee, not yet rated ones first."""
    sessions = [
        session
        for session in await past(tx, actor)
        if session.status is Status.COMPLETED and session.mentee.user_id == actor.user_id
    ]
    return sorted(sessions, key=lambda session: session.stars is not None)


async def _mine(
    tx: Transaction,
    actor: Actor,
    condition: ColumnElement[bool],
    *,
    order: ColumnElement[datetime],
    limit: int,
) -> list[SessionView]:
    mine = select(Participant.session_id).where(Participant.user_id == actor.user_id)
    rows = await tx.connection.execute(
        _query()
        .where(Session.id.in_(mine), Session.guild_id == actor.guild, condition)
        .order_by(order)
        .limit(limit)
    )
    return [_view(row) for row in rows]


async def confirm(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """The mentor takes the session on. Raises `NotYours`, `NotFound`, `NotAllowedNow`."""
    return (await _by_person(tx, actor, session_id, Act.CONFIRM)).session


async def before_decline(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """A session that the actor can turn down now. Raises what `decline` does."""
    session = await show(tx, actor, session_id)
    lifecycle.transition(Act.DECLINE, session.status, session.party(actor.user_id))
    _require_time(Act.DECLINE, session, tx.now)
    return session


async def decline(tx: Transaction, actor: Actor, session_id: int, reason: str = "") -> SessionView:
    """The mentor turns the session down; the mentee gets everything back.

    Raises `NotYours`, `NotFound`, `NotAllowedNow`.
    """
    return (await _by_person(tx, actor, session_id, Act.DECLINE, reason)).session


async def before_cancel(tx: Transaction, actor: Actor, session_id: int) -> Ending:
    """What cancelling now would give back to the mentee; nothing is done yet.

    Raises `NotFound`, `NotAllowedNow`.
    """
    session = await show(tx, actor, session_id)
    guild = await guilds.settings(tx, session.guild_id)
    row = lifecycle.transition(Act.CANCEL, session.status, session.party(actor.user_id))
    _require_time(Act.CANCEL, session, tx.now)
    return Ending(session, _refund(row.points, guild, session, tx.now))


async def cancel(tx: Transaction, actor: Actor, session_id: int, reason: str = "") -> Ending:
    """Either side calls the session off before it starts.

    The mentor's cancelling gives the mentee everything back, the mentee's by the guild's policy
    (`mentorship.pricing.refund_to_mentee`). Raises `NotFound`, `NotAllowedNow`.
    """
    return await _by_person(tx, actor, session_id, Act.CANCEL, reason)


async def complete(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """The mentee says that the session took place, so the mentor is paid at once.

    Raises `NotFound`, `NotAllowedNow`.
    """
    return (await _by_person(tx, actor, session_id, Act.COMPLETE)).session


async def cancel_all_of_mentor(
    tx: Transaction, guild: GuildSettings, actor: Actor, mentor_id: int, reason: str
) -> int:
    """Call off everything that a mentor has not begun yet, as a moderator. Returns how many.

    Both sides hear of it, and the mentees get everything back.
    """
    rows = await tx.connection.execute(
        _query().where(
            Session.guild_id == guild.id,
            Session.mentor_id == mentor_id,
            Session.status.in_((Status.SCHEDULED, Status.CONFIRMED)),
            Session.starts_at > tx.now,
        )
    )
    coming = [_view(row) for row in rows]
    for session in coming:
        await _act(tx, guild, session, Act.CANCEL, Party.MODERATOR, actor, reason)
    return len(coming)


async def advance(tx: Transaction, limit: int = 200) -> int:
    """Do what time alone brings about, for all guilds: expire, start, complete.

    Returns how many sessions moved; when that is `limit`, there may be more to do at once. A
    session for which several steps are due moves by one of them, and by the next in the next call.
    """
    rows = await tx.connection.execute(
        _query().where(Session.next_at <= tx.now).order_by(Session.next_at).limit(limit)
    )
    due = [_view(row) for row in rows]
    settings = {
        guild_id: await guilds.settings(tx, guild_id)
        for guild_id in {session.guild_id for session in due}
    }
    for session in due:
        await _act(tx, settings[session.guild_id], session, _BY_CLOCK[session.status], Party.CLOCK)
    return len(due)


_BY_CLOCK = {
    Status.SCHEDULED: Act.EXPIRE,
    Status.CONFIRMED: Act.START,
    Status.IN_PROGRESS: Act.COMPLETE,
}


async def _by_person(
    tx: Transaction, actor: Actor, session_id: int, act: Act, reason: str = ""
) -> Ending:
    """Do what a participant asks for, in the part that they have in the session."""
    session = await show(tx, actor, session_id)
    guild = await guilds.settings(tx, session.guild_id)
    return await _act(tx, guild, session, act, session.party(actor.user_id), actor, reason)


async def _act(
    tx: Transaction,
    guild: GuildSettings,
    session: SessionView,
    act: Act,
    party: Party,
    actor: Actor | None = None,
    reason: str = "",
) -> Ending:
    """Do what the table says for `party`; `actor` is the person, if it is one."""
    row = lifecycle.transition(act, session.status, party)
    if actor:
        _require_time(act, session, tx.now)
    by = actor.user_id if actor else None
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
            fee_percent=session.fee_percent if row.points is Points.PAID else 0,
            made_by=by,
        )
    changes: dict[str, object] = {
        "status": row.target,
        "next_at": {
            Status.CONFIRMED: session.starts_at,
            Status.IN_PROGRESS: session.ends_at + timedelta(minutes=guild.complete_after),
        }.get(row.target),
    }
    if row.target.is_over:
        changes |= {
            "ended_at": tx.now,
            "ended_by": by,
            "ended_reason": reason.strip()[:LONGEST_REASON] or None,
            "sequence": Session.sequence + 1,
        }
    await tx.connection.execute(update(Session).where(Session.id == session.id).values(**changes))
    if row.target.is_over and row.target is not Status.COMPLETED:
        await tx.connection.execute(delete(Commitment).where(Commitment.session_id == session.id))
        await notices.drop_ahead(tx, session.id)
    if row.target is Status.COMPLETED:
        await tx.connection.execute(
            update(MentorProfile)
            .where(
                MentorProfile.guild_id == session.guild_id,
                MentorProfile.user_id == session.mentor.user_id,
            )
            .values(sessions_completed=MentorProfile.sessions_completed + 1)
        )
    await notices.write(tx, _told(tx, guild, session, row, refund=refund, earned=earned))
    return Ending(await load(tx, session.id), refund)


def _told(
    tx: Transaction,
    guild: GuildSettings,
    session: SessionView,
    row: lifecycle.Transition,
    *,
    refund: int,
    earned: int,
) -> list[Draft]:
    """The notices of a transition: who hears of it now, and what is written ahead."""
    person = {Party.MENTOR: session.mentor.user_id, Party.MENTEE: session.mentee.user_id}
    if row.act is Act.START:
        # "Starting now" was written ahead, and so is the question that follows the end.
        return [
            Draft(
                Kind.HOW_WAS_IT,
                session.guild_id,
                person[Party.MENTEE],
                subject=str(session.id),
                due_at=session.ends_at,
                useful_until=session.ends_at + timedelta(minutes=guild.complete_after),
                session_id=session.id,
            )
        ]
    drafts = [
        Draft(
            Kind[row.target.name],
            session.guild_id,
            person[party],
            subject=str(session.id),
            due_at=tx.now,
            session_id=session.id,
            facts={"refund": refund, "earned": earned},
        )
        for party in row.tells
    ]
    if row.target is Status.CONFIRMED:
        drafts += ahead(session, guild, tx.now)
    return drafts


def ahead(session: SessionView, guild: GuildSettings, now: datetime) -> list[Draft]:
    """What is written ahead for a session that is on: reminders and "starting now" for both."""
    return notices.reminders(
        guild_id=session.guild_id,
        session_id=session.id,
        # A session keeps the time that it was booked for, so its reminders are written once.
        sequence=0,
        people=(session.mentor.user_id, session.mentee.user_id),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        leads=guild.reminders,
        now=now,
    )


def _refund(points: Points, guild: GuildSettings, session: SessionView, now: datetime) -> int:
    if points is Points.REFUNDED:
        return session.price
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


def _is_time(act: Act, session: SessionView, now: datetime) -> bool:
    """Nothing is confirmed, declined or cancelled once the start has come, nor done before it."""
    if act is Act.CONFIRM and session.answer_by is not None and now >= session.answer_by:
        return False
    if act in (Act.CONFIRM, Act.DECLINE, Act.CANCEL):
        return now < session.starts_at
    return True


def _require_time(act: Act, session: SessionView, now: datetime) -> None:
    if not _is_time(act, session, now):
        late = "past its start" if now >= session.starts_at else "past the time for an answer"
        raise NotAllowedNow(act=act.value, status=late)
