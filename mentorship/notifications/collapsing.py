"""Drop what was undone before it was sent: a request or proposal, and the message about its end.

A notification that was claimed for delivery counts as sent, since its message may have arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.catalogue import DropReason, NotificationKind
from mentorship.notifications.writing import WAITING, NotificationDraft
from storage import Transaction
from storage.tables import Notification, Session

_ENDS_SESSION = frozenset(
    {EventType.SESSION_CANCELLED, EventType.SESSION_DECLINED, EventType.SESSION_EXPIRED}
)
_ENDS_SERIES = frozenset(
    {EventType.SERIES_CANCELLED, EventType.SERIES_DECLINED, EventType.SERIES_EXPIRED}
)
_ENDS_PROPOSAL = frozenset({EventType.RESCHEDULE_WITHDRAWN, EventType.RESCHEDULE_EXPIRED})
_ANSWERS = frozenset(
    {
        EventType.SESSION_CONFIRMED,
        EventType.RESCHEDULE_PROPOSED,
        EventType.RESCHEDULE_ACCEPTED,
        EventType.RESCHEDULE_DECLINED,
    }
)
_ENDS_INVITATION = frozenset(
    {
        EventType.INVITATION_ACCEPTED,
        EventType.INVITATION_DECLINED,
        EventType.INVITATION_WITHDRAWN,
        EventType.INVITATION_EXPIRED,
    }
)
_QUESTIONS = (NotificationKind.REQUESTED, NotificationKind.RESCHEDULE_PROPOSED)
_ABOUT_PROPOSALS = (
    NotificationKind.RESCHEDULE_PROPOSED,
    NotificationKind.RESCHEDULED,
    NotificationKind.RESCHEDULE_ENDED,
)

_OF_SESSION = (
    select(
        Notification.id,
        Notification.user_id,
        Notification.kind,
        ((Notification.status == "waiting") & (Notification.attempts == 0)).label("is_unsent"),
    )
    .where(
        Notification.session_id == bindparam("session"),
        Notification.status.in_(("waiting", "sent", "failed")),
        Notification.kind.in_({*_QUESTIONS, *_ABOUT_PROPOSALS}),
    )
    .order_by(Notification.id)
)
_UNSENT_INVITATION = select(Notification.id, Notification.user_id).where(
    Notification.invitation_id == bindparam("invitation"),
    WAITING,
    Notification.attempts == 0,
    Notification.kind == NotificationKind.INVITED,
)
_DROP = (
    update(Notification)
    .where(Notification.id.in_(bindparam("ids", expanding=True)), WAITING)
    .values(status="dropped", settled_at=bindparam("now"), problem=DropReason.OBSOLETE)
)

_UNSENT_OF_SERIES = select(Notification.id, Notification.user_id).where(
    Notification.session_id.in_(select(Session.id).where(Session.series_id == bindparam("series"))),
    Notification.kind == NotificationKind.SERIES_REQUESTED,
    WAITING,
    Notification.attempts == 0,
)

_DROP_DELAYS = (
    update(Notification)
    .where(
        Notification.session_id == bindparam("session"),
        WAITING,
        Notification.attempts == 0,
        Notification.kind == NotificationKind.RUNNING_LATE,
        # `+ 0` keeps SQLite from reading all notifications that the author has caused.
        Notification.caused_by + 0 == bindparam("author"),
    )
    .values(status="dropped", settled_at=bindparam("now"), problem=DropReason.OBSOLETE)
)

_Rows = Sequence[Row[*tuple[Any, ...]]]


async def collapse(
    tx: Transaction, event: Event, drafts: Iterable[NotificationDraft]
) -> list[NotificationDraft]:
    """Return the notifications of an event that its readers need, and drop obsolete unsent ones.

    - Someone who acts on a request or proposal isn't asked about it any more.
    - If the request for a session wasn't sent, neither is its end, unless the reader earns by it.
    - If the request for a series wasn't sent, neither is that one of its sessions has ended.
    - If an invitation wasn't sent, neither is it after its end, nor is its end to the same person.
    - Of several unsent notices that somebody will be late, the newest is sent.
    - If a proposal wasn't sent, neither is its end. Of several unsent proposals the newest is sent.
    """
    kept = list(drafts)
    if event.invitation_id is not None and event.type in _ENDS_INVITATION:
        invitation = {"invitation": event.invitation_id}
        unread = (await tx.connection.execute(_UNSENT_INVITATION, invitation)).all()
        await _drop(tx, [row.id for row in unread])
        untold = {row.user_id for row in unread}
        return [draft for draft in kept if draft.user_id not in untold]
    if event.type is EventType.SESSION_RUNNING_LATE:
        params = {"session": event.session_id, "author": event.actor_id, "now": tx.now}
        await tx.connection.execute(_DROP_DELAYS, params)
        return kept
    if "series" in event.facts and event.type in _ENDS_SESSION | _ENDS_SERIES:
        kept = await _collapse_series(tx, event, kept)
    if event.session_id is None or event.type not in _ENDS_SESSION | _ENDS_PROPOSAL | _ANSWERS:
        return kept
    rows = (await tx.connection.execute(_OF_SESSION, {"session": event.session_id})).all()
    unsent = [row for row in rows if row.is_unsent]
    obsolete = [row for row in unsent if row.kind in _QUESTIONS and row.user_id == event.actor_id]
    for draft in list(kept):
        own = [row for row in unsent if row.user_id == draft.user_id is not None]
        if event.type in _ENDS_SESSION:
            obsolete += own
            if _has(own, NotificationKind.REQUESTED) and not event.facts.get("earned"):
                kept.remove(draft)
        elif _has(own, NotificationKind.RESCHEDULE_PROPOSED):
            obsolete += [row for row in own if row.kind == NotificationKind.RESCHEDULE_PROPOSED]
            if event.type in _ENDS_PROPOSAL and not _waits_for_an_end(rows, draft.user_id):
                kept.remove(draft)
    await _drop(tx, [row.id for row in obsolete])
    return kept


async def _collapse_series(
    tx: Transaction, event: Event, drafts: Sequence[NotificationDraft]
) -> list[NotificationDraft]:
    """Return the notifications to those who have been notified of the series itself.

    To whom its request wasn't sent yet, that will show what is left of it. If nothing is left, it
    isn't sent.
    """
    params = {"series": event.facts["series"]}
    rows = (await tx.connection.execute(_UNSENT_OF_SERIES, params)).all()
    if not rows or event.facts.get("earned"):
        return list(drafts)
    if event.type in _ENDS_SERIES:
        await tx.connection.execute(_DROP, {"ids": [row.id for row in rows], "now": tx.now})
    uninformed = {row.user_id for row in rows}
    return [draft for draft in drafts if draft.user_id not in uninformed]


async def _drop(tx: Transaction, ids: Sequence[int]) -> None:
    if ids:
        await tx.connection.execute(_DROP, {"ids": ids, "now": tx.now})


def _has(rows: _Rows, kind: NotificationKind) -> bool:
    return any(row.kind == kind for row in rows)


def _waits_for_an_end(rows: _Rows, user_id: int | None) -> bool:
    """Return whether an earlier proposal was sent to a person, and no later message ends it."""
    sent_kinds = [
        row.kind
        for row in rows
        if row.user_id == user_id
        and row.kind in _ABOUT_PROPOSALS
        and (not row.is_unsent or row.kind == NotificationKind.RESCHEDULE_ENDED)
    ]
    return bool(sent_kinds) and sent_kinds[-1] == NotificationKind.RESCHEDULE_PROPOSED
