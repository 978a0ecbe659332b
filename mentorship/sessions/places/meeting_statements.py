"""The statements for meeting rooms: which are to be opened and closed, and what became of one."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, exists, func, or_, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.statuses import AGREED, CALLED_OFF
from storage.tables import Guild, MeetingPlace, MentorProfile, Session
from storage.types import RowId, UtcDateTime

_SESSIONS_WITH_ROOMS = (
    Session.__table__.join(Guild.__table__, Guild.id == Session.guild_id)
    .join(MentorProfile.__table__, MentorProfile.id == Session.profile_id)
    .outerjoin(MeetingPlace.__table__, MeetingPlace.session_id == Session.id)
)
_CHOSEN_PLACE = func.coalesce(MentorProfile.meeting_place, Guild.meeting_place)
"""Where the mentor meets, or else everyone in the server."""

_ROOMS = MeetingPlace.__table__.join(Session.__table__)

_NOW, _OPEN_UNTIL = bindparam("now", type_=UtcDateTime), bindparam("open_until", type_=UtcDateTime)
_LIMIT = bindparam("limit", type_=Integer)


_SHOULD_OPEN = (
    # Agreed sessions that start soon or have started, without the room that their mentor or guild
    # uses.
    Session.starts_at > bindparam("earliest_start"),
    Session.starts_at <= _OPEN_UNTIL,
    Session.ends_at > _NOW,
    Session.status.in_(AGREED),
    _CHOSEN_PLACE.in_(("thread", "voice")),
    # A group session has a room for all of its seats (`mentorship.sessions.groups.places`).
    # `+ 0` keeps SQLite from reading all sessions without one.
    (Session.group_id + 0).is_(None),
    Guild.purge_began_at.is_(None),
    MeetingPlace.channel_id.is_(None),
    MeetingPlace.next_at.is_(None) | (MeetingPlace.next_at <= _NOW),
    # After the start, those who were told to meet elsewhere are there.
    MeetingPlace.told_at.is_(None) | (Session.starts_at > _NOW),
    ~faults.awaits_retry(FaultKind.MEETING_ROOM, Session.id.expression, _NOW),
)
_SHOULD_CLOSE = (
    # Rooms of sessions that are over for a while, were called off or were rescheduled.
    MeetingPlace.next_at <= _NOW,
    or_(
        Session.ends_at <= bindparam("ended_before"),
        Session.starts_at > _OPEN_UNTIL,
        Session.status.in_(CALLED_OFF),
    ),
)
HAS_DUE = select(
    or_(
        exists(select(Session.id).select_from(_SESSIONS_WITH_ROOMS).where(*_SHOULD_OPEN)),
        exists(select(Session.id).select_from(_ROOMS).where(*_SHOULD_CLOSE)),
    )
)
TO_OPEN = (
    select(
        Session.id,
        _CHOSEN_PLACE.label("meeting_place"),
        MeetingPlace.kind,
        MeetingPlace.name,
        MeetingPlace.told_at,
    )
    .select_from(_SESSIONS_WITH_ROOMS)
    .where(*_SHOULD_OPEN)
    .order_by(Session.starts_at)
    .limit(_LIMIT)
)
TO_CLOSE = select(*MeetingPlace.__table__.c).select_from(_ROOMS).where(*_SHOULD_CLOSE).limit(_LIMIT)

_CHANNEL = bindparam("channel", type_=RowId)
SET_CHANNEL = (
    update(Session)
    .where(
        Session.id == bindparam("session", type_=RowId),
        Session.meeting_channel_id.is_distinct_from(_CHANNEL),
    )
    .values(meeting_channel_id=_CHANNEL, sequence=Session.sequence + 1)
)


_IS_PLACE = MeetingPlace.session_id == bindparam("session", type_=RowId)
SET_TOLD = (
    update(MeetingPlace).where(_IS_PLACE, MeetingPlace.told_at.is_(None)).values(told_at=_NOW)
)
KEEP = (
    update(MeetingPlace)
    .where(
        _IS_PLACE,
        MeetingPlace.kept_since.is_(None)
        | (MeetingPlace.kept_since > bindparam("latest", type_=UtcDateTime)),
    )
    .values(
        kept_since=func.coalesce(MeetingPlace.kept_since, _NOW),
        next_at=bindparam("next", type_=UtcDateTime),
    )
)
