"""Meeting rooms: private threads or voice channels that exist for the time of a session.

A room is recorded with its name before it is created in Discord. If the program dies in between,
the next attempt finds the channel by that name instead of creating a second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, or_, select, update

from mentorship import faults
from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, CALLED_OFF
from storage import Transaction
from storage.queries import upsert
from storage.tables import Guild, MeetingPlace, Session
from storage.types import RowId, UtcDateTime

OPENS_BEFORE = timedelta(minutes=15)
"""How long before the start a room is created."""

CLOSES_AFTER = timedelta(minutes=30)
"""How long after the end a room is deleted."""

LEASE = timedelta(minutes=2)
"""Time to create or delete a claimed room before it is claimed again."""

RETRY_DELAY = timedelta(minutes=5)
"""Time between a failure and the next attempt."""

BATCH_SIZE = 50
"""Maximum number of rooms that one call claims."""


@dataclass(frozen=True, slots=True)
class MeetingRoom:
    """A room to create or delete. `kind` is `thread` or `voice`.

    `channel_id` is None until the channel is recorded. `attempted_before` tells that an earlier
    attempt may have created the channel without recording it; it then has this `name`.
    """

    session: SessionView
    guild: GuildSettings
    kind: str
    name: str
    channel_id: int | None
    attempted_before: bool

    @property
    def closes_at(self) -> datetime:
        """When the room is deleted."""
        return self.session.ends_at + CLOSES_AFTER


async def has_due_rooms(tx: Transaction) -> bool:
    """Return whether a room has to be created or deleted now.

    Reads few rows, however many sessions are booked.
    """
    return bool(await tx.connection.scalar(_HAS_DUE, _time_params(tx.now)))


async def claim_rooms_to_open(tx: Transaction) -> list[MeetingRoom]:
    """Claim the rooms to create now, for the time of `LEASE`. At most `BATCH_SIZE`."""
    rows = (await tx.connection.execute(_TO_OPEN, _time_params(tx.now))).all()
    sessions = await session_views.load_rows(tx, [row.id for row in rows])

    async def claim(row: Row[*tuple[Any, ...]]) -> MeetingRoom:
        session = session_views.from_row(sessions[row.id])
        kind, name = row.kind or row.meeting_place, row.name or _room_name(session)
        guild = await guild_settings.load(tx, session.guild_id)
        await tx.connection.execute(
            upsert(tx.dialect, MeetingPlace)
            .values(session_id=session.id, kind=kind, name=name, next_at=tx.now + LEASE)
            .on_conflict_do_update(index_elements=["session_id"], set_={"next_at": tx.now + LEASE})
        )
        return MeetingRoom(session, guild, kind, name, None, attempted_before=row.name is not None)

    return (
        await faults.isolate(tx, FaultKind.MEETING_ROOM, rows, claim, lambda row: row.id)
    ).results


async def claim_rooms_to_close(tx: Transaction) -> list[MeetingRoom]:
    """Claim the rooms to delete now, for the time of `LEASE`. At most `BATCH_SIZE`."""
    rows = await tx.connection.execute(_TO_CLOSE, _time_params(tx.now))
    rows_by_session: dict[int, Row[*tuple[Any, ...]]] = {row.session_id: row for row in rows}
    await tx.connection.execute(
        update(MeetingPlace)
        .where(MeetingPlace.session_id.in_(rows_by_session))
        .values(next_at=tx.now + LEASE)
    )
    sessions = await session_views.load_rows(tx, rows_by_session)

    async def load_room(session_id: int) -> MeetingRoom | None:
        row = rows_by_session[session_id]
        session = session_views.from_row(sessions[session_id])
        try:
            guild = await guild_settings.load(tx, session.guild_id)
        except DataBeingDeleted:
            # The bot isn't in that guild any more, and the row goes with the guild's data.
            return None
        return MeetingRoom(
            session, guild, row.kind, row.name, row.channel_id, attempted_before=True
        )

    outcome = await faults.isolate(
        tx, FaultKind.MEETING_ROOM, [*rows_by_session], load_room, lambda session_id: session_id
    )
    return [room for room in outcome.results if room is not None]


async def record_opened(tx: Transaction, room: MeetingRoom, channel_id: int) -> None:
    """Record that a room was created as the channel `channel_id`.

    If an erasure has ended the session meanwhile and deleted the room's row, it is stored again
    without its name, so that the channel is removed.
    """
    row = upsert(tx.dialect, MeetingPlace).values(
        session_id=room.session.id, kind=room.kind, name="", channel_id=channel_id, next_at=tx.now
    )
    await tx.connection.execute(
        row.on_conflict_do_update(
            index_elements=["session_id"], set_={"channel_id": channel_id, "problem": None}
        )
    )
    await _set_channel(tx, room, channel_id)
    await faults.clear(tx, FaultKind.MEETING_ROOM, [room.session.id])


async def record_closed(tx: Transaction, room: MeetingRoom) -> None:
    """Record that a room doesn't exist any more."""
    await tx.connection.execute(
        delete(MeetingPlace).where(MeetingPlace.session_id == room.session.id)
    )
    await _set_channel(tx, room, None)
    await faults.clear(tx, FaultKind.MEETING_ROOM, [room.session.id])


