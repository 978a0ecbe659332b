"""Attendees of a group session who have said that they will be late, for its mentor.

However many they are, the mentor gets one message, which is edited when others follow.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, func, literal_column, select

from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.sent_messages import mark_group
from mentorship.notifications.writing import NotificationDraft
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import Member, Participant
from storage.types import RowId

MAX_NAMES = 10
"""How many late attendees are named."""


@dataclass(frozen=True, slots=True)
class LateAttendee:
    """An attendee who will be `minutes` late."""

    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class LateAttendees:
    """Those who will be late, the latest first, at most `MAX_NAMES`, and how many they are."""

    first: tuple[LateAttendee, ...] = ()
    total: int = 0


NOBODY = LateAttendees()


async def tell_mentor(tx: Transaction, seat: SessionView) -> None:
    """Tell the mentor of a group session that the attendee of a seat will be late.

    Once for each time of the group session: their message has all who are late by then.
    """
    assert seat.group_id is not None
    draft = NotificationDraft(
        NotificationKind.RUNNING_LATE,
        seat.guild_id,
        seat.mentor.user_id,
        subject=f"group{seat.group_id}.{seat.starts_at:%Y%m%d%H%M}",
        due_at=tx.now,
        useful_until=seat.ends_at,
        group_id=seat.group_id,
        starts_at=seat.starts_at,
        caused_by=seat.mentee.user_id,
    )
    await writing.write(tx, [draft])
    await mark_group(tx, seat.group_id)


async def load(tx: Transaction, group_id: int) -> LateAttendees:
    """Load who has a seat in a group session and has said that they will be late."""
    params = {"group": group_id, "limit": MAX_NAMES}
    rows = (await tx.connection.execute(_SELECT, params)).all()
    first = tuple(LateAttendee(row.name, row.late_minutes) for row in rows)
    return LateAttendees(first, rows[0].total if rows else 0)


_SELECT = (
    select(Participant.late_minutes, Member.name, func.count().over().label("total"))
    .join(
        Member,
        (Member.guild_id == Participant.guild_id) & (Member.user_id == Participant.user_id),
    )
    .where(
        Participant.group_id == bindparam("group", type_=RowId),
        # Literals, so that the partial index on late attendees applies.
        literal_column("participants.late_minutes IS NOT NULL"),
        literal_column("participants.group_id IS NOT NULL"),
        Participant.role == literal_column("'mentee'"),
        literal_column("participants.session_status IN ('confirmed', 'in_progress')"),
    )
    .order_by(Participant.late_minutes.desc(), Participant.session_id)
    .limit(bindparam("limit", type_=Integer))
)
