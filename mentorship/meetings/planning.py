"""Which sessions need a meeting at a provider: decided anew whenever something happens to one.

An event only says which session to look at. What is to be done follows from the session and its row
in `provider_meetings` as they are now (`decide`), so a late, a repeated or a missing event does no
harm. A session with a link of its own needs no meeting: its mentor has set the link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import Integer, Row, bindparam, delete, func, insert, or_, select, update

from mentorship import faults, meeting_places
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.mentors.profile_rules import LONGEST_SESSION
from mentorship.notifications.publishing import publish
from mentorship.statuses import AGREED, CALLED_OFF
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, Guild, MentorProfile, ProviderMeeting, Session
from storage.types import UtcDateTime

CURSOR = "meetings"
"""The name of the cursor over the events (`mentorship.webhooks.cursors`)."""

LOOKED_FOR = timedelta(hours=1)
"""How long before their start sessions without a meeting are looked for. They have none yet if the
guild or the mentor chose a provider after the session was confirmed."""

BATCH_SIZE = 50
"""Sessions without a meeting that one call finds, at most."""

KEY_BYTES = 16
"""Random bytes of a room's key: whoever knows it can enter a room at Jitsi."""

_SESSION_EVENTS = frozenset(
    {
        EventType.SESSION_BOOKED,
        EventType.SESSION_CONFIRMED,
        EventType.SESSION_CANCELLED,
        EventType.SESSION_COMPLETED,
        EventType.SESSION_NO_SHOW,
        EventType.DISPUTE_OPENED,
        EventType.RESCHEDULE_ACCEPTED,
        EventType.MEETING_LINK_CHANGED,
        EventType.INVITATION_ACCEPTED,
    }
)
_GROUP_EVENTS = frozenset(
    {
        EventType.GROUP_CREATED,
        EventType.GROUP_EDITED,
        EventType.GROUP_MOVED,
        EventType.GROUP_CANCELLED,
        EventType.GROUP_CANCELLED_BY_MODERATOR,
        EventType.GROUP_ENDED,
        EventType.GROUP_SETTLED,
    }
)


class Step(Enum):
    """What has to happen to the row of a session's meeting."""

    NONE = auto()
    CREATE = auto()
    """Insert a row."""
    START_OVER = auto()
    """Make a meeting again, after the earlier one was removed."""
    UPDATE = auto()
    """Tell the provider the new time."""
    SHOW_LINK = auto()
    """Give the session the meeting's link again, since its own was removed."""
    REMOVE = auto()
    FORGET = auto()
    """Delete the row: the session is over."""


@dataclass(frozen=True, slots=True)
class Host:
    """The session or group session that a meeting is for. `link` is the link that people see."""

    session_id: int | None
    group_id: int | None
    guild_id: int
    status: str
    starts_at: datetime
    ends_at: datetime
    link: str | None
    place: str


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """What is stored of a meeting. See `storage.tables.ProviderMeeting`."""

    id: int
    status: str
    join_url: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    fell_back_at: datetime | None


def decide(host: Host, meeting: MeetingRow | None, now: datetime) -> Step:
    """Return what has to happen to a session's meeting. Pure."""
    takes_place = host.status in AGREED and now < host.ends_at
    if meeting is None:
        is_needed = takes_place and host.link is None and meeting_places.is_provider(host.place)
        return Step.CREATE if is_needed else Step.NONE
    if not takes_place:
        is_unused = meeting.status == "made" and host.status in CALLED_OFF
        if is_unused or meeting.status == "wanted":
            return Step.REMOVE
        return Step.NONE if meeting.status == "removing" else Step.FORGET
    if meeting.fell_back_at is not None:
        # People were told of another place, which stays.
        return Step.NONE
    has_own_link = host.link is not None and host.link != meeting.join_url
    if has_own_link or (
        # A group session has another place now.
        host.group_id is not None and not meeting_places.is_provider(host.place)
    ):
        return Step.REMOVE if meeting.status in ("wanted", "made") else Step.NONE
    if meeting.status == "removed":
        is_needed = host.link is None and meeting_places.is_provider(host.place)
        return Step.START_OVER if is_needed else Step.NONE
    if meeting.status == "made":
        if host.link is None:
            return Step.SHOW_LINK
        if (meeting.starts_at, meeting.ends_at) != (host.starts_at, host.ends_at):
            return Step.UPDATE
    return Step.NONE


