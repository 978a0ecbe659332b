"""A mentor or a mentee says that they will be late for their session, or for their seat's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, Obstacle, SessionAction, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.publishing import publish
from mentorship.sessions import session_reviews, session_views
from mentorship.sessions.lateness import late_attendees, rules
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import Participant


@dataclass(frozen=True, slots=True)
class DelayOptions:
    """A session, and the delays in minutes that its participant can announce now."""

    session: SessionView
    choices: tuple[int, ...]


def choices(session: SessionView, user_id: int, now: datetime) -> tuple[int, ...]:
    """Return the delays, in minutes, that a participant can announce now.

    The mentor of a group session announces theirs for the whole of it, and not for a seat.
    """
    party = session.party(user_id)
    if not _is_own(session, party):
        return ()
    announced = session.late.get(party)
    return rules.choices(session.status, session.starts_at, session.ends_at, announced, now)


async def load_options(tx: Transaction, actor: Actor, session_id: int) -> DelayOptions:
    """Load what a participant can say about their delay.

    Raises `NotFound`, `NotAMember`, and `NotAllowedNow` if there is nothing to choose from.
    """
    session = await _load(tx, actor, session_id)
    options = choices(session, actor.user_id, tx.now)
    if not options:
        _require(session, rules.CHOICES[-1], actor, tx.now)
    return DelayOptions(session, options)


async def announce(tx: Transaction, actor: Actor, session_id: int, minutes: int) -> SessionView:
    """Say that the actor will be `minutes` late, one of `rules.CHOICES`, and tell the other.

    Saying the same again changes nothing. Raises `NotFound`, `NotAMember`, `NotAllowedNow`.
    """
    session = await _load(tx, actor, session_id)
    party = session.party(actor.user_id)
    if session.late.get(party) == minutes and _is_own(session, party):
        return session
    _require(session, minutes, actor, tx.now)
    params = {"session": session.id, "user": actor.user_id, "minutes": minutes}
    await tx.connection.execute(_SET, params)
    await session_reviews.mark_changed(tx, session.id)
    other = session.person(party.other)
    event = Event(
        EventType.SESSION_RUNNING_LATE,
        session.guild_id,
        actor.user_id,
        subject_id=other.user_id,
        session_id=session.id,
        group_id=session.group_id,
        facts={"minutes": minutes},
    )
    after = replace(session, late={**session.late, party: minutes}, changed_at=tx.now)
    if session.group_id is not None:
        await publish(tx, event)
        await late_attendees.tell_mentor(tx, after)
    else:
        await publish(
            tx,
            event,
            participants=[] if other.has_left else [other.user_id],
            useful_until=session.starts_at + timedelta(minutes=minutes),
            starts_at=session.starts_at,
        )
    return after


async def _load(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    session = await session_views.load_for_participant(tx, actor, session_id)
    session_views.require_member(actor, session)
    return session


def _is_own(session: SessionView, party: Party) -> bool:
    """Return whether a participant's delay belongs to this session, and not to all of its seats."""
    return party is Party.MENTEE or session.unit is Unit.SESSION


def _require(session: SessionView, minutes: int, actor: Actor, now: datetime) -> None:
    party = session.party(actor.user_id)
    if not _is_own(session, party):
        obstacle = Obstacle.PART_OF_GROUP
        raise NotAllowedNow(SessionAction.ANNOUNCE_DELAY, obstacle, status=session.status)
    rules.require(
        minutes,
        session.status,
        session.starts_at,
        session.ends_at,
        session.late.get(party),
        now,
        Subject.SESSION,
    )


_SET = (
    update(Participant)
    .where(Participant.session_id == bindparam("session"), Participant.user_id == bindparam("user"))
    .values(late_minutes=bindparam("minutes"))
)
