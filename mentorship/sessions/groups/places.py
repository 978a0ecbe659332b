"""The rooms of group sessions: a private thread, voice or stage channel for everyone with a seat.

As with those of one-to-one sessions (`mentorship.sessions.meeting`), a room is recorded with its
name before it is created in Discord. `group_places.next_at` is when it is next looked at: to let in
who has joined since, to keep out who has left, or to delete it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, bindparam, delete, exists, or_, select, update

from mentorship import faults
from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.meeting import (
    CLOSES_AFTER,
    LEASE,
    OPENS_BEFORE,
    RETRY_DELAY,
    notify_log_channel,
)
from mentorship.statuses import AGREED, CALLED_OFF
from storage import Transaction
from storage.queries import upsert
from storage.tables import GroupPlace, GroupSession, Participant, Session
from storage.types import RowId, UtcDateTime

BATCH_SIZE = 10
"""Maximum number of rooms that one call claims."""

MAX_PEOPLE = 500
"""People who are let into one room."""


@dataclass(frozen=True, slots=True)
class GroupRoom:
    """A room to create, to bring up to date, or to delete. `kind` is `thread`, `voice` or `stage`.

    `people` are the mentor and those with a seat, `newcomers` those of them who have joined since
    the room may have been created, and `former` those who have left since.
    """

    group: GroupView
    guild: GuildSettings
    kind: str
    name: str
    channel_id: int | None
    attempted_before: bool
    is_wanted: bool
    people: tuple[int, ...] = ()
    newcomers: tuple[int, ...] = ()
    former: tuple[int, ...] = ()

    @property
    def closes_at(self) -> datetime:
        """When the room is deleted."""
        return self.group.ends_at + CLOSES_AFTER


async def has_due(tx: Transaction) -> bool:
    """Return whether a room has to be created, changed or deleted now."""
    return bool(await tx.connection.scalar(_HAS_DUE, _time_params(tx.now)))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[GroupRoom]:
    """Claim rooms to create, to change and to delete now, for the time of `LEASE`."""
    params = _time_params(tx.now) | {"limit": limit}
    to_open = (await tx.connection.execute(_TO_OPEN, params)).all()
    due = (await tx.connection.execute(_DUE, params)).all()
    # One that was tried before is in both lists.
    rows = list({row.id: row for row in (*due, *to_open)}.values())

    async def claim_one(row: Row[*tuple[Any, ...]]) -> GroupRoom | None:
        return await _claim_one(tx, row)

    outcome = await faults.isolate(tx, FaultKind.GROUP_ROOM, rows, claim_one, lambda row: row.id)
    return [room for room in outcome.results if room is not None]


async def _claim_one(tx: Transaction, row: Row[*tuple[Any, ...]]) -> GroupRoom | None:
    group = await group_views.load(tx, row.id)
    kind, name = row.kind or group.place, row.name or _room_name(group)
    await tx.connection.execute(
        upsert(tx.dialect, GroupPlace)
        .values(
            group_id=group.id,
            guild_id=group.guild_id,
            kind=kind,
            name=name,
            next_at=tx.now + LEASE,
        )
        .on_conflict_do_update(index_elements=["group_id"], set_={"next_at": tx.now + LEASE})
    )
    try:
        guild = await guild_settings.load(tx, group.guild_id)
    except DataBeingDeleted:
        # The bot isn't in that guild any more, and the row goes with the guild's data.
        return None
    is_wanted = (
        group.status not in CALLED_OFF
        # Otherwise the mentor has chosen another place. Its room is created afterwards.
        and kind == group.place
        and group.starts_at <= tx.now + OPENS_BEFORE
        and tx.now < group.ends_at + CLOSES_AFTER
        # An erasure has ended it.
        and row.name != ""
    )
    seats = (await tx.connection.execute(_SEATS, {"group": group.id, "limit": MAX_PEOPLE})).all()
    opened_at = group.starts_at - OPENS_BEFORE
    people = {seat.user_id for seat in seats if seat.status not in CALLED_OFF}
    return GroupRoom(
        group,
        guild,
        kind,
        name,
        row.channel_id,
        attempted_before=row.name is not None,
        is_wanted=is_wanted,
        people=(group.mentor.user_id, *sorted(people)),
        newcomers=tuple(
            sorted(
                seat.user_id
                for seat in seats
                if seat.user_id in people and seat.created_at >= opened_at
            )
        ),
        former=tuple(
            sorted(
                {
                    seat.user_id
                    for seat in seats
                    if seat.status in CALLED_OFF and seat.ended_at and seat.ended_at >= opened_at
                }
                - people
            )
        ),
    )


async def record_opened(tx: Transaction, room: GroupRoom, channel_id: int) -> None:
    """Record that a room exists as the channel `channel_id`, and who was let in is up to date.

    It is looked at again when it is to be deleted, or somebody joins or leaves.
    """
    row = upsert(tx.dialect, GroupPlace).values(
        group_id=room.group.id,
        guild_id=room.guild.id,
        kind=room.kind,
        name="",
        channel_id=channel_id,
        next_at=tx.now,
    )
    claimed_until = await tx.connection.scalar(_NEXT_AT, {"group": room.group.id})
    is_own = claimed_until is not None and claimed_until > tx.now
    values = {
        "channel_id": channel_id,
        "problem": None,
        # Somebody has joined or left meanwhile, if the mark isn't a lease any more.
        "next_at": room.closes_at if is_own else tx.now,
    }
    await tx.connection.execute(row.on_conflict_do_update(index_elements=["group_id"], set_=values))
    await _set_channel(tx, room, channel_id)
    await faults.clear(tx, FaultKind.GROUP_ROOM, [room.group.id])


async def record_closed(tx: Transaction, room: GroupRoom) -> None:
    """Record that a room doesn't exist any more."""
    await tx.connection.execute(_DELETE, {"group": room.group.id})
    await _set_channel(tx, room, None)
    await faults.clear(tx, FaultKind.GROUP_ROOM, [room.group.id])


