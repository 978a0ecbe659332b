"""Group sessions that repeat, such as office hours: their next dates, and changes to all of them.

The sessions of a chain are created some weeks ahead, so that their mentor's time is held. Each has
its own sign-up, seats and announcement. A date on which the mentor is busy or has time off is
skipped, and counts as one of those that were to follow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, or_, select, update

from mentorship import consent, faults, meeting_places
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import (
    NotAllowedNow,
    Obstacle,
    SessionAction,
    SlotUnavailable,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import (
    creation,
    group_changes,
    group_rows,
    group_views,
    repeat_dates,
)
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession
from storage.types import RowId, UtcDateTime

MAX_SKIPPED = 10
"""Dates in a row that one step skips."""

MAX_UPCOMING = 12
"""Sessions of one chain that a change of all that follow works on; there are at most 6 or so."""


async def create_due(tx: Transaction, limit: int = 10) -> int:
    """Create the sessions for which it is time, one for each chain. Returns how many were tried."""
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()

    async def create_one(group_id: int) -> int:
        await create_next(tx, await group_views.load(tx, group_id))
        return group_id

    outcome = await faults.isolate(
        tx, FaultKind.GROUP_SESSION, due, create_one, lambda group_id: group_id
    )
    await faults.clear(tx, FaultKind.GROUP_SESSION, outcome.results)
    return len(due)


async def create_next(tx: Transaction, last: GroupView) -> GroupView | None:
    """Create the session that follows the last one of a chain. Returns None if it isn't time.

    Dates that can't take place are skipped, and the mentor is told. A mentor who has stopped or is
    suspended gets no further sessions meanwhile.
    """
    # Another process may be at it.
    claimed = await tx.connection.execute(_CLAIM, {"row_group": last.id})
    if not claimed.rowcount or last.repeat_on is None or not last.repeat_weeks:
        return None
    if last.mentor_status is not ProfileStatus.APPROVED:
        # The dates continue once the mentor is reinstated, or mentors again.
        if tx.now < last.starts_at + REMEMBERED_FOR:
            await _update(tx, last.id, {"repeat_at": tx.now + ABSENT_MENTOR_DELAY})
        return None
    calendar = await mentor_calendar.load(tx, last.guild_id, last.mentor.user_id)
    wall, left = datetime.fromisoformat(last.repeat_on), last.repeat_left
    for _ in range(MAX_SKIPPED):
        if left == 0:
            return None
        following = repeat_dates.next_date(wall, last.repeat_weeks)
        starts_at = repeat_dates.instant(calendar.schedule, following)
        if starts_at > tx.now + repeat_dates.AHEAD:
            break
        wall, left = following, None if left is None else left - 1
        if starts_at <= tx.now:
            # The program was down for weeks.
            continue
        why = None
        if repeat_dates.is_day_off(calendar.schedule, wall):
            why = "time_off"
        else:
            try:
                calendar.require_proposable_by_mentor(
                    tx.now, starts_at, last.minutes, mentee_busy=()
                )
            except SlotUnavailable:
                why = "busy"
        if why is None:
            return await _insert(tx, last, starts_at, wall, left)
        await _tell_skipped(tx, last, starts_at, why)
    else:
        starts_at = tx.now + repeat_dates.AHEAD
    # Remembers what was skipped.
    values = {
        "repeat_on": wall.isoformat(),
        "repeat_left": left,
        "repeat_at": starts_at - repeat_dates.AHEAD,
    }
    await _update(tx, last.id, values)
    return None


async def _insert(
    tx: Transaction, last: GroupView, starts_at: datetime, wall: datetime, left: int | None
) -> GroupView:
    """Insert a session like the last one of its chain at another time."""
    guild = await guild_settings.load(tx, last.guild_id)
    calendar = await mentor_calendar.load(tx, last.guild_id, last.mentor.user_id)
    deadline = None
    if last.minimum_seats and last.minimum_deadline is not None:
        deadline = max(starts_at - (last.starts_at - last.minimum_deadline), tx.now)
    request = GroupRequest(
        title=last.title,
        starts_at=starts_at,
        minutes=last.minutes,
        capacity=last.capacity,
        price=last.price,
        description=last.description,
        minimum_seats=last.minimum_seats,
        minimum_deadline=deadline,
        join_role_ids=last.join_role_ids,
        place=last.place,
        # A meeting at a provider is the last one's alone.
        meeting_link=None if meeting_places.is_provider(last.place) else last.meeting_link,
        repeat_weeks=last.repeat_weeks,
        repeat_left=left,
        channel_id=last.channel_id or guild.sessions_channel_id,
        # Also if somebody has deleted the last one's.
        wants_event=last.wants_event or last.event_id is not None,
    )
    return await creation.insert_group(
        tx,
        guild,
        last.profile_id,
        last.mentor.user_id,
        request,
        calendar.schedule.zone_at(starts_at),
        repeat_of=last.repeat_of or last.id,
        repeat_on=wall,
    )


async def _tell_skipped(tx: Transaction, last: GroupView, starts_at: datetime, why: str) -> None:
    event = Event(
        EventType.GROUP_REPEAT_SKIPPED,
        last.guild_id,
        subject_id=last.mentor.user_id,
        group_id=last.id,
        facts={"start": int(starts_at.timestamp()), "why": why},
    )
    await publish(tx, event, useful_until=starts_at)


async def list_following(tx: Transaction, group: GroupView) -> list[GroupView]:
    """List the sessions of a chain that are to come, from `group` on; only itself if none repeats.

    The soonest first.
    """
    params = {"chain": group.repeat_of or group.id, "start": group.starts_at}
    rows = await tx.connection.scalars(_FOLLOWING, params | {"limit": MAX_UPCOMING})
    groups = await group_views.load_many(tx, rows.all())
    return sorted(groups.values(), key=lambda each: (each.starts_at, each.id))


async def stop(tx: Transaction, actor: Actor, group_id: int) -> GroupView:
    """Stop repeating a group session, as its mentor. What was created takes place.

    Raises `NotFound`, `NotYours`, and `NotAllowedNow` if it doesn't repeat.
    """
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    if not group.repeat_weeks:
        raise NotAllowedNow(
            SessionAction.STOP_REPEATING,
            Obstacle.NOT_REPEATING,
            status=group.status,
            subject=Subject.GROUP_SESSION,
        )
    await _stop_chain(tx, group)
    event = Event(EventType.GROUP_REPEAT_STOPPED, group.guild_id, actor.user_id, group_id=group.id)
    await publish(tx, event)
    for each in await list_following(tx, group):
        await group_rows.mark_card(tx, each.id)
    return await group_views.load(tx, group.id)


async def edit_following(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    changes: GroupEdit,
    *,
    revision_shown: int | None = None,
) -> list[GroupView]:
    """Change what a group session and all that follow say: all of them or none.

    Those that will be created later are like the last one. Raises what `group_changes.edit` does.
    """
    first = await group_changes.load_actionable(tx, actor, group_id, Action.EDIT)
    consent.require(Term.REVISION, revision_shown, first.revision)
    deadline, edited = changes.minimum_deadline, []
    for each in await list_following(tx, first):
        if deadline is not None:
            # As long before the start of each.
            later = deadline + (each.starts_at - first.starts_at)
            changes = replace(changes, minimum_deadline=later)
        edited.append(await group_changes.edit(tx, actor, each.id, changes))
    return edited


async def cancel_following(
    tx: Transaction,
    actor: Actor,
    group_id: int,
    reason: str = "",
    *,
    seats_shown: int | None = None,
) -> list[GroupView]:
    """Cancel a group session and all that follow, as its mentor or a moderator; none is created.

    `seats_shown` is the number of seats, in all of them, that the actor agreed to cancel. Raises
    what `group_changes.cancel` does.
    """
    first = await group_views.load_for(tx, actor, group_id)
    following = await list_following(tx, first)
    consent.require(Term.SEATS, seats_shown, sum(each.seats_taken for each in following))
    # The first of them checks the actor.
    cancelled = [
        await group_changes.cancel(tx, actor, each.id, reason) for each in following or [first]
    ]
    await _stop_chain(tx, first)
    return cancelled


async def _stop_chain(tx: Transaction, group: GroupView) -> None:
    await tx.connection.execute(_STOP, {"chain": group.repeat_of or group.id})


async def _update(tx: Transaction, group_id: int, values: dict[str, Any]) -> None:
    await tx.connection.execute(update_by_id(GroupSession, *values), {"row_id": group_id, **values})


_DUE = (
    select(GroupSession.id)
    .where(
        GroupSession.repeat_at <= bindparam("now", type_=UtcDateTime),
        ~faults.awaits_retry(
            FaultKind.GROUP_SESSION,
            GroupSession.id.expression,
            bindparam("now", type_=UtcDateTime),
        ),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(GroupSession.repeat_at)
    .limit(bindparam("limit", type_=Integer))
)
REMEMBERED_FOR = timedelta(days=90)
"""How long after its last session a chain can still continue if its mentor mentors again."""

ABSENT_MENTOR_DELAY = timedelta(days=1)
"""How long after one look at the chain of a mentor who has stopped or is suspended the next is."""

_CLAIM = (
    update(GroupSession)
    .where(
        GroupSession.id == bindparam("row_group", type_=RowId), GroupSession.repeat_at.is_not(None)
    )
    .values(repeat_at=None)
)
_IN_CHAIN = or_(
    GroupSession.id == bindparam("chain", type_=RowId),
    GroupSession.repeat_of == bindparam("chain", type_=RowId),
)
_FOLLOWING = (
    select(GroupSession.id)
    .where(
        _IN_CHAIN,
        GroupSession.status == SessionStatus.CONFIRMED,
        GroupSession.starts_at >= bindparam("start", type_=UtcDateTime),
    )
    .order_by(GroupSession.starts_at)
    .limit(bindparam("limit", type_=Integer))
)
_STOP = (
    update(GroupSession).where(_IN_CHAIN).values(repeat_at=None, repeat_weeks=0, repeat_left=None)
)
