"""Who may sign up for a group session, for a seat or for its waitlist."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.errors import AlreadyJoined, OwnGroupSession, RoleNeeded, SignUpClosed
from mentorship.sessions.booking_context import BookingContext
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView, OwnPlace
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction


async def require_may_join(
    tx: Transaction, actor: Actor, group: GroupView, context: BookingContext
) -> OwnPlace:
    """Require that the actor may have a seat, whether one is free or not.

    Returns their place in line, if they have one. Raises `OwnGroupSession`, `AlreadyJoined`,
    `NotAvailable`, `BlockedByYou`, `SignUpClosed`, `RoleNeeded`.
    """
    if actor.user_id == group.mentor.user_id:
        raise OwnGroupSession()
    place = await group_views.find_own_place(tx, group.id, actor.user_id)
    if place.session_id is not None:
        raise AlreadyJoined(place.session_id)
    context.require_not_blocked(actor.user_id, group.mentor.name)
    if group.status is not SessionStatus.CONFIRMED or tx.now >= group.starts_at:
        raise SignUpClosed(group.status, has_started=tx.now >= group.starts_at)
    if not group.sign_up_open or group.mentor_status is not ProfileStatus.APPROVED:
        # A mentor who has stopped or is suspended keeps what is agreed, and agrees to nothing new.
        raise SignUpClosed(group.status)
    if group.who_may_join == "roles" and not actor.role_ids & set(group.join_role_ids):
        raise RoleNeeded(group.join_role_ids)
    return place
