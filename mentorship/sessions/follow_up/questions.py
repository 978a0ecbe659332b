"""Questions to which silence is an answer, and that nobody loses by silence before they were asked.

A session completes, or closes as a no-show, when somebody doesn't say otherwise in time. That time
is only fair if the question has reached them: the clock waits for it (`UNANSWERABLE`), and a
question that arrives late leaves the time of `time_to_answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, or_, select, update

from mentorship.notifications.catalogue import DropReason, NotificationKind
from mentorship.notifications.writing import WAITING
from mentorship.sessions import service_time
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Notification, Participant, Session

ATTENDANCE_QUESTIONS = (NotificationKind.SESSION_ENDED, NotificationKind.NO_SHOW_REPORTED)
"""The notifications that ask a participant how a session went."""

LEAST_TIME_TO_ANSWER = timedelta(hours=12)
"""The least time to answer after a late question, unless the session's own delay is shorter."""

_WAITS_FOR_PARTICIPANT = exists(
    select(Notification.id)
    .join(
        Participant,
        (Participant.session_id == Notification.session_id)
        & (Participant.user_id == Notification.user_id),
    )
    .where(
        Notification.session_id == Session.id,
        WAITING,
        Notification.kind.in_(ATTENDANCE_QUESTIONS),
        Participant.says.is_(None),
    )
    .correlate(Session)
)
# The mentor of a group session is asked once, about all of its seats. It is written when the group
# session starts, which is before its seats do.
_WAITS_FOR_HOST = exists(
    select(Notification.id)
    .where(
        # The condition of the partial index.
        Notification.group_id.is_not(None),
        Notification.group_id == Session.group_id,
        Notification.session_id.is_(None),
        WAITING,
        Notification.kind == NotificationKind.SESSION_ENDED,
    )
    .correlate(Session)
)
UNANSWERABLE = or_(
    _WAITS_FOR_PARTICIPANT, _WAITS_FOR_HOST & (Session.status == SessionStatus.IN_PROGRESS)
)
"""The condition that a session's question still waits in the outbox, for someone whose silence
would count. A question that was sent, or has failed for good, doesn't wait."""


def time_to_answer(complete_after: int) -> timedelta:
    """Return the least time that somebody has to answer a question about attendance.

    `complete_after` is the session's delay, in minutes.
    """
    return min(LEAST_TIME_TO_ANSWER, timedelta(minutes=complete_after))


def answer_until(next_at: datetime | None, complete_after: int, asked_at: datetime) -> datetime:
    """Return until when somebody can answer a question that reaches them at `asked_at`.

    `next_at` is the session's deadline so far, and `complete_after` its delay in minutes.
    """
    earliest = asked_at + time_to_answer(complete_after)
    return earliest if next_at is None else max(next_at, earliest)


_OF_SERIES = select(Session.id).where(Session.series_id == bindparam("series"))
_UNDELIVERED_REQUEST = select(
    exists().where(
        (Notification.session_id == bindparam("session"))
        & (Notification.kind == NotificationKind.REQUESTED)
        | Notification.session_id.in_(_OF_SERIES)
        & (Notification.kind == NotificationKind.SERIES_REQUESTED),
        Notification.user_id == bindparam("mentor"),
        WAITING | (Notification.problem == DropReason.EXPIRED),
    )
)


async def could_answer_request(tx: Transaction, session: SessionView) -> bool:
    """Return whether the mentor could have answered a request that has expired.

    They couldn't if it never reached them, or if its deadline passed while the program was down.
    """
    downtime = await service_time.last_downtime(tx)
    if downtime is not None and session.next_at is not None and session.next_at in downtime:
        return False
    params = {
        "session": session.id,
        "series": session.series_id,
        "mentor": session.mentor.user_id,
    }
    return not await tx.connection.scalar(_UNDELIVERED_REQUEST, params)


_EXTEND_ANY = (
    update(Session)
    .where(
        Session.status == SessionStatus.IN_PROGRESS,
        Session.next_at < bindparam("until"),
    )
    .values(next_at=bindparam("until"))
)
_EXTEND = _EXTEND_ANY.where(Session.id == bindparam("session"))
_EXTEND_SEATS = _EXTEND_ANY.where(
    Session.group_id == bindparam("group"), Session.group_id.is_not(None)
)


async def leave_time_to_answer(tx: Transaction, delays: Mapping[int, int]) -> None:
    """Extend the deadlines of sessions whose question was delivered just now, if that was late.

    `delays` are the delays of the sessions in minutes, by session id.
    """
    rows = [
        {"session": session_id, "until": tx.now + time_to_answer(complete_after)}
        for session_id, complete_after in delays.items()
    ]
    if rows:
        await tx.connection.execute(_EXTEND, rows)


async def leave_host_time_to_answer(tx: Transaction, delays: Mapping[int, int]) -> None:
    """Extend the deadlines of the seats of group sessions whose mentor was asked just now, if late.

    `delays` are the delays of the group sessions in minutes, by their ids.
    """
    rows = [
        {"group": group_id, "until": tx.now + time_to_answer(complete_after)}
        for group_id, complete_after in delays.items()
    ]
    if rows:
        await tx.connection.execute(_EXTEND_SEATS, rows)
