"""The phases of an erasure that handle group sessions, waitlists and slot alerts.

An attendee's seats are sessions, and end with these (`erasure_phases.sessions`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from mentorship import faults, statuses
from mentorship.actors import Actor
from mentorship.errors import StillToSettle
from mentorship.faults import FaultKind
from mentorship.operations.erasure_phases import notes as erasure_notes
from mentorship.operations.erasure_phases.rows import (
    GUILD,
    IDS,
    LIMIT,
    PERSON,
    PLACEHOLDER,
    PROFILE,
    ErasedPerson,
    PhaseProgress,
    run,
)
from mentorship.sessions.groups import group_changes, group_rows, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Party
from storage import Transaction
from storage.tables import (
    Commitment,
    Event,
    GroupPlace,
    GroupSession,
    Notification,
    Participant,
    SlotAlert,
    WaitlistEntry,
)
from storage.types import UtcDateTime

ROWS_PER_ENDED_GROUP = 1_000
"""As many rows as a group session that is cancelled counts for: its first seats follow at once."""

_NOW = bindparam("now", type_=UtcDateTime)
_ERASED_AT = bindparam("erased_at", type_=UtcDateTime)
# Each is a range of the index on a mentor's group sessions by start.
_OWN = (GroupSession.guild_id == GUILD, GroupSession.mentor_id == PERSON)
_OVER = sorted({status.value for status in statuses.SessionStatus} - statuses.LIVE)


# --- What is still to come ------------------------------------------------------------------------


def _upcoming(*conditions: ColumnElement[bool]) -> Select[int]:
    return (
        select(GroupSession.id)
        .where(
            *_OWN,
            GroupSession.starts_at > _NOW,
            GroupSession.status.in_(sorted(statuses.UPCOMING)),
            *conditions,
        )
        .order_by(GroupSession.starts_at)
    )


_ALL_UPCOMING = _upcoming()
_NEXT = _upcoming(
    GroupSession.created_at <= _ERASED_AT,
    ~faults.awaits_retry(FaultKind.GROUP_SESSION, GroupSession.id.expression, _NOW),
).limit(LIMIT)
_UNSETTLED = select(func.min(GroupSession.starts_at)).where(
    *_OWN, GroupSession.starts_at <= _NOW, GroupSession.status.in_(sorted(statuses.LIVE))
)
# A mentor's seats are over some time after their group session.
_UNSETTLED_SEATS = select(func.min(Participant.session_starts_at)).where(
    Participant.guild_id == GUILD,
    Participant.user_id == PERSON,
    Participant.role == "host",
    Participant.session_status.in_(sorted(statuses.LIVE - statuses.UPCOMING)),
)
_GIVE_AWAY = (
    update(GroupSession)
    .where(GroupSession.id == bindparam("group"))
    .values(mentor_id=PLACEHOLDER, title="", description="", meeting_link=None)
)
_FORGET_ACTOR = (
    update(Event)
    .where(Event.group_id.in_(IDS), Event.actor_id == PLACEHOLDER)
    .values(actor_id=None),
    update(Notification)
    .where(Notification.group_id.in_(IDS), Notification.caused_by == PLACEHOLDER)
    .values(caused_by=None),
)


async def list_upcoming(tx: Transaction, actor: Actor) -> list[GroupView]:
    """List the actor's group sessions that an erasure cancels.

    Raises `StillToSettle` while a seat in one that has started isn't settled.
    """
    params = {"guild": actor.guild, "person": actor.user_id, "now": tx.now}
    for unsettled in (_UNSETTLED, _UNSETTLED_SEATS):
        starts_at: datetime | None = (await run(tx, unsettled, params)).scalar()
        if starts_at is not None:
            raise StillToSettle(starts_at)
    ids = (await run(tx, _ALL_UPCOMING, params)).scalars().all()
    groups = await group_views.load_many(tx, ids)
    return [groups[group_id] for group_id in ids if group_id in groups]


async def end_upcoming(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Cancel the mentor's next group session; its attendees are refunded in full and notified.

    As with sessions, the placeholder replaces the person first. One that can't be cancelled is
    tried again later, and stays theirs until then.
    """
    limit = max(1, limit // ROWS_PER_ENDED_GROUP)
    params = person.params | {"now": tx.now, "erased_at": person.created_at, "limit": limit}
    due = (await run(tx, _NEXT, params)).scalars().all()

    async def end(group_id: int) -> int:
        await run(tx, _GIVE_AWAY, params | {"group": group_id})
        await erasure_notes.delete_links_of_groups(tx, [group_id])
        group = await group_views.load(tx, group_id)
        await group_changes.call_off(tx, group, Party.MENTOR, by=person.placeholder_id, reason="")
        for statement in _FORGET_ACTOR:
            await run(tx, statement, params | {"ids": [group_id]})
        return group_id

    kind = FaultKind.GROUP_SESSION
    outcome = await faults.isolate(tx, kind, due, end, lambda group_id: group_id)
    await faults.clear(tx, kind, outcome.results)
    return PhaseProgress(ROWS_PER_ENDED_GROUP * len(due), len(due) >= limit)


# --- What is over ---------------------------------------------------------------------------------

_SELECT_OVER = (
    select(GroupSession.id)
    .where(*_OWN, GroupSession.status.in_(_OVER), GroupSession.created_at <= _ERASED_AT)
    .limit(LIMIT)
)
_CLEAR = (
    update(GroupSession)
    .where(GroupSession.id.in_(IDS))
    .values(
        mentor_id=PLACEHOLDER,
        title="",
        description="",
        meeting_link=null(),
        ended_reason=None,
    )
)
_DELETE_COMMITMENTS = delete(Commitment).where(Commitment.group_id.in_(IDS))
# A place is named after the session. Its channel is found by its id.
_CLEAR_PLACES = (
    update(GroupPlace)
    .where(GroupPlace.group_id.in_(IDS), GroupPlace.channel_id.is_not(None))
    .values(name="", problem=None)
)
_DELETE_UNMADE_PLACES = delete(GroupPlace).where(
    GroupPlace.group_id.in_(IDS), GroupPlace.channel_id.is_(None)
)


async def separate(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Replace the person by their placeholder in group sessions of theirs that are over."""
    params = person.params | {"erased_at": person.created_at, "limit": limit}
    ids = (await run(tx, _SELECT_OVER, params)).scalars().all()
    if ids:
        for statement in (_CLEAR, _DELETE_COMMITMENTS, _CLEAR_PLACES, _DELETE_UNMADE_PLACES):
            await run(tx, statement, params | {"ids": ids})
        await erasure_notes.delete_links_of_groups(tx, ids)
    return PhaseProgress(len(ids), len(ids) >= limit)


_LEFT = select(exists().where(*_OWN, GroupSession.created_at <= _ERASED_AT))


async def has_groups_left(tx: Transaction, person: ErasedPerson) -> bool:
    """Return whether the person still has a group session: one that wasn't over."""
    params = person.params | {"erased_at": person.created_at}
    return bool((await run(tx, _LEFT, params)).scalar())


# --- Lines to wait in -----------------------------------------------------------------------------

_PLACES = (
    select(WaitlistEntry.id, WaitlistEntry.group_id)
    .where(
        WaitlistEntry.guild_id == GUILD,
        WaitlistEntry.user_id == PERSON,
        WaitlistEntry.created_at <= _ERASED_AT,
    )
    .limit(LIMIT)
)
_DELETE_PLACES = delete(WaitlistEntry).where(WaitlistEntry.id.in_(IDS))
_ALERTS = (
    select(SlotAlert.id)
    .where(
        or_(
            SlotAlert.profile_id == PROFILE,
            (SlotAlert.guild_id == GUILD) & (SlotAlert.user_id == PERSON),
        ),
        SlotAlert.created_at <= _ERASED_AT,
    )
    .limit(LIMIT)
)
_DELETE_ALERTS = delete(SlotAlert).where(SlotAlert.id.in_(IDS))


async def leave_waitlists(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete the person's places in line. The announcements show that."""
    params = person.params | {"erased_at": person.created_at, "limit": limit}
    rows = (await run(tx, _PLACES, params)).all()
    if rows:
        await run(tx, _DELETE_PLACES, {"ids": [row.id for row in rows]})
        for group_id in sorted({row.group_id for row in rows}):
            await group_rows.mark_card(tx, group_id)
    return PhaseProgress(2 * len(rows), len(rows) >= limit)


async def delete_alerts(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete the person's slot alerts, and those of others for the person's slots."""
    params = person.params | {"erased_at": person.created_at, "limit": limit}
    ids = (await run(tx, _ALERTS, params)).scalars().all()
    if ids:
        await run(tx, _DELETE_ALERTS, {"ids": ids})
    return PhaseProgress(len(ids), len(ids) >= limit)
