"""What became of the work at a meeting provider: recording it, retrying it, and falling back.

The link of a meeting becomes the link of its session, so that cards, reminders, calendars and the
API have it like any other link. Until `FALLBACK_BEFORE` the start the provider is asked again and
again. Then people meet elsewhere, and both are told: at the mentor's own link, or else in a spare
room. See docs/decisions/0062-meetings-at-providers.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select

from mentorship import faults
from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.meetings import planning
from mentorship.meetings.problems import MeetingProblem
from mentorship.meetings.work import MeetingWork, Task
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.publishing import publish
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.groups import group_rows, group_views, reminders
from mentorship.sessions.places.session_link import SHOWN_FROM
from mentorship.statuses import CALLED_OFF
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, MentorProfile, Participant, ProviderMeeting, Session
from storage.types import RowId

FALLBACK_BEFORE = timedelta(minutes=15)
"""How long before the start people are told of another place, if there is no meeting by then."""

FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(minutes=15)
"""Time until the next attempt. It grows with the time for which the provider has failed."""

NOTIFIED_AFTER = timedelta(minutes=5)
"""How long a provider may fail before moderators are told, if it can recover by itself."""

GIVE_UP_AFTER = timedelta(days=3)
"""How long it is tried to remove a meeting. Nobody has its link any more."""

_NEEDS_OPERATOR = frozenset(
    {
        MeetingProblem.NOT_CONFIGURED,
        MeetingProblem.UNAUTHORIZED,
        MeetingProblem.UNKNOWN_HOST_USER,
        MeetingProblem.NO_FREE_HOST,
    }
)


class Fallback(StrEnum):
    """Where people meet instead. The values are stored in facts."""

    OWN_LINK = auto()
    SPARE_ROOM = auto()
    NOWHERE = auto()
    """The mentor is asked for a link."""


async def record_made(
    tx: Transaction,
    work: MeetingWork,
    external_id: str,
    join_url: str,
    host_url: str | None = None,
) -> bool:
    """Record a meeting that was made or changed, and give its session the link.

    Shortly before the start, its people are notified. Returns False if it isn't this meeting that
    counts, since the lease was over and another process has made one: it is to be removed.
    """
    row = (await tx.connection.execute(_LOCK, {"meeting": work.id})).one_or_none()
    if row is None or row.room_key != work.room_key:
        return False
    if row.attempts != work.attempt:
        return row.external_id in (None, external_id)
    values = {
        "external_id": external_id,
        "join_url": join_url,
        "host_url": host_url,
        "starts_at": work.starts_at,
        "ends_at": work.ends_at,
        "failing_since": None,
        "problem": None,
        # It may have been called off meanwhile, and is then removed at once.
        "next_at": tx.now if row.status == "removing" else None,
    }
    if row.status == "wanted":
        values["status"] = "made"
    await _store(tx, work.id, values)
    await faults.clear(tx, FaultKind.PROVIDER_MEETING, [work.id])
    if row.status != "removing":
        await _give_link(tx, work, join_url, before=row.join_url)
        await _review(tx, work)
    return True


async def record_removed(tx: Transaction, work: MeetingWork) -> None:
    """Record that a meeting doesn't exist any more."""
    row = (await tx.connection.execute(_LOCK, {"meeting": work.id})).one_or_none()
    if row is None or row.attempts != work.attempt or row.status != "removing":
        return
    await _let_go(tx, row, None)


async def record_failure(
    tx: Transaction,
    work: MeetingWork,
    problem: MeetingProblem,
    retry_after: timedelta | None = None,
    spare_room: str | None = None,
) -> None:
    """Record that the provider failed, and try it again later, or fall back.

    `retry_after` is how long it asks to wait. `spare_room` is the link of a room that needs no
    provider, if there is one.
    """
    row = (await tx.connection.execute(_LOCK, {"meeting": work.id})).one_or_none()
    if row is None or row.attempts != work.attempt:
        return
    since = row.failing_since or tx.now
    delay = min(max((tx.now - since) / 2, FIRST_RETRY), LONGEST_RETRY)
    delay = max(delay, retry_after or timedelta())
    values: dict[str, Any] = {"failing_since": since, "problem": problem, "next_at": tx.now + delay}
    if work.task is Task.REMOVE:
        if tx.now - since >= GIVE_UP_AFTER:
            await _let_go(tx, row, problem)
        else:
            await _store(tx, work.id, values)
        return
    if row.status == "removing":
        # Called off meanwhile. The attempt may have made it all the same.
        await _store(tx, work.id, values | {"next_at": tx.now})
        return
    falls_back_at = work.starts_at - FALLBACK_BEFORE
    if tx.now < falls_back_at:
        values["next_at"] = min(tx.now + delay, falls_back_at)
        await _store(tx, work.id, values)
        if problem in _NEEDS_OPERATOR or tx.now - since >= NOTIFIED_AFTER:
            await _notify_moderators(tx, work, problem)
        return
    # What an attempt has made without an answer is looked for, and removed.
    values |= {"status": "removing", "fell_back_at": tx.now, "join_url": None, "host_url": None}
    values |= {"failing_since": None, "next_at": tx.now + FIRST_RETRY}
    await _store(tx, work.id, values)
    await _notify_moderators(tx, work, problem)
    await _fall_back(tx, work, spare_room, before=row.join_url)


async def record_fault(tx: Transaction, work: MeetingWork, error: Exception) -> None:
    """Record that the work failed with an unexpected error. It is retried when its lease ends."""
    await faults.record(tx, FaultKind.PROVIDER_MEETING, work.id, error)