async def record_failure(tx: Transaction, room: GroupRoom, problem: str) -> None:
    """Record that settings or permissions prevent a room, and try again later.

    The log channel is notified at most once a day. `problem` is the sentence to show there.
    """
    await postpone(tx, room, problem)
    await notify_log_channel(tx, room.guild, "group", problem)


async def record_fault(tx: Transaction, room: GroupRoom, error: Exception) -> None:
    """Record that a room failed with an unexpected error, and retry it later."""
    reference = await faults.record(tx, FaultKind.GROUP_ROOM, room.group.id, error)
    await postpone(tx, room, f"reference {reference}")


async def postpone(tx: Transaction, room: GroupRoom, problem: str) -> None:
    """Try a room again after `RETRY_DELAY`. `problem` says what failed."""
    params = {"group": room.group.id, "retry_at": tx.now + RETRY_DELAY, "text": problem}
    await tx.connection.execute(_POSTPONE, params)


def _room_name(group: GroupView) -> str:
    """Return a name that is unique in the guild: a mentor has one session at a time."""
    return f"{group.title[:50]} · {group.starts_at:%-d %b %H.%M} UTC · {group.mentor.name[:20]}"


async def _set_channel(tx: Transaction, room: GroupRoom, channel_id: int | None) -> None:
    """Store the channel that the mentor and those with a seat are shown."""
    group = room.group
    values = {"group": group.id, "channel": channel_id}
    is_changed = (await tx.connection.execute(_SET_CHANNEL, values)).rowcount
    await tx.connection.execute(_SET_SEATS, values)
    if is_changed:
        await publish(tx, Event(EventType.GROUP_LINK_CHANGED, group.guild_id, group_id=group.id))


# --- Which rooms are due --------------------------------------------------------------------------

_NOW = bindparam("now", type_=UtcDateTime)


def _time_params(now: datetime) -> dict[str, Any]:
    """Return the bound parameters of the conditions below."""
    return {
        "now": now,
        "open_until": now + OPENS_BEFORE,
        # The clock acts on those that are about to start, or have started, within this time.
        "horizon": now + OPENS_BEFORE + LONGEST_SESSION,
    }


_JOINED = GroupSession.__table__.outerjoin(
    GroupPlace.__table__, GroupPlace.group_id == GroupSession.id
)
_SHOULD_OPEN = (
    GroupSession.next_at <= bindparam("horizon", type_=UtcDateTime),
    GroupSession.starts_at <= bindparam("open_until", type_=UtcDateTime),
    GroupSession.ends_at > _NOW,
    GroupSession.status.in_(sorted(AGREED)),
    GroupSession.place != "link",
    GroupPlace.channel_id.is_(None),
    GroupPlace.next_at.is_(None) | (GroupPlace.next_at <= _NOW),
    GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    ~faults.awaits_retry(FaultKind.GROUP_ROOM, GroupSession.id.expression, _NOW),
)
_IS_DUE = (
    GroupPlace.next_at <= _NOW,
    ~faults.awaits_retry(FaultKind.GROUP_ROOM, GroupPlace.group_id.expression, _NOW),
)
_HAS_DUE = select(
    or_(
        exists(select(GroupSession.id).select_from(_JOINED).where(*_SHOULD_OPEN)),
        exists(select(GroupPlace.group_id).where(*_IS_DUE)),
    )
)
_TO_OPEN = (
    select(GroupSession.id, GroupPlace.kind, GroupPlace.name, GroupPlace.channel_id)
    .select_from(_JOINED)
    .where(*_SHOULD_OPEN)
    .order_by(GroupSession.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_DUE = (
    select(GroupPlace.group_id.label("id"), GroupPlace.kind, GroupPlace.name, GroupPlace.channel_id)
    .where(*_IS_DUE)
    .order_by(GroupPlace.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_SEATS = (
    select(Participant.user_id, Session.status, Session.created_at, Session.ended_at)
    .join(Participant, Participant.session_id == Session.id)
    .where(Session.group_id == bindparam("group", type_=RowId), Participant.role == "mentee")
    .order_by(Session.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_IS_PLACE = GroupPlace.group_id == bindparam("group", type_=RowId)
_NEXT_AT = select(GroupPlace.next_at).where(_IS_PLACE)
_DELETE = delete(GroupPlace).where(_IS_PLACE)
_POSTPONE = (
    update(GroupPlace)
    .where(_IS_PLACE)
    .values(next_at=bindparam("retry_at", type_=UtcDateTime), problem=bindparam("text"))
)
_CHANNEL = bindparam("channel", type_=RowId)
_SET_CHANNEL = (
    update(GroupSession)
    .where(
        GroupSession.id == bindparam("group", type_=RowId),
        GroupSession.meeting_channel_id.is_distinct_from(_CHANNEL),
    )
    .values(meeting_channel_id=_CHANNEL, sequence=GroupSession.sequence + 1)
)
_SET_SEATS = (
    update(Session)
    .where(
        Session.group_id == bindparam("group", type_=RowId),
        Session.group_id.is_not(None),
        Session.status.not_in(sorted(CALLED_OFF)),
        Session.meeting_channel_id.is_distinct_from(_CHANNEL),
    )
    .values(meeting_channel_id=_CHANNEL, sequence=Session.sequence + 1)
)
