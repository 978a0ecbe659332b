"""The rooms of group sessions: a private thread, voice or stage channel for everyone with a seat.

As with those of one-to-one sessions (`mentorship.sessions.places.meeting`), a room is recorded with
its name before it is created in Discord. `group_places.next_at` is when it is next looked at: to
let in who has joined since, to keep out who has left, to start a stage, or to close it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, delete, exists, func, or_, select, update

from mentorship import faults, meeting_places
from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import group_views, reminders
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.places.join_link import OPENS_BEFORE
from mentorship.sessions.places.meeting import (
    CLOSES_AFTER,
    LAST_CALL,
    LEASE,
    LONGEST_STAY,
    LOOK_AGAIN,
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

STAGE_STARTS_WITHIN = timedelta(minutes=10)
"""How long after the start a stage is started. Whoever ends it later wants it ended."""


@dataclass(frozen=True, slots=True)
class GroupRoom:
    """A room to open, to bring up to date, or to close. `kind` is `thread`, `voice` or `stage`.

    `people` are the mentor and those with a seat, `newcomers` those of them who have joined since
    the room may have been created, and `former` those who have left since. `opened_as` is the
    channel's kind if it isn't `kind`. `was_told` tells that people know that they meet elsewhere.
    `was_replaced` tells that the mentor has chosen another place, and `starts_stage` that it is
    time to start a stage.
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
    opened_as: str | None = None
    was_told: bool = False
    was_replaced: bool = False
    starts_stage: bool = False

    @property
    def closes_at(self) -> datetime:
        """When the room is closed, unless people are in it."""
        return self.group.ends_at + CLOSES_AFTER

    def is_over(self, now: datetime) -> bool:
        """Return whether people met in it; a room that is closed earlier was called off."""
        return now >= self.group.ends_at and self.group.status not in CALLED_OFF


async def has_due(tx: Transaction) -> bool:
    """Return whether a room has to be opened, changed or closed now."""
    return bool(await tx.connection.scalar(_HAS_DUE, _time_params(tx.now)))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[GroupRoom]:
    """Claim rooms to open, to change and to close now, for the time of `LEASE`."""
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
    was_told = row.told_at is not None
    is_wanted = (
        group.status not in CALLED_OFF
        # Otherwise the mentor has chosen another place. Its room is opened afterwards.
        and kind == group.place
        and group.starts_at <= tx.now + OPENS_BEFORE
        and tx.now < group.ends_at + CLOSES_AFTER
        # An erasure has ended it.
        and row.name != ""
    )
    if is_wanted and row.channel_id is None and was_told and group.starts_at <= tx.now:
        # They have been told to meet elsewhere, and are there.
        later = {"group": group.id, "next": group.ends_at + CLOSES_AFTER}
        await tx.connection.execute(_SET_NEXT, later)
        return None
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
        opened_as=row.opened_as,
        was_told=was_told,
        was_replaced=kind != group.place,
        starts_stage=group.starts_at <= tx.now < group.starts_at + STAGE_STARTS_WITHIN,
    )


async def record_opened(
    tx: Transaction, room: GroupRoom, channel_id: int, problem: str = ""
) -> None:
    """Record that a room exists as the channel `channel_id`, and who was let in is up to date.

    It is looked at again when it is to be closed, a stage is to be started, or somebody joins or
    leaves. `problem` says why it isn't where the settings and the mentor want it.
    """
    row = upsert(tx.dialect, GroupPlace).values(
        group_id=room.group.id,
        guild_id=room.guild.id,
        kind=room.kind,
        name="",
        channel_id=channel_id,
        next_at=tx.now,
        opened_as=room.opened_as,
    )
    claimed_until = await tx.connection.scalar(_NEXT_AT, {"group": room.group.id})
    is_own = claimed_until is not None and claimed_until > tx.now
    is_stage = (room.opened_as or room.kind) == "stage"
    next_at = room.group.starts_at if is_stage and tx.now < room.group.starts_at else room.closes_at
    values = {
        "channel_id": channel_id,
        "opened_as": room.opened_as,
        "problem": None,
        # Somebody has joined or left meanwhile, if the mark isn't a lease any more.
        "next_at": next_at if is_own else tx.now,
    }
    await tx.connection.execute(row.on_conflict_do_update(index_elements=["group_id"], set_=values))
    await _set_channel(tx, room, channel_id)
    if problem:
        await notify_log_channel(tx, room.guild, "elsewhere", problem, is_open=True)
    await faults.clear(tx, FaultKind.GROUP_ROOM, [room.group.id])


