"""The meeting link of one session, which its mentor can set at any time until it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotYours, Obstacle, SessionAction, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.mentors import meeting_link
from mentorship.mentors.profile_rules import validate_link
from mentorship.notifications.publishing import publish
from mentorship.sessions import session_views
from mentorship.sessions.lifecycle import Party, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, UPCOMING
from storage import Transaction
from storage.tables import MentorProfile, Session

SHOWN_FROM = timedelta(hours=1)
"""How long before the start reminders contain the link. A later change is a notification."""

_OWN_LINK = select(MentorProfile.id, MentorProfile.meeting_link).where(
    MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
)
_UPDATE = (
    update(Session)
    .where(Session.id == bindparam("session"))
    .values(meeting_link=bindparam("link"), sequence=Session.sequence + 1)
)


def can_set(session: SessionView, user_id: int, now: datetime) -> bool:
    """Return whether this person can set the session's link: its mentor, until it ends.

    The seats of a group session have its link, which its mentor edits.
    """
    is_mentor = session.party(user_id) is Party.MENTOR and session.unit is Unit.SESSION
    return is_mentor and session.status in UPCOMING | AGREED and now < session.ends_at


async def load_for_change(tx: Transaction, actor: Actor, session_id: int) -> SessionView:
    """Load a session whose link the actor can set.

    Raises `NotFound`, `NotAMember`, `NotYours`, `NotAllowedNow`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    if session.party(actor.user_id) is not Party.MENTOR:
        raise NotYours(Subject.SESSION)
    if not can_set(session, actor.user_id, tx.now):
        obstacle = None if session.unit is Unit.SESSION else Obstacle.PART_OF_GROUP
        raise NotAllowedNow(SessionAction.SET_LINK, obstacle, status=session.status)
    session_views.require_member(actor, session)
    return session


async def set_link(tx: Transaction, actor: Actor, session_id: int, text: str) -> SessionView:
    """Set the link of one session as its mentor, or remove it with an empty text.

    A mentor without a link of their own gets it for all further sessions as well. If the reminders
    with the link are out already, the mentee is notified. Raises what `load_for_change` does, and
    `InvalidField`.
    """
    session = await load_for_change(tx, actor, session_id)
    link = validate_link(text)
    if link == session.meeting_link:
        return session
    await tx.connection.execute(_UPDATE, {"session": session_id, "link": link})
    params = {"guild": session.guild_id, "user": actor.user_id}
    profile = (await tx.connection.execute(_OWN_LINK, params)).one()
    if link is not None and profile.meeting_link is None:
        await meeting_link.store(tx, profile.id, link)
    event = Event(
        EventType.MEETING_LINK_CHANGED,
        session.guild_id,
        actor.user_id,
        subject_id=session.mentee.user_id,
        session_id=session_id,
    )
    is_urgent = session.status in AGREED and tx.now >= session.starts_at - SHOWN_FROM
    await publish(
        tx,
        event,
        participants=[session.mentee.user_id] if is_urgent else [],
        useful_until=session.ends_at,
    )
    return replace(session, meeting_link=link, sequence=session.sequence + 1)
