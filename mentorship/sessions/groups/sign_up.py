"""Who may sign up for a group session, for a seat or for its waitlist, and who is next in line."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from mentorship.actors import Actor
from mentorship.errors import AlreadyJoined, OwnGroupSession, RoleNeeded, SignUpClosed
from mentorship.members import blocks
from mentorship.sessions import commitments
from mentorship.sessions.booking_context import BookingContext
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView, OwnPlace
from mentorship.statuses import UPCOMING, ProfileStatus, SessionStatus
from storage import Transaction
from storage.tables import Account, Commitment, Member, Session, WaitlistEntry
from storage.types import RowId, UtcDateTime


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


# People agreed to the price when they began to wait. They don't pay more, nor more than others.
_price: ColumnElement[int] = case(
    (
        WaitlistEntry.price > bindparam("price", type_=Integer),
        bindparam("price", type_=Integer),
    ),
    else_=WaitlistEntry.price,
)
# As `booking_context` counts them: a series once.
_upcoming = (
    select(
        func.count(
            case((Session.series_id.is_not(None), -Session.series_id), else_=Session.id).distinct()
        )
    )
    .join(Commitment, Commitment.session_id == Session.id)
    .where(
        Commitment.user_id == WaitlistEntry.user_id,
        Commitment.ends_at > bindparam("now", type_=UtcDateTime),
        # `+ 0` keeps SQLite from reading all sessions of the guild.
        Session.guild_id + 0 == bindparam("guild"),
        Session.mentor_id != WaitlistEntry.user_id,
        Session.starts_at > bindparam("now", type_=UtcDateTime),
        Session.status.in_(sorted(UPCOMING)),
    )
    .correlate(WaitlistEntry)
    .scalar_subquery()
)
# Those who are members, aren't blocked by or blocking the mentor, can pay what they agreed to, have
# no other session then, and fewer than a member may have. Nobody is asked anything, so this is all
# that can be checked.
NEXT_IN_LINE = (
    select(
        WaitlistEntry.user_id,
        _price.label("price"),
        WaitlistEntry.starts_at,
        Member.name,
        Member.timezone,
        Account.id.label("account_id"),
        Account.balance,
    )
    .join(
        Member,
        (Member.guild_id == WaitlistEntry.guild_id) & (Member.user_id == WaitlistEntry.user_id),
    )
    .outerjoin(
        Account,
        (Account.guild_id == WaitlistEntry.guild_id)
        & (Account.user_id == WaitlistEntry.user_id)
        & (Account.kind == literal_column("'member'")),
    )
    .where(
        WaitlistEntry.group_id == bindparam("group", type_=RowId),
        Member.left_at.is_(None),
        ~Member.screening_pending,
        or_(
            _price == 0,
            Account.balance >= _price,
            Account.id.is_(None) & (_price <= bindparam("starting", type_=Integer)),
        ),
        _upcoming < bindparam("most_upcoming", type_=Integer),
        ~commitments.overlaps(WaitlistEntry.user_id.expression),
        ~blocks.blocked_with(
            WaitlistEntry.guild_id.expression,
            WaitlistEntry.user_id.expression,
            bindparam("mentor", type_=BigInteger),
        ),
    )
    .order_by(WaitlistEntry.id)
    .limit(bindparam("limit", type_=Integer))
)
"""The members on a waitlist who can have a seat now, in their order."""
