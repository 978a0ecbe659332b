"""Members who have left a guild: their upcoming sessions end.

Discord reports departures only to bots with a privileged intent, which this bot does without. So
the bot checks members before their sessions, when a message can't be delivered, and once a day.
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
    participants = (
        select(Participant.guild_id, Participant.user_id)
        .join(Session, Session.id == Participant.session_id)
        .where(Session.status.in_(statuses.UPCOMING), Session.starts_at > tx.now)
    )
    if within is not None:
        rows = await tx.connection.execute(
            participants.where(Session.starts_at <= tx.now + within).distinct()
        )
    else:
        mentors = select(MentorProfile.guild_id, MentorProfile.user_id).where(
            MentorProfile.status == ProfileStatus.APPROVED
        )
        rows = await tx.connection.execute(participants.union(mentors))
    return sorted(
        (ExpectedMember(row.guild_id, row.user_id) for row in rows),
        key=lambda member: (member.guild_id, member.user_id),
    )


async def record_departure(tx: Transaction, guild_id: int, user_id: int) -> int:
    """Record that a member has left: end their upcoming sessions and their mentor profile.

    A mentor's pending requests are declined. Refunds follow the same rules as if the member had
    cancelled. The other participants are notified. Returns the number of ended sessions. A second
    call does nothing.
    """
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
    ids = await tx.connection.scalars(
        select(Participant.session_id).where(
            Participant.guild_id == guild_id,
            Participant.user_id == user_id,
            Participant.role.in_(Party),
            Participant.session_status.in_(statuses.UPCOMING),
            Participant.session_starts_at > tx.now,
        )
    )
    upcoming = await session_views.list_by_id(tx, ids.all())
    guild = await guild_settings.load(tx, guild_id)
    for session in upcoming:
        party = session.party(user_id)
        is_pending_request = session.status is SessionStatus.SCHEDULED and party is Party.MENTOR
        await transitions.apply(
            tx,
            guild,
            session,
            Action.DECLINE if is_pending_request else Action.CANCEL,
            party,
            by=user_id,
            reason=EndReason.LEFT_GUILD,
            facts={"left": True},
        )
    return len(upcoming)