async def _let_go(
    tx: Transaction, row: Row[*tuple[Any, ...]], problem: MeetingProblem | None
) -> None:
    """Delete the row of a session that won't take place; keep others, which may begin again."""
    values = {"status": "removed", "next_at": None, "failing_since": None, "problem": problem}
    await _store(tx, row.id, values)
    await faults.clear(tx, FaultKind.PROVIDER_MEETING, [row.id])
    status = (
        await tx.connection.execute(_STATUS, {"session": row.session_id, "group": row.group_id})
    ).one()
    if (status.of_session or status.of_group) in CALLED_OFF:
        await tx.connection.execute(_DELETE, {"meeting": row.id})
    elif row.fell_back_at is None:
        await _review_ids(tx, row.session_id, row.group_id)


async def _give_link(tx: Transaction, work: MeetingWork, link: str, *, before: str | None) -> None:
    """Give the session a link, unless it has another one of its own.

    People who were shown the old one are told if the reminders with the link are out already.
    """
    if link == before:
        return
    if await planning.set_link(tx, work.session_id, work.group_id, link, before=before):
        facts = {"provider": work.provider}
        await _publish(tx, work, facts, is_urgent=tx.now >= work.starts_at - SHOWN_FROM)


async def _fall_back(
    tx: Transaction, work: MeetingWork, spare_room: str | None, *, before: str | None
) -> None:
    """Give the session another place to meet, and tell everybody, whatever the time."""
    own_link = await tx.connection.scalar(
        _OWN_LINK, {"session": work.session_id, "group": work.group_id}
    )
    if own_link:
        fallback = Fallback.OWN_LINK
    else:
        fallback = Fallback.SPARE_ROOM if spare_room else Fallback.NOWHERE
    link = own_link or spare_room
    if await planning.set_link(tx, work.session_id, work.group_id, link, before=before):
        facts = {"room": work.provider, "fallback": fallback}
        await _publish(tx, work, facts, is_urgent=True)


async def _publish(
    tx: Transaction, work: MeetingWork, facts: Mapping[str, Any], *, is_urgent: bool
) -> None:
    """Publish that a session has another link. `is_urgent` notifies its people."""
    if work.session_id is not None:
        people = await tx.connection.scalars(_PEOPLE, {"session": work.session_id})
        event = Event(
            EventType.MEETING_LINK_CHANGED,
            work.guild_id,
            session_id=work.session_id,
            facts=facts,
        )
        await publish(
            tx,
            event,
            participants=list(people) if is_urgent else [],
            useful_until=work.ends_at,
        )
        return
    assert work.group_id is not None
    await group_rows.mark_card(tx, work.group_id)
    group = await group_views.load(tx, work.group_id)
    changed = Event(
        EventType.GROUP_LINK_CHANGED, work.guild_id, group_id=work.group_id, facts=facts
    )
    mentor = [group.mentor.user_id] if is_urgent else []
    await publish(tx, changed, participants=mentor, useful_until=work.ends_at)
    if is_urgent:
        await reminders.tell_place(tx, group)


async def _notify_moderators(tx: Transaction, work: MeetingWork, problem: MeetingProblem) -> None:
    """Notify the guild's log channel, once a day for each provider."""
    try:
        guild = await guild_settings.load(tx, work.guild_id)
    except DataBeingDeleted:
        return
    if guild.log_channel_id is None:
        return
    draft = NotificationDraft(
        NotificationKind.MEETING_PLACE_FAILED,
        guild.id,
        None,
        subject=f"{work.provider}.{guild.id}.{tx.now:%Y%m%d}",
        due_at=tx.now,
        facts={"provider": work.provider, "code": problem},
    )
    await writing.write(tx, [draft])


async def _review(tx: Transaction, work: MeetingWork) -> None:
    """Look at the session again: it may have been moved or called off meanwhile."""
    await _review_ids(tx, work.session_id, work.group_id)


async def _review_ids(tx: Transaction, session_id: int | None, group_id: int | None) -> None:
    if session_id is not None:
        await planning.review_session(tx, session_id)
    if group_id is not None:
        await planning.review_group(tx, group_id)


async def _store(tx: Transaction, meeting_id: int, values: Mapping[str, Any]) -> None:
    await tx.connection.execute(
        update_by_id(ProviderMeeting, *values), {"row_id": meeting_id, **values}
    )


_LOCK = (
    select(*ProviderMeeting.__table__.c)
    .where(ProviderMeeting.id == bindparam("meeting"))
    .with_for_update()
)
_DELETE = delete(ProviderMeeting).where(ProviderMeeting.id == bindparam("meeting"))
_STATUS = select(
    select(Session.status)
    .where(Session.id == bindparam("session", type_=RowId))
    .scalar_subquery()
    .label("of_session"),
    select(GroupSession.status)
    .where(GroupSession.id == bindparam("group", type_=RowId))
    .scalar_subquery()
    .label("of_group"),
)
_OWN_LINK = select(MentorProfile.meeting_link).where(
    or_(
        MentorProfile.id
        == select(Session.profile_id)
        .where(Session.id == bindparam("session", type_=RowId))
        .scalar_subquery(),
        MentorProfile.id
        == select(GroupSession.profile_id)
        .where(GroupSession.id == bindparam("group", type_=RowId))
        .scalar_subquery(),
    )
)
_PEOPLE = select(Participant.user_id).where(
    Participant.session_id == bindparam("session"), Participant.role.in_(("mentor", "mentee"))
)
