"""The mentorship of two people: what their page says of it, ending and resuming it.

A mentorship that has ended is an archive: nothing is deleted, both can read everything, and nobody
is asked about its goals and next steps any more. It goes on once one of the two resumes it, or
books a session with the other (`mentorship.sessions.insertion`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, bindparam, select, update

from mentorship import statuses
from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import blocks, members
from mentorship.notifications.publishing import publish
from mentorship.relationships import goals, next_steps, pairs
from mentorship.relationships.goals import GoalView
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.pairs import MentorshipView
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Mentorship, Participant, Session
from storage.types import UtcDateTime

MAX_UPCOMING = 10
"""Upcoming sessions that are named when a mentorship ends."""


@dataclass(frozen=True, slots=True)
class UpcomingSession:
    """A session of the two that hasn't started, pending or confirmed."""

    id: int
    starts_at: datetime
    status: SessionStatus


@dataclass(frozen=True, slots=True)
class MentorshipPage:
    """A mentorship with what its page says above the timeline. Times are UTC.

    `since` is the start of the first session that took place, None before it. `sessions_held` and
    `minutes_held` count the completed ones. `upcoming` are the next sessions, the soonest first, at
    most `MAX_UPCOMING`. `latest_session_id` is the one whose mentor and length are booked again.
    `goals` are all of them, open or not. `open_steps` are what the two still have to do.
    """

    mentorship: MentorshipView
    since: datetime | None
    sessions_held: int
    minutes_held: int
    upcoming: tuple[UpcomingSession, ...]
    latest_session_id: int | None
    goals: tuple[GoalView, ...]
    open_steps: tuple[StepView, ...] = ()

    @property
    def open_goals(self) -> tuple[GoalView, ...]:
        """The goals that are neither reached nor dropped."""
        return tuple(goal for goal in self.goals if goal.is_open)


_OF_PAIR = (
    Participant.guild_id == bindparam("guild", type_=BigInteger),
    Participant.mentor_id == bindparam("mentor", type_=BigInteger),
    Participant.user_id == bindparam("mentee", type_=BigInteger),
)
_SELECT_HELD = (
    select(Session.starts_at, Session.ends_at)
    .join(Participant, Participant.session_id == Session.id)
    .where(*_OF_PAIR, Participant.session_status == SessionStatus.COMPLETED.value)
    .order_by(Participant.session_starts_at)
)
_SELECT_UPCOMING = (
    select(Participant.session_id, Participant.session_starts_at, Participant.session_status)
    .where(
        *_OF_PAIR,
        Participant.session_starts_at > bindparam("now", type_=UtcDateTime),
        Participant.session_status.in_(sorted(statuses.UPCOMING)),
    )
    .order_by(Participant.session_starts_at, Participant.session_id)
    .limit(bindparam("limit", type_=Integer))
)
_SELECT_LATEST = (
    select(Participant.session_id)
    .where(*_OF_PAIR, Participant.group_id.is_(None))
    .order_by(Participant.session_starts_at.desc(), Participant.session_id.desc())
    .limit(1)
)
_END = (
    update(Mentorship)
    .where(Mentorship.id == bindparam("mentorship"), Mentorship.ended_at.is_(None))
    .values(ended_at=bindparam("ended_at"), ended_side=bindparam("side"))
)
_RESUME = (
    update(Mentorship)
    .where(Mentorship.id == bindparam("mentorship"), Mentorship.ended_at.is_not(None))
    .values(ended_at=None, ended_side=None)
)


async def load_page(
    tx: Transaction, actor: Actor, other_id: int, party: Party | None = None
) -> MentorshipPage:
    """Load the page of the actor's mentorship with somebody. See `pairs.find` for the errors."""
    return await _load(tx, await pairs.find(tx, actor, other_id, party))


async def _load(tx: Transaction, mentorship: MentorshipView) -> MentorshipPage:
    params = {
        "guild": mentorship.guild_id,
        "mentor": mentorship.mentor.user_id,
        "mentee": mentorship.mentee.user_id,
    }
    held: Sequence[Row[*tuple[Any, ...]]] = (
        await tx.connection.execute(_SELECT_HELD, params)
    ).all()
    seconds = sum((row.ends_at - row.starts_at).total_seconds() for row in held)
    coming = params | {"now": tx.now, "limit": MAX_UPCOMING}
    upcoming = await tx.connection.execute(_SELECT_UPCOMING, coming)
    return MentorshipPage(
        mentorship,
        since=held[0].starts_at if held else None,
        sessions_held=len(held),
        minutes_held=int(seconds // 60),
        upcoming=tuple(
            UpcomingSession(
                row.session_id, row.session_starts_at, SessionStatus(row.session_status)
            )
            for row in upcoming
        ),
        latest_session_id=await tx.connection.scalar(_SELECT_LATEST, params),
        goals=await goals.list_all(tx, mentorship),
        open_steps=tuple(
            await next_steps.list_open_between(
                tx, mentorship.guild_id, params["mentor"], params["mentee"]
            )
        ),
    )


async def end(
    tx: Transaction, actor: Actor, other_id: int, party: Party | None = None
) -> MentorshipPage:
    """End the actor's mentorship with somebody, who is told once. Upcoming sessions are kept.

    Ending it twice changes nothing. Raises what `pairs.find` does.
    """
    mentorship = await pairs.find(tx, actor, other_id, party)
    if mentorship.has_ended:
        return await _load(tx, mentorship)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    mentorship_id = await goals.open_mentorship(tx, mentorship)
    side = mentorship.party(actor.user_id)
    params = {"mentorship": mentorship_id, "ended_at": tx.now, "side": side.value}
    if not (await tx.connection.execute(_END, params)).rowcount:
        return await _load(tx, await pairs.find(tx, actor, other_id, side))
    await _publish(tx, EventType.MENTORSHIP_ENDED, actor, mentorship, mentorship_id)
    ended = replace(mentorship, id=mentorship_id, ended_at=tx.now, ended_by=side)
    return await _load(tx, ended)


async def resume(
    tx: Transaction, actor: Actor, other_id: int, party: Party | None = None
) -> MentorshipPage:
    """Resume a mentorship that one of the two has ended. Resuming it twice changes nothing.

    Raises what `pairs.find` does, `BlockedByYou` and `NotAvailable`.
    """
    mentorship = await pairs.find(tx, actor, other_id, party)
    await blocks.require_not_blocked(tx, actor.guild, actor.user_id, other_id)
    if not mentorship.has_ended:
        return await _load(tx, mentorship)
    await members.record(tx, actor)
    assert mentorship.id is not None
    if (await tx.connection.execute(_RESUME, {"mentorship": mentorship.id})).rowcount:
        await _publish(tx, EventType.MENTORSHIP_RESUMED, actor, mentorship, mentorship.id)
    return await _load(tx, replace(mentorship, ended_at=None, ended_by=None))


async def _publish(
    tx: Transaction,
    event_type: EventType,
    actor: Actor,
    mentorship: MentorshipView,
    mentorship_id: int,
) -> None:
    other = mentorship.other(actor.user_id)
    reachable = not (
        other.has_left or await blocks.exists_between(tx, actor.guild, actor.user_id, other.user_id)
    )
    event = Event(
        event_type,
        actor.guild,
        actor.user_id,
        subject_id=other.user_id,
        facts={"mentorship": mentorship_id},
    )
    await publish(tx, event, participants=[other.user_id] if reachable else [])