async def keep(tx: Transaction, room: GroupRoom) -> bool:
    """Leave a room open, because people are in it, and look again after `LOOK_AGAIN`.

    Returns False if they have been in it for `LONGEST_STAY` since it was to be closed.
    """
    values = {"group": room.group.id, "latest": tx.now - LONGEST_STAY}
    values |= {"now": tx.now, "next": tx.now + LOOK_AGAIN}
    return bool((await tx.connection.execute(_KEEP, values)).rowcount)


async def record_closed(tx: Transaction, room: GroupRoom) -> None:
    """Record that a room doesn't exist any more."""
    await tx.connection.execute(_DELETE, {"group": room.group.id})
    await _set_channel(tx, room, None)
    await faults.clear(tx, FaultKind.GROUP_ROOM, [room.group.id])


async def record_failure(tx: Transaction, room: GroupRoom, problem: str) -> None:
    """Record that settings, permissions or limits prevent a room, and try again until the start.

    The mentor and the attendees are told to meet elsewhere, and the log channel why, at most once a
    day. `problem` is the sentence to show there.
    """
    await postpone(tx, room, problem)
    if _is_awaited(room, tx.now):
        await _tell_to_meet_elsewhere(tx, room)
    await notify_log_channel(tx, room.guild, "group", problem)


async def record_fault(tx: Transaction, room: GroupRoom, error: Exception) -> None:
    """Record that a room failed with an unexpected error, and retry it later."""
    reference = await faults.record(tx, FaultKind.GROUP_ROOM, room.group.id, error)
    await postpone(tx, room, f"reference {reference}")


async def postpone(tx: Transaction, room: GroupRoom, problem: str) -> None:
    """Try a room again after `RETRY_DELAY`. `problem` says what failed.

    After a second failure, shortly before the start, people are told to meet elsewhere.
    """
    params = {"group": room.group.id, "retry_at": tx.now + RETRY_DELAY, "text": problem}
    await tx.connection.execute(_POSTPONE, params)
    is_late = room.attempted_before and tx.now >= room.group.starts_at - LAST_CALL
    if is_late and _is_awaited(room, tx.now):
        await _tell_to_meet_elsewhere(tx, room)


def _is_awaited(room: GroupRoom, now: datetime) -> bool:
    """Return whether people wait for the room to be opened, and don't know better."""
    is_on = room.is_wanted and now < room.group.ends_at
    return is_on and room.channel_id is None and not room.was_told


async def _tell_to_meet_elsewhere(tx: Transaction, room: GroupRoom) -> None:
    """Tell the mentor and the attendees, once, that the room can't be opened."""
    values = {"group": room.group.id, "now": tx.now}
    if (await tx.connection.execute(_SET_TOLD, values)).rowcount:
        await _publish_place(tx, room, is_news=True)


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
        await _publish_place(tx, room, is_news=room.was_told and channel_id is not None)


async def _publish_place(tx: Transaction, room: GroupRoom, *, is_news: bool) -> None:
    """Publish that they meet elsewhere. `is_news`: the mentor and the attendees are told."""
    group = room.group
    event = Event(
        EventType.GROUP_LINK_CHANGED,
        group.guild_id,
        group_id=group.id,
        facts={"room": room.kind},
    )
    mentor = [group.mentor.user_id] if is_news else []
    await publish(tx, event, participants=mentor, useful_until=group.ends_at)
    if is_news:
        await reminders.tell_place(tx, group)


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
    GroupSession.place.in_(meeting_places.ROOMS),
    GroupPlace.channel_id.is_(None),
    GroupPlace.next_at.is_(None) | (GroupPlace.next_at <= _NOW),
    # After the start, those who were told to meet elsewhere are there.
    GroupPlace.told_at.is_(None) | (GroupSession.starts_at > _NOW),
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
_PLACE = (
    GroupPlace.kind,
    GroupPlace.name,
    GroupPlace.channel_id,
    GroupPlace.opened_as,
    GroupPlace.told_at,
)
_TO_OPEN = (
    select(GroupSession.id, *_PLACE)
    .select_from(_JOINED)
    .where(*_SHOULD_OPEN)
    .order_by(GroupSession.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_DUE = (
    select(GroupPlace.group_id.label("id"), *_PLACE)
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
_NEXT = bindparam("next", type_=UtcDateTime)
_SET_NEXT = update(GroupPlace).where(_IS_PLACE).values(next_at=_NEXT)
_SET_TOLD = update(GroupPlace).where(_IS_PLACE, GroupPlace.told_at.is_(None)).values(told_at=_NOW)
_KEEP = (
    update(GroupPlace)
    .where(
        _IS_PLACE,
        GroupPlace.kept_since.is_(None)
        | (GroupPlace.kept_since > bindparam("latest", type_=UtcDateTime)),
    )
    .values(kept_since=func.coalesce(GroupPlace.kept_since, _NOW), next_at=_NEXT)
)
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