async def record_failure(tx: Transaction, room: MeetingRoom, problem: str) -> None:
    """Record that the guild's settings or permissions prevent a room, and try again later.

    The log channel is notified at most once a day. `problem` is the sentence to show there.
    """
    await postpone(tx, room, problem)
    await notify_log_channel(tx, room.guild, "", problem)


async def notify_log_channel(
    tx: Transaction, guild: GuildSettings, kind: str, problem: str
) -> None:
    """Notify the guild's log channel of a room that can't be had, once a day for each `kind`."""
    if guild.log_channel_id is None:
        return
    draft = NotificationDraft(
        NotificationKind.MEETING_PLACE_FAILED,
        guild.id,
        None,
        subject=f"{kind}{guild.id}.{tx.now:%Y%m%d}",
        due_at=tx.now,
        facts={"problem": problem},
    )
    await writing.write(tx, [draft])


async def record_fault(tx: Transaction, room: MeetingRoom, error: Exception) -> None:
    """Record that a room failed with an unexpected error, and retry it later."""
    reference = await faults.record(tx, FaultKind.MEETING_ROOM, room.session.id, error)
    await postpone(tx, room, f"reference {reference}")


async def postpone(tx: Transaction, room: MeetingRoom, problem: str) -> None:
    """Try a room again after `RETRY_DELAY`. `problem` says what failed."""
    await tx.connection.execute(
        update(MeetingPlace)
        .where(MeetingPlace.session_id == room.session.id)
        .values(next_at=tx.now + RETRY_DELAY, problem=problem)
    )


# --- Which rooms to open and to close -------------------------------------------------------------


_SESSIONS_WITH_ROOMS = Session.__table__.join(Guild.__table__).outerjoin(MeetingPlace.__table__)
_ROOMS = MeetingPlace.__table__.join(Session.__table__)

_NOW, _OPEN_UNTIL = bindparam("now", type_=UtcDateTime), bindparam("open_until", type_=UtcDateTime)


def _time_params(now: datetime) -> dict[str, datetime]:
    """Return the bound parameters of the conditions below."""
    return {
        "now": now,
        "open_until": now + OPENS_BEFORE,
        "earliest_start": now - LONGEST_SESSION,
        "ended_before": now - CLOSES_AFTER,
    }


_SHOULD_OPEN = (
    # Agreed sessions that start soon or have started, without a room, in guilds that use rooms.
    Session.starts_at > bindparam("earliest_start"),
    Session.starts_at <= _OPEN_UNTIL,
    Session.ends_at > _NOW,
    Session.status.in_(AGREED),
    Guild.meeting_place != "link",
    # A group session has a room for all of its seats (`mentorship.sessions.groups.places`).
    # `+ 0` keeps SQLite from reading all sessions without one.
    (Session.group_id + 0).is_(None),
    Guild.purge_began_at.is_(None),
    MeetingPlace.channel_id.is_(None),
    MeetingPlace.next_at.is_(None) | (MeetingPlace.next_at <= _NOW),
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
_HAS_DUE = select(
    or_(
        exists(select(Session.id).select_from(_SESSIONS_WITH_ROOMS).where(*_SHOULD_OPEN)),
        exists(select(Session.id).select_from(_ROOMS).where(*_SHOULD_CLOSE)),
    )
)
_TO_OPEN = (
    select(Session.id, Guild.meeting_place, MeetingPlace.kind, MeetingPlace.name)
    .select_from(_SESSIONS_WITH_ROOMS)
    .where(*_SHOULD_OPEN)
    .order_by(Session.starts_at)
    .limit(BATCH_SIZE)
)
_TO_CLOSE = (
    select(*MeetingPlace.__table__.c).select_from(_ROOMS).where(*_SHOULD_CLOSE).limit(BATCH_SIZE)
)


def _room_name(session: SessionView) -> str:
    """Return a name that is unique in the guild: two people have one session at a time."""
    participants = f"{session.mentor.name[:30]} & {session.mentee.name[:30]}"
    return f"{participants} · {session.starts_at:%-d %b %H.%M} UTC"


async def _set_channel(tx: Transaction, room: MeetingRoom, channel_id: int | None) -> None:
    """Store the channel that the session's participants are shown, and publish a change of it."""
    session = room.session
    values = {"session": session.id, "channel": channel_id}
    if (await tx.connection.execute(_SET_CHANNEL, values)).rowcount:
        await publish(
            tx, Event(EventType.MEETING_LINK_CHANGED, session.guild_id, session_id=session.id)
        )


_CHANNEL = bindparam("channel", type_=RowId)
_SET_CHANNEL = (
    update(Session)
    .where(
        Session.id == bindparam("session", type_=RowId),
        Session.meeting_channel_id.is_distinct_from(_CHANNEL),
    )
    .values(meeting_channel_id=_CHANNEL, sequence=Session.sequence + 1)
)
