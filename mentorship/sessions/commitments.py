"""The time that sessions hold of their participants, and invitations of their mentor.

The database refuses commitments of one person that overlap, so nobody is booked twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, exists, insert, select

from mentorship.sessions.session_views import SessionView
from mentorship.time.intervals import Span, merge
from storage import Transaction
from storage.tables import Commitment
from storage.types import UtcDateTime

_INSERT = insert(Commitment)
_DELETE = delete(Commitment).where(Commitment.session_id == bindparam("session"))
_DELETE_OF_INVITATION = delete(Commitment).where(
    Commitment.invitation_id == bindparam("invitation")
)

_DELETE_OF_GROUP = delete(Commitment).where(Commitment.group_id == bindparam("group"))


def overlaps(user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a person is busy between the parameters `start` and `end`."""
    return exists().where(
        Commitment.user_id == user_id,
        Commitment.ends_at > bindparam("start", type_=UtcDateTime),
        Commitment.starts_at < bindparam("end", type_=UtcDateTime),
    )


_IS_BUSY = select(overlaps(bindparam("user", type_=BigInteger)))


async def is_busy(tx: Transaction, user_id: int, span: Span) -> bool:
    """Return whether a person has a commitment in a span, in any guild."""
    params = {"user": user_id, "start": span.start, "end": span.end}
    return bool(await tx.connection.scalar(_IS_BUSY, params))


async def write(tx: Transaction, session_id: int, user_ids: Iterable[int], *spans: Span) -> None:
    """Hold the spans of each person's time for a session.

    Callers check the calendars first. The database still refuses an overlap, with an
    `IntegrityError`, if another transaction was faster; PostgreSQL then retries the use case.
    """
    await tx.connection.execute(
        _INSERT,
        [
            {
                "session_id": session_id,
                "user_id": user_id,
                "starts_at": span.start,
                "ends_at": span.end,
            }
            # In one order for all, so that two people who book each other can't deadlock.
            for user_id in sorted(user_ids)
            for span in spans
        ],
    )


async def replace(tx: Transaction, session: SessionView, *spans: Span) -> None:
    """Hold the spans for both participants, instead of whatever the session held before.

    Spans that touch or overlap are stored as one. Raises what `write` does.
    """
    merged = [Span(start, end) for start, end in merge((span.start, span.end) for span in spans)]
    await release(tx, session.id)
    await write(tx, session.id, (session.mentor.user_id, session.mentee.user_id), *merged)


async def write_for_group(tx: Transaction, group_id: int, mentor_id: int, span: Span) -> None:
    """Hold a span of the mentor's time for a group session. Raises what `write` does."""
    row = {"group_id": group_id, "user_id": mentor_id, "starts_at": span.start, "ends_at": span.end}
    await tx.connection.execute(_INSERT, row)


async def replace_for_group(tx: Transaction, group_id: int, mentor_id: int, span: Span) -> None:
    """Hold another span of the mentor's time for a group session. Raises what `write` does."""
    await release_group(tx, group_id)
    await write_for_group(tx, group_id, mentor_id, span)


async def release_group(tx: Transaction, group_id: int) -> None:
    """Release the mentor's time that a group session holds; its seats hold their attendees'."""
    await tx.connection.execute(_DELETE_OF_GROUP, {"group": group_id})


async def release(tx: Transaction, session_id: int) -> None:
    """Release all the time that a session holds."""
    await tx.connection.execute(_DELETE, {"session": session_id})


async def write_for_invitation(
    tx: Transaction, invitation_id: int, mentor_id: int, span: Span
) -> None:
    """Hold the mentor's time for an invitation. Raises what `write` does."""
    row = {
        "invitation_id": invitation_id,
        "user_id": mentor_id,
        "starts_at": span.start,
        "ends_at": span.end,
    }
    await tx.connection.execute(_INSERT, row)


async def release_invitation(tx: Transaction, invitation_id: int) -> None:
    """Release the time that an invitation holds."""
    await tx.connection.execute(_DELETE_OF_INVITATION, {"invitation": invitation_id})
