"""The mentor of a group session says that they will be late: attendees are told, in steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mentorship.actors import Actor
from mentorship.errors import Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.members import members
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import group_rows, group_views, reminders
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.reminders import TOLD_AT_ONCE
from mentorship.sessions.lateness import rules
from mentorship.statuses import AGREED
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession


@dataclass(frozen=True, slots=True)
class GroupDelayOptions:
    """A group session, and the delays in minutes that its mentor can announce now."""

    group: GroupView
    choices: tuple[int, ...]


def choices(group: GroupView, now: datetime) -> tuple[int, ...]:
    """Return the delays, in minutes, that the mentor can announce now."""
    return rules.choices(group.status, group.starts_at, group.ends_at, group.late_minutes, now)


async def load_options(tx: Transaction, actor: Actor, group_id: int) -> GroupDelayOptions:
    """Load what the mentor can say about their delay.

    Raises `NotFound`, `NotYours`, `NotAMember`, and `NotAllowedNow` if there is nothing to choose.
    """
    group = await _load(tx, actor, group_id)
    options = choices(group, tx.now)
    if not options:
        _require(group, rules.CHOICES[-1], tx.now)
    return GroupDelayOptions(group, options)


async def announce(tx: Transaction, actor: Actor, group_id: int, minutes: int) -> GroupView:
    """Say as the mentor that they will be `minutes` late, one of `rules.CHOICES`.

    The first attendees are told now, the others by `tell_due`. Saying the same again changes
    nothing. Raises `NotFound`, `NotYours`, `NotAMember`, `NotAllowedNow`.
    """
    group = await _load(tx, actor, group_id)
    if group.late_minutes == minutes:
        return group
    _require(group, minutes, tx.now)
    await tx.connection.execute(_SET_LATE, {"row_id": group.id, "late_minutes": minutes})
    after = replace(group, late_minutes=minutes)
    event = Event(
        EventType.GROUP_RUNNING_LATE,
        group.guild_id,
        actor.user_id,
        group_id=group.id,
        facts={"minutes": minutes},
    )
    await publish(tx, event)
    await group_rows.mark_card(tx, group.id)
    await _tell_some(tx, after, told_to=0)
    return after


async def tell_due(tx: Transaction, limit: int = 10) -> int:
    """Tell more attendees of late mentors. Returns for how many group sessions."""
    return await reminders.tell_more(tx, _DUE, _tell_some, limit)


async def _load(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    members.require_member(actor, group.guild_id, is_recorded=not group.mentor.has_left)
    return group


def _require(group: GroupView, minutes: int, now: datetime) -> None:
    rules.require(
        minutes,
        group.status,
        group.starts_at,
        group.ends_at,
        group.late_minutes,
        now,
        Subject.GROUP_SESSION,
    )


async def _tell_some(tx: Transaction, group: GroupView, told_to: int) -> None:
    """Tell the next attendees, in the order of their seats, and note up to which one.

    Once the mentor should be there, nobody needs to be told any more.
    """
    expected_at = group.starts_at + timedelta(minutes=group.late_minutes or 0)
    is_useful = group.status in AGREED and tx.now < expected_at
    attendees = await group_views.list_attendees(tx, group.id, TOLD_AT_ONCE, told_to)
    for attendee in attendees if is_useful else ():
        if attendee.status not in AGREED:
            continue
        event = Event(
            EventType.SESSION_RUNNING_LATE,
            group.guild_id,
            group.mentor.user_id,
            subject_id=attendee.user_id,
            session_id=attendee.session_id,
            group_id=group.id,
            facts={"minutes": group.late_minutes},
        )
        await publish(
            tx,
            event,
            participants=[attendee.user_id],
            useful_until=expected_at,
            starts_at=group.starts_at,
        )
    is_done = len(attendees) < TOLD_AT_ONCE or not is_useful
    values = {"late_told_to": None if is_done else attendees[-1].session_id}
    await tx.connection.execute(_SET_TOLD, {"row_id": group.id, **values})


_DUE = reminders.select_untold(GroupSession.late_told_to)
_SET_LATE = update_by_id(GroupSession, "late_minutes")
_SET_TOLD = update_by_id(GroupSession, "late_told_to")
