"""Mark the messages that were sent about a session or application and are no longer true.

A message is marked in the transaction of the change, like the notifications that the change
causes, and edited afterwards (`mentorship.delivery.message_updates`). Several changes before the
edit need one edit only. So are the reader's earlier messages once a newer one was sent.

A notification that is being sent at that moment is marked as well, since its text may have been
made before the change. Claiming it removes the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, func, literal_column, or_, select, update

from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.catalogue import (
    SERIES_KINDS,
    STATE_KINDS,
    SUPERSEDING_KINDS,
    NotificationKind,
)
from storage import Transaction
from storage.tables import Notification, ProfileRevision, Session
from storage.types import UtcDateTime

IS_RECIPIENT = func.coalesce(Notification.user_id, 0) == bindparam("user")
"""An expression that no index has: somebody may have had thousands of notifications, but not about
one session."""

_SENT = Notification.status == literal_column("'sent'")
_BEING_SENT = (Notification.status == literal_column("'waiting'")) & (Notification.attempts > 0)

_MARK = update(Notification).values(
    refresh_at=bindparam("now", type_=UtcDateTime), refresh_attempts=0
)


def is_one_of(kinds: Iterable[NotificationKind]) -> ColumnElement[bool]:
    """Return a condition on the kind. Its values are literals, so that many rows can be updated."""
    return Notification.kind.in_([literal_column(f"'{kind}'") for kind in kinds])


def _shows_state(*conditions: Any) -> Update:
    return _MARK.where(
        *conditions,
        is_one_of(STATE_KINDS),
        or_(
            _BEING_SENT,
            _SENT
            & Notification.message_id.is_not(None)
            & (
                (Notification.message_id != bindparam("pressed"))
                # An edit with an older text may arrive after the answer to the press.
                | Notification.refresh_at.is_not(None)
            ),
        ),
    )


_OF_SESSION = _shows_state(Notification.session_id == bindparam("session"))

_OF_SERIES = _shows_state(
    Notification.session_id.in_(select(Session.id).where(Session.series_id == bindparam("series"))),
    is_one_of(SERIES_KINDS),
)
_OF_INVITATION = _shows_state(Notification.invitation_id == bindparam("invitation"))
_OF_REQUEST = _shows_state(
    Notification.request_id == bindparam("request"),
    is_one_of((NotificationKind.HELP_REQUESTED,)),
)
_ASSIGN_TO_SESSION = (
    update(Notification)
    .where(Notification.invitation_id == bindparam("invitation"))
    .values(session_id=bindparam("session"))
)
_OF_GROUP = _shows_state(
    Notification.group_id == bindparam("group"), Notification.session_id.is_(None)
)
_ATTENDANCE_OF_GROUP = _shows_state(
    Notification.group_id == bindparam("group"),
    Notification.session_id.is_(None),
    is_one_of((NotificationKind.SESSION_ENDED, NotificationKind.COMPLETED)),
)

_OF_REVISION = _shows_state(Notification.revision_id == bindparam("revision"))
_PROFILE_ID = (
    select(ProfileRevision.profile_id)
    .where(ProfileRevision.id == bindparam("revision"))
    .scalar_subquery()
)
_REVISIONS = select(ProfileRevision.id).where(ProfileRevision.profile_id == _PROFILE_ID)

_IS_EARLIER = (
    IS_RECIPIENT,
    Notification.id != bindparam("notification"),
    is_one_of(STATE_KINDS),
    is_one_of(SUPERSEDING_KINDS),
    _SENT,
    Notification.message_id.is_not(None),
)
_EARLIER = _MARK.where(Notification.session_id == bindparam("session"), *_IS_EARLIER)
_EARLIER_OF_GROUP = _MARK.where(
    Notification.group_id == bindparam("group"), Notification.session_id.is_(None), *_IS_EARLIER
)


async def mark_outdated(tx: Transaction, event: Event) -> None:
    """Mark the messages about the session, group, series, invitation or application of an event.

    Leaves out the message whose button caused the event: the answer to the press edits it. If that
    is being edited at this moment, it is marked as well.
    """
    if event.type in (
        EventType.SESSION_BOOKED,
        EventType.SERIES_BOOKED,
        EventType.GROUP_CREATED,
    ):
        return  # There are none yet.
    params = {"now": tx.now, "pressed": tx.pressed_message_id or 0}
    if "series" in event.facts:
        in_series = params | {"series": event.facts["series"]}
        if (await tx.connection.execute(_OF_SERIES, in_series)).rowcount:
            tx.wake_delivery = True
    if event.request_id is not None and event.type is not EventType.HELP_SHOWN:
        request = params | {"request": event.request_id}
        if (await tx.connection.execute(_OF_REQUEST, request)).rowcount:
            tx.wake_delivery = True
    if event.session_id is not None:
        marked = await tx.connection.execute(_OF_SESSION, params | {"session": event.session_id})
    elif event.invitation_id is not None:
        invitation = {"invitation": event.invitation_id}
        marked = await tx.connection.execute(_OF_INVITATION, params | invitation)
    elif event.revision_id is not None:
        # Whoever edits an application after they were asked for changes submits a new revision.
        revision = {"revision": event.revision_id}
        revisions = (await tx.connection.scalars(_REVISIONS, revision)).all()
        rows = [params | {"revision": each} for each in revisions]
        marked = await tx.connection.execute(_OF_REVISION, rows)
    elif event.group_id is not None:
        marked = await tx.connection.execute(_OF_GROUP, params | {"group": event.group_id})
    else:
        return
    if marked.rowcount:
        tx.wake_delivery = True


async def assign_to_session(tx: Transaction, invitation_id: int, session_id: int) -> None:
    """Let the messages about an invitation be about the session that it has led to."""
    params = {"invitation": invitation_id, "session": session_id}
    await tx.connection.execute(_ASSIGN_TO_SESSION, params)


async def mark_attendance(tx: Transaction, group_id: int) -> None:
    """Mark the mentor's messages that say who came to a group session, and what they were paid."""
    params = {"now": tx.now, "pressed": tx.pressed_message_id or 0, "group": group_id}
    if (await tx.connection.execute(_ATTENDANCE_OF_GROUP, params)).rowcount:
        tx.wake_delivery = True


async def mark_group(tx: Transaction, group_id: int) -> None:
    """Mark the mentor's messages about a group session as a whole, after one of its seats changed.

    Only what they show of seats is concerned, such as who will be late.
    """
    params = {"now": tx.now, "pressed": tx.pressed_message_id or 0, "group": group_id}
    if (await tx.connection.execute(_OF_GROUP, params)).rowcount:
        tx.wake_delivery = True


async def mark_earlier_of_group(tx: Transaction, sent: Sequence[tuple[int, int, int]]) -> None:
    """As `mark_earlier`, for a mentor's messages about their group session as a whole."""
    if sent:
        rows = [
            {"now": tx.now, "notification": each, "user": user_id, "group": group_id}
            for each, user_id, group_id in sent
        ]
        await tx.connection.execute(_EARLIER_OF_GROUP, rows)


async def mark_earlier(tx: Transaction, sent: Sequence[tuple[int, int, int]]) -> None:
    """Mark the messages that somebody got about a session before one of `SUPERSEDING_KINDS`.

    `sent` are the ids of the sent notifications, their recipients and sessions.
    """
    if sent:
        rows = [
            {"now": tx.now, "notification": each, "user": user_id, "session": session_id}
            for each, user_id, session_id in sent
        ]
        await tx.connection.execute(_EARLIER, rows)
