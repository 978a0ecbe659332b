"""Members who have left a guild, and others whose upcoming sessions all end.

Discord reports departures only to bots with a privileged intent, which this bot does without. So
the bot checks members before their sessions, when a message can't be delivered, and once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    select,
    union_all,
    update,
)

from mentorship import events, faults, statuses
from mentorship.errors import NotFound, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import open_offers
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.groups import group_changes, group_views
from mentorship.sessions.lifecycle import Action, EndReason, Party
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.queries import load_last_ids, upsert
from storage.tables import (
    Erasure,
    GroupSession,
    Member,
    MentorProfile,
    Participant,
    Session,
    SessionEnding,
    WaitlistEntry,
)
from storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class ExpectedMember:
    """A mentor or participant, who should be a member of the guild."""

    guild_id: int
    user_id: int


async def list_expected_members(
    tx: Transaction, within: timedelta | None = None
) -> list[ExpectedMember]:
    """List the members with a session that starts `within` that time, by guild and user.

    With None, list everybody with an upcoming session and all approved mentors.
    """
    # With those who have a group session, whether anybody has joined it or not.
    hosts = select(GroupSession.guild_id, GroupSession.mentor_id.label("user_id")).where(
        GroupSession.status == SessionStatus.CONFIRMED, GroupSession.starts_at > tx.now
    )
    participants = (
        select(Participant.guild_id, Participant.user_id)
        .join(Session, Session.id == Participant.session_id)
        .where(Session.status.in_(statuses.UPCOMING), Session.starts_at > tx.now)
    )
    if within is not None:
        soon = tx.now + within
        # The clock acts on a group session when it starts, or before: there is an index by that.
        soon_hosts = hosts.where(GroupSession.starts_at <= soon, GroupSession.next_at <= soon)
        rows = await tx.connection.execute(
            participants.where(Session.starts_at <= soon).union(soon_hosts)
        )
    else:
        mentors = select(MentorProfile.guild_id, MentorProfile.user_id).where(
            MentorProfile.status == ProfileStatus.APPROVED
        )
        rows = await tx.connection.execute(participants.union(hosts, mentors))
    return sorted(
        (ExpectedMember(row.guild_id, row.user_id) for row in rows),
        key=lambda member: (member.guild_id, member.user_id),
    )


async def record_departure(tx: Transaction, guild_id: int, user_id: int) -> int:
    """Record that a member has left: end their upcoming sessions and their mentor profile.

    A mentor's pending requests are declined, and their group sessions are cancelled. Places on
    waitlists are given up. Refunds follow the same rules as if the member had cancelled. The other
    participants are notified. Returns the number of sessions that have ended
    at once; the others end in further steps (`end_upcoming`). A second call does nothing. Neither
    does one about a person who is being erased, for that ends their sessions as well, and nothing
    more is written about them.
    """
    params = {"guild": guild_id, "user": user_id}
    if await tx.connection.scalar(_IS_BEING_ERASED, params):
        return 0
    departed = await tx.connection.execute(
        update(Member)
        .where(Member.guild_id == guild_id, Member.user_id == user_id, Member.left_at.is_(None))
        .values(left_at=tx.now)
    )
    if departed.rowcount:
        await events.record(tx, Event(EventType.MEMBER_LEFT, guild_id, user_id))
    await tx.connection.execute(
        update(MentorProfile)
        .where(
            MentorProfile.guild_id == guild_id,
            MentorProfile.user_id == user_id,
            MentorProfile.status == ProfileStatus.APPROVED,
        )
        .values(status=ProfileStatus.STOPPED)
    )
    # A suspension stays. A mentor who returns and is reinstated is paused until they resume.
    await tx.connection.execute(
        update(MentorProfile)
        .where(
            MentorProfile.guild_id == guild_id,
            MentorProfile.user_id == user_id,
            MentorProfile.status == ProfileStatus.SUSPENDED,
        )
        .values(paused=True, paused_until=None)
    )
    await open_offers.end_those_of_member(tx, guild_id, user_id)
    await tx.connection.execute(_DELETE_PLACES_IN_LINE, params)
    return await end_upcoming(tx, guild_id, user_id, EndingCause.LEFT)


_DELETE_PLACES_IN_LINE = delete(WaitlistEntry).where(
    WaitlistEntry.guild_id == bindparam("guild"), WaitlistEntry.user_id == bindparam("user")
)

_IS_BEING_ERASED = select(
    exists().where(Erasure.guild_id == bindparam("guild"), Erasure.user_id == bindparam("user"))
    # Unless they have used the bot since.
    & ~exists().where(
        Member.guild_id == bindparam("guild"),
        Member.user_id == bindparam("user"),
        Member.used_at.is_not(None),
    )
)


# --- Ending all of somebody's upcoming sessions ---------------------------------------------------

STEP = 10
"""Sessions that one transaction ends."""

GROUP_STEP = 2
"""Group sessions that one transaction calls off, each with the first of its seats."""

RETRY_DELAY = timedelta(minutes=1)
"""How long until a person's endings are retried if only such are left that have failed."""


