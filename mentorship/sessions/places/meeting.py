"""Meeting rooms: private threads or voice channels that are open for the time of a session.

A room is recorded with its name before it is created in Discord. If the program dies in between,
the next attempt finds the channel by that name instead of creating a second one. If it can't be
opened, the participants are told that they meet at the mentor's link, or are asked for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, update

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
from mentorship.sessions.places import meeting_statements
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED, CALLED_OFF
from storage import Transaction
from storage.queries import upsert
from storage.tables import MeetingPlace

CLOSES_AFTER = timedelta(minutes=30)
"""How long after the end a room is closed, unless people are still in it."""

LOOK_AGAIN = timedelta(minutes=5)
"""How often a room with people in it is looked at. It isn't closed because of a lost connection."""

LONGEST_STAY = timedelta(hours=3)
"""How long the closing of a room waits for people to leave. A client that somebody left connected,
or a bot that records, would keep it for ever otherwise."""

LAST_CALL = timedelta(minutes=5)
"""How long before the start people are told to meet elsewhere, if Discord's failures keep a room
from being opened. If its settings or limits do, they are told at once."""

LEASE = timedelta(minutes=2)
"""Time to open or close a claimed room before it is claimed again."""

RETRY_DELAY = timedelta(minutes=5)
"""Time between a failure and the next attempt."""

BATCH_SIZE = 50
"""Maximum number of rooms that one call claims."""


@dataclass(frozen=True, slots=True)
class MeetingRoom:
    """A room to open or close. `kind` is `thread` or `voice`.

    `channel_id` is None until the channel is recorded. `attempted_before` tells that an earlier
    attempt may have created the channel without recording it; it then has this `name`, which is
    empty after an erasure. `opened_as` is the channel's kind if it isn't `kind`. `was_told` tells
    that the participants know that they meet elsewhere.
    """

    session: SessionView
    guild: GuildSettings
    kind: str
    name: str
    channel_id: int | None
    attempted_before: bool
    opened_as: str | None = None
    was_told: bool = False

    @property
    def closes_at(self) -> datetime:
        """When the room is closed, unless people are in it."""
        return self.session.ends_at + CLOSES_AFTER

    def is_over(self, now: datetime) -> bool:
        """Return whether people met in it; a room that is closed earlier was called off."""
        return now >= self.session.ends_at and self.session.status not in CALLED_OFF


async def has_due_rooms(tx: Transaction) -> bool:
    """Return whether a room has to be opened or closed now.

    Reads few rows, however many sessions are booked.
    """
    return bool(await tx.connection.scalar(meeting_statements.HAS_DUE, _time_params(tx.now)))


async def claim_rooms_to_open(tx: Transaction) -> list[MeetingRoom]:
    """Claim the rooms to open now, for the time of `LEASE`. At most `BATCH_SIZE`."""
    rows = (await tx.connection.execute(meeting_statements.TO_OPEN, _time_params(tx.now))).all()
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
        return MeetingRoom(
            session,
            guild,
            kind,
            name,
            None,
            attempted_before=row.name is not None,
            was_told=row.told_at is not None,
        )

    return (
        await faults.isolate(tx, FaultKind.MEETING_ROOM, rows, claim, lambda row: row.id)
    ).results


async def claim_rooms_to_close(tx: Transaction) -> list[MeetingRoom]:
    """Claim the rooms to close now, for the time of `LEASE`. At most `BATCH_SIZE`."""
    rows = await tx.connection.execute(meeting_statements.TO_CLOSE, _time_params(tx.now))
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
            session,
            guild,
            row.kind,
            row.name,
            row.channel_id,
            attempted_before=True,
            opened_as=row.opened_as,
            was_told=row.told_at is not None,
        )

    outcome = await faults.isolate(
        tx, FaultKind.MEETING_ROOM, [*rows_by_session], load_room, lambda session_id: session_id
    )
    return [room for room in outcome.results if room is not None]


async def record_opened(
    tx: Transaction, room: MeetingRoom, channel_id: int, problem: str = ""
) -> None:
    """Record that a room was opened as the channel `channel_id`, of the kind `opened_as` if any.

    `problem` says why it isn't where the guild's settings want it. Participants who were told to
    meet elsewhere are told that they can meet here after all. If an erasure has ended the session
    meanwhile and deleted the room's row, it is stored again without its name, so that the channel
    is removed.
    """
    row = upsert(tx.dialect, MeetingPlace).values(
        session_id=room.session.id,
        kind=room.kind,
        name="",
        channel_id=channel_id,
        next_at=tx.now,
        opened_as=room.opened_as,
    )
    await tx.connection.execute(
        row.on_conflict_do_update(
            index_elements=["session_id"],
            set_={"channel_id": channel_id, "opened_as": room.opened_as, "problem": None},
        )
    )
    await _set_channel(tx, room, channel_id)
    if problem:
        await notify_log_channel(tx, room.guild, "elsewhere", problem, is_open=True)
    await faults.clear(tx, FaultKind.MEETING_ROOM, [room.session.id])


