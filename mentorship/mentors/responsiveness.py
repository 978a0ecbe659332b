"""Whether a mentor answers booking requests, and what happens if they don't.

After two requests in a row that expired unanswered, the mentor is asked whether they still mentor.
The next one pauses them, unless they were asked less than `TIME_TO_REACT` before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.mentors.track_record import ANSWER_HOURS, bounds_reached
from mentorship.notifications.publishing import publish
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import MentorProfile

ASKED_AFTER, PAUSED_AFTER = 2, 3
"""Requests in a row that expire before a mentor is asked, and before they are paused."""

TIME_TO_REACT = timedelta(hours=12)
"""The least time between the question and the pause."""

_IS_MENTOR = (
    MentorProfile.guild_id == bindparam("guild"),
    MentorProfile.user_id == bindparam("mentor"),
)
_COUNT_ANSWER = (
    update(MentorProfile)
    .where(*_IS_MENTOR)
    .values(
        requests_answered=MentorProfile.requests_answered + 1,
        **{
            f"answers_{hours}h": MentorProfile.__table__.c[f"answers_{hours}h"]
            + bindparam(f"in_{hours}h", type_=BigInteger)
            for hours in ANSWER_HOURS
        },
        expired_in_a_row=0,
        asked_if_active_at=None,
    )
)
_COUNT_EXPIRY = (
    update(MentorProfile)
    .where(*_IS_MENTOR)
    .values(
        requests_expired=MentorProfile.requests_expired + 1,
        expired_in_a_row=MentorProfile.expired_in_a_row + 1,
    )
    .returning(
        MentorProfile.id,
        MentorProfile.status,
        MentorProfile.paused,
        MentorProfile.paused_until,
        MentorProfile.expired_in_a_row,
        MentorProfile.asked_if_active_at,
    )
)
_RESET = (
    update(MentorProfile).where(*_IS_MENTOR).values(expired_in_a_row=0, asked_if_active_at=None)
)


async def record_answer(tx: Transaction, guild_id: int, mentor_id: int, waited: timedelta) -> None:
    """Count a request that the mentor has answered after the mentee had `waited` for it."""
    reached = bounds_reached(waited)
    within = {f"in_{hours}h": int(hours in reached) for hours in ANSWER_HOURS}
    await tx.connection.execute(_COUNT_ANSWER, {"guild": guild_id, "mentor": mentor_id, **within})


async def record_expiry(tx: Transaction, guild_id: int, mentor_id: int) -> None:
    """Count a request that expired unanswered; ask or pause the mentor if it is time."""
    mentor = {"guild": guild_id, "mentor": mentor_id}
    profile = (await tx.connection.execute(_COUNT_EXPIRY, mentor)).one_or_none()
    if profile is None or profile.status != ProfileStatus.APPROVED or _is_paused(tx, profile):
        return
    asked_at, in_a_row = profile.asked_if_active_at, profile.expired_in_a_row
    values: dict[str, object]
    if asked_at is None and in_a_row >= ASKED_AFTER:
        event_type, values = EventType.MENTOR_ASKED_IF_ACTIVE, {"asked_if_active_at": tx.now}
    elif asked_at is not None and in_a_row >= PAUSED_AFTER and asked_at + TIME_TO_REACT <= tx.now:
        event_type = EventType.MENTOR_PAUSED_FOR_SILENCE
        values = {
            "paused": True,
            "paused_until": None,
            "expired_in_a_row": 0,
            "asked_if_active_at": None,
        }
    else:
        return
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == profile.id).values(**values)
    )
    facts = {"unanswered": in_a_row}
    await publish(tx, Event(event_type, guild_id, subject_id=mentor_id, facts=facts))


async def confirm_active(tx: Transaction, actor: Actor) -> bool:
    """Record that a mentor who was asked still mentors.

    Returns whether they take bookings, which a pause prevents. Raises what
    `own_profile.why_not_mentoring` returns, and what `members.require_member` does.
    """
    profile = await own_profile.load_approved(tx, actor)
    await members.require_member_of(tx, actor, actor.guild)
    if profile.expired_in_a_row or profile.asked_if_active_at is not None:
        await tx.connection.execute(_RESET, {"guild": actor.guild, "mentor": actor.user_id})
        event = Event(EventType.MENTOR_CONFIRMED_ACTIVE, actor.guild, actor.user_id)
        await events.record(tx, event)
    return not _is_paused(tx, profile)


def _is_paused(tx: Transaction, profile: Row[*tuple[Any, ...]]) -> bool:
    """Return whether a mentor takes no bookings now. A pause with an end ends by itself."""
    return profile.paused and (profile.paused_until is None or tx.now < profile.paused_until)