class EndingCause(StrEnum):
    """Why all upcoming sessions of a person end."""

    LEFT = auto()
    SUSPENDED = auto()


async def end_upcoming(
    tx: Transaction, guild_id: int, user_id: int, cause: EndingCause, actor_id: int | None = None
) -> int:
    """Begin to end all sessions of a person that have not started, the soonest first.

    The first `STEP` end at once. If there are more, a job ends the rest (`end_next`), so that
    no transaction takes long. Sessions that are booked later are left alone. `SUSPENDED` cancels
    those that the person mentors, with a full refund, by the moderator `actor_id`. Group sessions
    of theirs are called off, and their seats follow. Returns how many have ended at once.
    """
    params = {"guild": guild_id, "user": user_id, "now": tx.now, "until": _NO_LIMIT}
    has_groups = await tx.connection.scalar(_GROUPS, params | {"began": tx.now}) is not None
    if not has_groups and await tx.connection.scalar(_ALL[cause].limit(1), params) is None:
        return 0
    values = {
        "actor_id": actor_id,
        "until_id": (await load_last_ids(tx.connection, [Session]))[Session.__tablename__],
        "began_at": tx.now,
        "next_at": tx.now,
    }
    row = upsert(tx.dialect, SessionEnding).values(
        guild_id=guild_id, user_id=user_id, cause=cause, **values
    )
    key = ["guild_id", "user_id", "cause"]
    await tx.connection.execute(row.on_conflict_do_update(index_elements=key, set_=values))
    return await _end_step(tx, (await tx.connection.execute(_FIND, params | {"of": cause})).one())


async def end_next(tx: Transaction) -> int:
    """End some more sessions of one person, and return how many people that were: 0 or 1."""
    ending = (await tx.connection.execute(_NEXT, {"now": tx.now})).one_or_none()
    if ending is None:
        return 0
    await _end_step(tx, ending)
    return 1


def upcoming_of_mentor(guild_id: int, mentor_id: int, now: datetime) -> Select[int]:
    """Select the ids of the sessions and seats that a suspension with `end_upcoming` cancels."""
    params = {"guild": guild_id, "user": mentor_id, "now": now, "until": _NO_LIMIT}
    return _AS_MENTOR_OR_HOST.params(params)


async def count_groups(tx: Transaction, guild_id: int, mentor_id: int) -> int:
    """Return how many group sessions of a mentor a suspension with `end_upcoming` cancels."""
    params = {"guild": guild_id, "user": mentor_id, "now": tx.now}
    return await tx.connection.scalar(_COUNT_GROUPS, params) or 0


_NO_LIMIT = 2**62


