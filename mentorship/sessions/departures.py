"""People who have left a server: what they had promised there is called off.

Nobody tells the bot that somebody left (it asks for no privileged intent), so the faces look when
they have a reason to: before a session, when a message can't be delivered, and once a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from mentorship import events, statuses
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action, EndReason, Party
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.tables import Member, MentorProfile, Participant, Session


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody who is to be in a guild, since others count on it."""

    guild_id: int
    user_id: int


async def expected(tx: Transaction, within: timedelta | None = None) -> list[Expected]:
    """Who has a session before them that begins `within` that time; None: all, and all mentors."""
    coming = (
        select(Participant.guild_id, Participant.user_id)
        .join(Session, Session.id == Participant.session_id)
        .where(Session.status.in_(statuses.UPCOMING), Session.starts_at > tx.now)
    )
    if within is not None:
        rows = await tx.connection.execute(
            coming.where(Session.starts_at <= tx.now + within).distinct()
        )
    else:
        mentors = select(MentorProfile.guild_id, MentorProfile.user_id).where(
            MentorProfile.status == ProfileStatus.APPROVED
        )
        rows = await tx.connection.execute(coming.union(mentors))
    return sorted(
        (Expected(row.guild_id, row.user_id) for row in rows),
        key=lambda who: (who.guild_id, who.user_id),
    )


async def leave(tx: Transaction, guild_id: int, user_id: int) -> int:
    """Somebody was found to have left: their coming sessions end, by the rule of their own part.

    Of a mentor's sessions everything goes back, of a mentee's what the policy says; the others are
    told. A mentor is in the marketplace no more. Returns how many sessions ended. Doing it again
    does nothing.
    """
    mine = (Member.guild_id == guild_id, Member.user_id == user_id)
    departed = await tx.connection.execute(
        update(Member).where(*mine, Member.left_at.is_(None)).values(left_at=tx.now)
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
    rows = await tx.connection.execute(
        session_views.query().where(
            Session.id.in_(
                select(Participant.session_id).where(
                    Participant.guild_id == guild_id, Participant.user_id == user_id
                )
            ),
            Session.status.in_(statuses.UPCOMING),
            Session.starts_at > tx.now,
        )
    )
    coming = [session_views.view_of(row) for row in rows]
    guild = await guild_settings.load(tx, guild_id)
    for session in coming:
        party = session.party(user_id)
        unanswered = session.status is SessionStatus.SCHEDULED and party is Party.MENTOR
        await transitions.apply(
            tx,
            guild,
            session,
            Action.DECLINE if unanswered else Action.CANCEL,
            party,
            by=user_id,
            reason=EndReason.LEFT_GUILD,
            facts={"left": True},
        )
    return len(coming)
