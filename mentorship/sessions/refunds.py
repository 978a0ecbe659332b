"""What a mentee is refunded, and until when in full, by the terms of the booking."""

from __future__ import annotations

from datetime import datetime

from mentorship.points import pricing
from mentorship.sessions import lifecycle
from mentorship.sessions.lifecycle import Party, PointsEffect
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus


def refund(points: PointsEffect, session: SessionView, now: datetime) -> int:
    """Return the points that an effect at `now` refunds to the mentee.

    An attendee who leaves a group session that was moved or cancelled, before their seat has
    followed it, is refunded in full.
    """
    state = session.state
    is_behind = state.is_called_off or state.is_moved
    if points is PointsEffect.REFUND or (points is PointsEffect.REFUND_BY_POLICY and is_behind):
        return session.price
    if points is PointsEffect.SPLIT:
        return session.price - session.price // 2
    if points is PointsEffect.REFUND_BY_POLICY:
        return pricing.refund_to_mentee(
            session.price,
            now=now,
            free_until=session.free_cancellation_ends_at,
            late_percent=session.late_refund_percent,
        )
    return 0


def refund_if_cancelled(session: SessionView, party: Party, now: datetime) -> int | None:
    """Return what the mentee is refunded if `party` cancels now, None if they can't.

    A mentor cancels a pending request by declining it.
    """
    action = lifecycle.ending_action(session.status, party, session.unit)
    if action not in lifecycle.available_actions(party, session.state, now):
        return None
    row = lifecycle.transition(action, session.status, party, session.unit)
    return refund(row.points, session, now)


def free_cancellation_end_if_confirmed(session: SessionView, now: datetime) -> datetime:
    """Return until when cancelling is free after the mentor confirms the current time at `now`."""
    grace_end = pricing.free_cancellation_end(
        session.starts_at,
        session.free_cancellation_until,
        agreed_at=now,
        grace=session.cancellation_grace,
    )
    return max(session.free_cancellation_ends_at, grace_end)


def is_judged_by_new_start(session: SessionView, proposed_by: Party, now: datetime) -> bool:
    """Return whether the start of a move that is accepted at `now` decides about the refund.

    Not if a mentee proposes to move a confirmed session after free cancellation has ended: moving
    it must not bring the refund back.
    """
    return (
        session.status is not SessionStatus.CONFIRMED
        or proposed_by is not Party.MENTEE
        or now <= session.free_cancellation_ends_at
    )


def free_cancellation_end_if_moved(
    session: SessionView, starts_at: datetime, proposed_by: Party, now: datetime
) -> datetime:
    """Return until when cancelling is free after a move to `starts_at` is accepted at `now`.

    As it was, if the move isn't judged by the new start.
    """
    if not is_judged_by_new_start(session, proposed_by, now):
        return session.free_cancellation_ends_at
    return pricing.free_cancellation_end(
        starts_at,
        session.free_cancellation_until,
        agreed_at=now,
        grace=session.cancellation_grace,
    )