async def handle(tx: Transaction, event: FeedEvent) -> None:
    """Handle an event (`mentorship.webhooks.cursors.follow`)."""
    if event.type in _SESSION_EVENTS and event.session_id is not None:
        await review_session(tx, event.session_id)
    if event.type in _GROUP_EVENTS and event.group_id is not None:
        await review_group(tx, event.group_id)


async def review_session(tx: Transaction, session_id: int) -> None:
    """Do what `decide` says for a one-to-one session. A seat has its group session's meeting."""
    row = (await tx.connection.execute(_SESSION, {"of": session_id})).one_or_none()
    if row is not None and row.group_id is None:
        await _apply(tx, row, Host(row.id, None, *_facts(row)))


async def review_group(tx: Transaction, group_id: int) -> None:
    """Do what `decide` says for a group session."""
    row = (await tx.connection.execute(_GROUP, {"of": group_id})).one_or_none()
    if row is not None:
        await _apply(tx, row, Host(None, row.id, *_facts(row)))


async def add_missing(tx: Transaction) -> int:
    """Add meetings for sessions that start soon and have neither one nor a link.

    Returns for how many.
    """
    rows = (await tx.connection.execute(_MISSING, _missing_params(tx.now))).all()

    async def add(row: Row[*tuple[Any, ...]]) -> None:
        await review_session(tx, row.id)

    await faults.isolate(tx, FaultKind.MISSING_MEETING, rows, add, lambda row: row.id)
    return len(rows)


async def has_missing(tx: Transaction) -> bool:
    """Return whether `add_missing` has anything to do."""
    return (await tx.connection.execute(_MISSING, _missing_params(tx.now))).first() is not None


def new_key() -> str:
    """Return a room's key that nobody can guess."""
    return secrets.token_hex(KEY_BYTES)


async def _apply(tx: Transaction, row: Row[*tuple[Any, ...]], host: Host) -> None:
    meeting = (
        None
        if row.meeting_id is None
        else MeetingRow(
            row.meeting_id,
            row.meeting_status,
            row.join_url,
            row.sent_start,
            row.sent_end,
            row.fell_back_at,
        )
    )
    step = decide(host, meeting, tx.now)
    if step is Step.CREATE:
        values = {
            "guild_id": host.guild_id,
            "session_id": host.session_id,
            "group_id": host.group_id,
            "provider": host.place,
            "room_key": new_key(),
            "next_at": tx.now,
        }
        await tx.connection.execute(_INSERT, values)
        return
    if meeting is None or step is Step.NONE:
        return
    if step is Step.FORGET:
        await tx.connection.execute(_DELETE, {"meeting": meeting.id})
    elif step is Step.SHOW_LINK:
        await _show_link(tx, host, meeting.join_url)
    else:
        values = {"next_at": tx.now, "failing_since": None, "problem": None}
        if step is Step.REMOVE:
            values["status"] = "removing"
        elif step is Step.START_OVER:
            values |= {"status": "wanted", "room_key": new_key(), "provider": host.place}
            values |= dict.fromkeys(("external_id", "join_url", "host_url", "host"))
        await tx.connection.execute(
            update_by_id(ProviderMeeting, *values), {"row_id": meeting.id, **values}
        )


async def _show_link(tx: Transaction, host: Host, link: str | None) -> None:
    """Give a session the link of its meeting again."""
    await set_link(tx, host.session_id, host.group_id, link)
    event_type = (
        EventType.MEETING_LINK_CHANGED if host.group_id is None else EventType.GROUP_LINK_CHANGED
    )
    event = Event(event_type, host.guild_id, session_id=host.session_id, group_id=host.group_id)
    await publish(tx, event)


async def set_link(
    tx: Transaction,
    session_id: int | None,
    group_id: int | None,
    link: str | None,
    *,
    before: str | None = None,
) -> bool:
    """Give a session, or a group session and its seats, a link. It counts as a revision.

    Returns False, and changes nothing, if somebody has set another link than `before`.
    """
    statement = _SET_LINK if group_id is None else _SET_GROUP_LINK
    params = {"link": link, "before": before, "of": session_id or group_id}
    if not (await tx.connection.execute(statement, params)).rowcount:
        return False
    if group_id is not None:
        await tx.connection.execute(_SET_SEAT_LINKS, {"group": group_id})
    return True