def _upcoming(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(Participant.session_id).where(
        Participant.guild_id == bindparam("guild"),
        Participant.user_id == bindparam("user"),
        Participant.session_starts_at > bindparam("now"),
        # `+ 0` keeps SQLite from reading all sessions that the person ever had.
        Participant.session_id + 0 <= bindparam("until"),
        *conditions,
    )


def _all_upcoming(roles: Sequence[str]) -> Select[int]:
    ranges = [
        _upcoming(Participant.role == role, Participant.session_status == status)
        for role in roles
        for status in sorted(statuses.UPCOMING)
    ]
    return select(union_all(*ranges).subquery().c.session_id)


def _soonest(roles: Sequence[Party]) -> Select[int]:
    """Select the first `STEP`: a range of one index for each role and status, and no more of it."""
    ranges = [
        _upcoming(
            Participant.role == role,
            Participant.session_status == status,
            ~faults.awaits_retry(
                FaultKind.CANCELLATION, Participant.session_id.expression, bindparam("now")
            ),
        )
        .add_columns(Participant.session_starts_at)
        .order_by(Participant.session_starts_at)
        .limit(STEP)
        .subquery()
        .select()
        for role in roles
        for status in sorted(statuses.UPCOMING)
    ]
    session_id, starts_at = union_all(*ranges).subquery().c
    return select(session_id).order_by(starts_at, session_id).limit(STEP)


_ROLES = {
    EndingCause.LEFT: (Party.MENTOR, Party.MENTEE),
    EndingCause.SUSPENDED: (Party.MENTOR,),
}
_ALL = {cause: _all_upcoming(roles) for cause, roles in _ROLES.items()}
_AS_MENTOR_OR_HOST = _all_upcoming((Party.MENTOR, "host"))
_GROUPS = (
    select(GroupSession.id)
    .where(
        GroupSession.guild_id == bindparam("guild"),
        GroupSession.mentor_id == bindparam("user"),
        GroupSession.starts_at > bindparam("now", type_=UtcDateTime),
        GroupSession.status == SessionStatus.CONFIRMED,
        GroupSession.created_at <= bindparam("began", type_=UtcDateTime),
    )
    .order_by(GroupSession.starts_at)
    .limit(GROUP_STEP)
)
_COUNT_GROUPS = select(func.count()).where(
    GroupSession.guild_id == bindparam("guild"),
    GroupSession.mentor_id == bindparam("user"),
    GroupSession.starts_at > bindparam("now", type_=UtcDateTime),
    GroupSession.status == SessionStatus.CONFIRMED,
)
_NEXT_GROUPS = _GROUPS.where(
    ~faults.awaits_retry(
        FaultKind.GROUP_SESSION, GroupSession.id.expression, bindparam("now", type_=UtcDateTime)
    )
)
_SOONEST = {cause: _soonest(roles) for cause, roles in _ROLES.items()}
_IS_ENDING = (
    SessionEnding.guild_id == bindparam("guild"),
    SessionEnding.user_id == bindparam("user"),
    SessionEnding.cause == bindparam("of"),
)
_FIND = select(*SessionEnding.__table__.c).where(*_IS_ENDING)
_NEXT = (
    select(*SessionEnding.__table__.c)
    .where(
        SessionEnding.next_at <= bindparam("now"),
        # A cause that only a newer version of the program knows is left to that.
        SessionEnding.cause.in_(tuple(EndingCause)),
        SessionEnding.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(SessionEnding.next_at)
    .limit(1)
)
_DONE = delete(SessionEnding).where(*_IS_ENDING)
_GO_ON = update(SessionEnding).where(*_IS_ENDING).values(next_at=bindparam("then"))


async def _end_step(tx: Transaction, ending: Row[*tuple[Any, ...]]) -> int:
    """End the next sessions, and note that there are more, or delete the note.

    Returns how many sessions have ended.
    """
    cause = EndingCause(ending.cause)
    of_person = {"guild": ending.guild_id, "user": ending.user_id}
    params = {**of_person, "now": tx.now, "until": ending.until_id}
    ended_groups = await _end_groups(tx, ending)
    session_ids = (await tx.connection.scalars(_SOONEST[cause], params)).all()
    rows = await session_views.load_rows(tx, session_ids)
    settings: list[GuildSettings] = []

    async def end(session_id: int) -> int:
        if session_id not in rows:
            # Its participants, or their memberships, are gone.
            raise NotFound(Subject.SESSION)
        if not settings:
            settings.append(await guild_settings.load(tx, ending.guild_id))
        (guild,) = settings
        session = session_views.from_row(rows[session_id])
        if cause is EndingCause.SUSPENDED:
            await transitions.apply(
                *(tx, guild, session, Action.CANCEL, Party.MODERATOR),
                by=ending.actor_id,
                reason=EndReason.MENTOR_UNAVAILABLE,
            )
            return session_id
        party = session.party(ending.user_id)
        action = lifecycle.ending_action(session.status, party, session.unit)
        await transitions.apply(
            *(tx, guild, session, action, party),
            by=ending.user_id,
            reason=EndReason.LEFT_GUILD,
            facts={"left": True},
        )
        return session_id

    outcome = await faults.isolate(
        tx, FaultKind.CANCELLATION, session_ids, end, lambda session_id: session_id
    )
    await faults.clear(tx, FaultKind.CANCELLATION, outcome.results)
    then = tx.now
    ended = len(outcome.results) + ended_groups
    if len(session_ids) < STEP and ended_groups < GROUP_STEP:
        groups = params | {"began": ending.began_at}
        has_groups = await tx.connection.scalar(_GROUPS, groups) is not None
        if not has_groups and await tx.connection.scalar(_ALL[cause].limit(1), params) is None:
            await tx.connection.execute(_DONE, {**of_person, "of": cause})
            return ended
        then += RETRY_DELAY
    await tx.connection.execute(_GO_ON, {**of_person, "of": cause, "then": then})
    return ended


async def _end_groups(tx: Transaction, ending: Row[*tuple[Any, ...]]) -> int:
    """Call off the next group sessions of a mentor. Returns how many that were.

    One that fails is tried again, as sessions are.
    """
    is_suspended = EndingCause(ending.cause) is EndingCause.SUSPENDED
    params = {"guild": ending.guild_id, "user": ending.user_id, "now": tx.now}
    params |= {"began": ending.began_at}
    group_ids = (await tx.connection.scalars(_NEXT_GROUPS, params)).all()

    async def call_off(group_id: int) -> int:
        await group_changes.call_off(
            tx,
            await group_views.load(tx, group_id),
            Party.MODERATOR if is_suspended else Party.MENTOR,
            by=ending.actor_id if is_suspended else ending.user_id,
            reason=EndReason.MENTOR_UNAVAILABLE if is_suspended else EndReason.LEFT_GUILD,
        )
        return group_id

    outcome = await faults.isolate(
        tx, FaultKind.GROUP_SESSION, group_ids, call_off, lambda group_id: group_id
    )
    await faults.clear(tx, FaultKind.GROUP_SESSION, outcome.results)
    return len(group_ids)