async def keep(tx: Transaction, room: MeetingRoom) -> bool:
    """Leave a room open, because people are in it, and look again after `LOOK_AGAIN`.

    Returns False if they have been in it for `LONGEST_STAY` since it was to be closed.
    """
    values = {"session": room.session.id, "latest": tx.now - LONGEST_STAY}
    values |= {"now": tx.now, "next": tx.now + LOOK_AGAIN}
    return bool((await tx.connection.execute(meeting_statements.KEEP, values)).rowcount)


async def record_closed(tx: Transaction, room: MeetingRoom) -> None:
    """Record that a room doesn't exist any more."""
    await tx.connection.execute(
        delete(MeetingPlace).where(MeetingPlace.session_id == room.session.id)
    )
    await _set_channel(tx, room, None)
    await faults.clear(tx, FaultKind.MEETING_ROOM, [room.session.id])


async def record_failure(tx: Transaction, room: MeetingRoom, problem: str) -> None:
    """Record that settings, permissions or limits prevent a room, and try again until the start.

    The participants are told to meet elsewhere, and the log channel why, at most once a day.
    `problem` is the sentence to show there.
    """
    await postpone(tx, room, problem)
    if _is_awaited(room, tx.now):
        await _tell_to_meet_elsewhere(tx, room)
    await notify_log_channel(tx, room.guild, "", problem)


async def notify_log_channel(
    tx: Transaction, guild: GuildSettings, kind: str, problem: str, *, is_open: bool = False
) -> None:
    """Notify the guild's log channel of a room that can't be had, once a day for each `kind`.

    `is_open` tells that people have another room instead.
    """
    if guild.log_channel_id is None:
        return
    draft = NotificationDraft(
        NotificationKind.MEETING_PLACE_FAILED,
        guild.id,
        None,
        subject=f"{kind}{guild.id}.{tx.now:%Y%m%d}",
        due_at=tx.now,
        facts={"problem": problem, "open": is_open},
    )
    await writing.write(tx, [draft])


async def record_fault(tx: Transaction, room: MeetingRoom, error: Exception) -> None:
    """Record that a room failed with an unexpected error, and retry it later."""
    reference = await faults.record(tx, FaultKind.MEETING_ROOM, room.session.id, error)
    await postpone(tx, room, f"reference {reference}")


async def postpone(tx: Transaction, room: MeetingRoom, problem: str) -> None:
    """Try a room again after `RETRY_DELAY`. `problem` says what failed.

    After a second failure, shortly before the start, the participants are told to meet elsewhere.
    """
    await tx.connection.execute(
        update(MeetingPlace)
        .where(MeetingPlace.session_id == room.session.id)
        .values(next_at=tx.now + RETRY_DELAY, problem=problem)
    )
    is_late = room.attempted_before and tx.now >= room.session.starts_at - LAST_CALL
    if is_late and _is_awaited(room, tx.now):
        await _tell_to_meet_elsewhere(tx, room)


def _is_awaited(room: MeetingRoom, now: datetime) -> bool:
    """Return whether people wait for the room to be opened, and don't know better."""
    session = room.session
    is_on = session.status in AGREED and now < session.ends_at
    is_near = session.starts_at <= now + OPENS_BEFORE
    return is_on and is_near and room.channel_id is None and not room.was_told


async def _tell_to_meet_elsewhere(tx: Transaction, room: MeetingRoom) -> None:
    """Tell both participants, once, that the room can't be opened."""
    values = {"session": room.session.id, "now": tx.now}
    if (await tx.connection.execute(meeting_statements.SET_TOLD, values)).rowcount:
        await _publish_place(tx, room, is_news=True)


def _time_params(now: datetime) -> dict[str, Any]:
    """Return the bound parameters of the statements that find rooms."""
    return {
        "now": now,
        "open_until": now + OPENS_BEFORE,
        "earliest_start": now - LONGEST_SESSION,
        "ended_before": now - CLOSES_AFTER,
        "limit": BATCH_SIZE,
    }


def _room_name(session: SessionView) -> str:
    """Return a name that is unique in the guild: two people have one session at a time."""
    participants = f"{session.mentor.name[:30]} & {session.mentee.name[:30]}"
    return f"{participants} · {session.starts_at:%-d %b %H.%M} UTC"


async def _set_channel(tx: Transaction, room: MeetingRoom, channel_id: int | None) -> None:
    """Store the channel that the session's participants are shown, and publish a change of it."""
    values = {"session": room.session.id, "channel": channel_id}
    if (await tx.connection.execute(meeting_statements.SET_CHANNEL, values)).rowcount:
        await _publish_place(tx, room, is_news=room.was_told and channel_id is not None)


async def _publish_place(tx: Transaction, room: MeetingRoom, *, is_news: bool) -> None:
    """Publish that the session takes place elsewhere. `is_news`: both participants are told."""
    session = room.session
    event = Event(
        EventType.MEETING_LINK_CHANGED,
        session.guild_id,
        session_id=session.id,
        facts={"room": room.kind},
    )
    people = [session.mentor.user_id, session.mentee.user_id] if is_news else []
    await publish(tx, event, participants=people, useful_until=session.ends_at)