def _facts(row: Row[*tuple[Any, ...]]) -> tuple[int, str, datetime, datetime, str | None, str]:
    return row.guild_id, row.status, row.starts_at, row.ends_at, row.meeting_link, row.place


_MEETING_COLUMNS = (
    ProviderMeeting.id.label("meeting_id"),
    ProviderMeeting.status.label("meeting_status"),
    ProviderMeeting.join_url,
    ProviderMeeting.starts_at.label("sent_start"),
    ProviderMeeting.ends_at.label("sent_end"),
    ProviderMeeting.fell_back_at,
)
_PLACE = func.coalesce(MentorProfile.meeting_place, Guild.meeting_place)
_SESSION = (
    select(
        Session.id,
        Session.group_id,
        Session.guild_id,
        Session.status,
        Session.starts_at,
        Session.ends_at,
        Session.meeting_link,
        _PLACE.label("place"),
        *_MEETING_COLUMNS,
    )
    .join(Guild, Guild.id == Session.guild_id)
    .join(MentorProfile, MentorProfile.id == Session.profile_id)
    .outerjoin(ProviderMeeting, ProviderMeeting.session_id == Session.id)
    .where(Session.id == bindparam("of"), Guild.purge_began_at.is_(None))
)
_GROUP = (
    select(
        GroupSession.id,
        GroupSession.guild_id,
        GroupSession.status,
        GroupSession.starts_at,
        GroupSession.ends_at,
        GroupSession.meeting_link,
        GroupSession.place,
        *_MEETING_COLUMNS,
    )
    .join(Guild, Guild.id == GroupSession.guild_id)
    .outerjoin(ProviderMeeting, ProviderMeeting.group_id == GroupSession.id)
    .where(GroupSession.id == bindparam("of"), Guild.purge_began_at.is_(None))
)
_INSERT = insert(ProviderMeeting)
_DELETE = delete(ProviderMeeting).where(ProviderMeeting.id == bindparam("meeting"))


def _set_link(table: Any) -> Any:
    """Return an UPDATE of a link that nobody has replaced."""
    return (
        update(table)
        .where(
            table.id == bindparam("of"),
            or_(table.meeting_link.is_(None), table.meeting_link == bindparam("before")),
        )
        .values(meeting_link=bindparam("link"), sequence=table.sequence + 1)
    )


_SET_LINK, _SET_GROUP_LINK = _set_link(Session), _set_link(GroupSession)
_SET_SEAT_LINKS = (
    update(Session)
    .where(
        Session.group_id == bindparam("group"),
        Session.status.not_in(sorted(CALLED_OFF)),
    )
    .values(
        meeting_link=select(GroupSession.meeting_link)
        .where(GroupSession.id == bindparam("group"))
        .scalar_subquery(),
        sequence=Session.sequence + 1,
    )
)


def _missing_params(now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "earliest_start": now - LONGEST_SESSION,
        "latest_start": now + LOOKED_FOR,
        "limit": BATCH_SIZE,
    }


_MISSING = (
    select(Session.id)
    .join(Guild, Guild.id == Session.guild_id)
    .join(MentorProfile, MentorProfile.id == Session.profile_id)
    .outerjoin(ProviderMeeting, ProviderMeeting.session_id == Session.id)
    .where(
        Session.starts_at > bindparam("earliest_start", type_=UtcDateTime),
        Session.starts_at <= bindparam("latest_start", type_=UtcDateTime),
        Session.ends_at > bindparam("now", type_=UtcDateTime),
        Session.status.in_(sorted(AGREED)),
        Session.meeting_link.is_(None),
        # `+ 0` keeps SQLite from reading all sessions without one.
        (Session.group_id + 0).is_(None),
        _PLACE.in_(meeting_places.PROVIDERS),
        Guild.purge_began_at.is_(None),
        ProviderMeeting.id.is_(None),
        ~faults.awaits_retry(
            FaultKind.MISSING_MEETING,
            Session.id.expression,
            bindparam("now", type_=UtcDateTime),
        ),
    )
    .order_by(Session.starts_at)
    .limit(bindparam("limit", type_=Integer))
)
