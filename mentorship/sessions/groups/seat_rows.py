"""The rows of a seat: what is written when a member gets one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert, select

from mentorship.errors import NotEnoughPoints
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.points import ledger, pricing
from mentorship.sessions import commitments, session_views, transitions
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Commitment, Participant, Session

_IS_BUSY = select(
    exists().where(
        Commitment.user_id == bindparam("user"),
        Commitment.ends_at > bindparam("start", type_=Commitment.ends_at.type),
        Commitment.starts_at < bindparam("end", type_=Commitment.starts_at.type),
    )
)


async def is_busy(tx: Transaction, user_id: int, span: Span) -> bool:
    """Return whether a person has a commitment in a span, in any guild."""
    params = {"user": user_id, "start": span.start, "end": span.end}
    return bool(await tx.connection.scalar(_IS_BUSY, params))


async def insert_seat(
    tx: Transaction,
    guild: GuildSettings,
    group: GroupView,
    user_id: int,
    price: int,
    account: tuple[int, int] | None,
    *,
    by: int | None,
    free_until: datetime | None = None,
) -> SessionView:
    """Insert a seat for a member who may have it: hold its price, take their time, record it.

    `account` is the member's, as for `ledger.hold`, and `by` who took the seat, None if it was
    given from the waitlist. Until `free_until`, at least, leaving is free. The database refuses a
    seat beyond the capacity, a second one of the same member, and one that overlaps another
    commitment of theirs. Raises `NotEnoughPoints`.
    """
    account = account or await ledger.load_or_open_account(tx, guild, user_id)
    if account[1] < price:
        raise NotEnoughPoints(balance=account[1], needed=price, currency=guild.currency_name)
    free_cancellation_ends_at = pricing.free_cancellation_end(
        group.starts_at,
        group.free_cancellation_until,
        agreed_at=tx.now,
        grace=group.cancellation_grace,
    )
    if free_until is not None:
        free_cancellation_ends_at = max(free_cancellation_ends_at, free_until)
    row: dict[str, Any] = {
        "guild_id": group.guild_id,
        "profile_id": group.profile_id,
        "mentor_id": group.mentor.user_id,
        "group_id": group.id,
        "starts_at": group.starts_at,
        "ends_at": group.ends_at,
        "timezone": group.timezone,
        "status": SessionStatus.CONFIRMED,
        "topic": group.title,
        "price": price,
        "free_cancellation_ends_at": free_cancellation_ends_at,
        "confirmed_at": tx.now,
        "next_at": group.starts_at,
        "meeting_link": group.meeting_link,
        "meeting_channel_id": group.meeting_channel_id,
        "created_at": tx.now,
        **{term: getattr(group, term) for term in TERMS},
    }
    seat_id: int = (await tx.connection.execute(_INSERT_SEAT, row)).scalar_one()
    await tx.connection.execute(
        _INSERT_PARTICIPANT,
        [
            {
                "session_id": seat_id,
                "user_id": person,
                "guild_id": group.guild_id,
                "role": role,
                "paid": price if role == "mentee" else 0,
            }
            for person, role in ((group.mentor.user_id, "host"), (user_id, "mentee"))
        ],
    )
    await commitments.write(tx, seat_id, (user_id,), group.span)
    await ledger.hold(
        tx, guild, session_id=seat_id, mentee_id=user_id, amount=price, account=account
    )
    seat = await session_views.load(tx, seat_id)
    event = Event(
        EventType.SEAT_GIVEN if by is None else EventType.SEAT_TAKEN,
        group.guild_id,
        by,
        subject_id=user_id if by is None else group.mentor.user_id,
        session_id=seat_id,
        group_id=group.id,
        facts={"to": seat.status, "price": price},
    )
    await publish(tx, event, participants=[user_id], useful_until=group.starts_at)
    await writing.write(tx, await transitions.scheduled_notifications(tx, seat, guild))
    return seat


TERMS = (
    "fee_percent",
    "confirm_within",
    "free_cancellation_until",
    "late_refund_percent",
    "cancellation_grace",
    "complete_after",
)
"""The terms that a seat copies from its group session, as a booking does from the guild."""

_INSERT_SEAT = insert(Session).returning(Session.id)
_INSERT_PARTICIPANT = insert(Participant)
