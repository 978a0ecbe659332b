"""What two people agreed last time, for the reminder of their next session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, exists, literal_column, select

from mentorship.notifications.catalogue import NotificationKind
from mentorship.relationships import access, next_steps
from mentorship.relationships.next_steps import StepView
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import Notification, Session, SharedNote
from storage.types import RowId, UtcDateTime

MAX_NOTES_EXAMINED = 20
"""How many of the two people's latest notes are looked through for one of an earlier session."""

MAX_STEPS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LastTime:
    """The shared note of the latest earlier session that has one, and the steps still open."""

    note: str = ""
    steps: tuple[StepView, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to show."""
        return bool(self.note or self.steps)


async def load(tx: Transaction, session: SessionView) -> LastTime:
    """Load what the two people of a session agreed before it. Checks no permission."""
    pair = {
        "guild": session.guild_id,
        "mentor": session.mentor.user_id,
        "mentee": session.mentee.user_id,
    }
    params = {**pair, "session": session.id, "start": session.starts_at}
    rows = await tx.connection.execute(_NOTES, params | {"limit": MAX_NOTES_EXAMINED})
    latest = max(rows.all(), key=lambda row: row.starts_at, default=None)
    steps = await next_steps.list_open_between(tx, *pair.values())
    earlier = [step for step in steps if step.session_id != session.id]
    return LastTime("" if latest is None else latest.text, tuple(earlier[:MAX_STEPS_SHOWN]))


async def is_first_reminder(
    tx: Transaction, session_id: int, user_id: int, due_at: datetime
) -> bool:
    """Return whether no reminder of a session that was due before `due_at` was sent to somebody.

    The first one still is when its message is edited.
    """
    params = {"session": session_id, "user": user_id, "due": due_at}
    return not await tx.connection.scalar(_WAS_REMINDED, params)


_latest = (
    select(SharedNote.session_id, SharedNote.text)
    .where(
        SharedNote.guild_id == bindparam("guild", type_=RowId),
        SharedNote.mentor_id == bindparam("mentor", type_=RowId),
        SharedNote.mentee_id == bindparam("mentee", type_=RowId),
    )
    .order_by(SharedNote.updated_at.desc())
    .limit(bindparam("limit", type_=Integer))
    .subquery()
)
_NOTES = (
    select(_latest.c.text, Session.starts_at)
    .join(Session, Session.id == _latest.c.session_id)
    .where(
        _latest.c.text != "",
        Session.id != bindparam("session", type_=RowId),
        Session.starts_at < bindparam("start", type_=UtcDateTime),
        Session.status.not_in(sorted(access.NOT_HELD)),
    )
)
_WAS_REMINDED = select(
    exists().where(
        Notification.session_id == bindparam("session", type_=RowId),
        Notification.status == literal_column("'sent'"),
        Notification.kind == literal_column(f"'{NotificationKind.REMINDER}'"),
        Notification.user_id + 0 == bindparam("user", type_=RowId),
        Notification.due_at < bindparam("due", type_=UtcDateTime),
    )
)
