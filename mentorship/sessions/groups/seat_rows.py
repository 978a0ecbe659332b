"""The rows of a seat: what is written when a member gets one."""

from __future__ import annotations

from datetime import datetime

from mentorship import events
from mentorship.errors import NotEnoughPoints
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.points import ledger
from mentorship.sessions import commitments, lifecycle, transitions
from mentorship.sessions.groups import group_rows
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.insertion import NewSession, SeatOf, insert_session
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import Person, SessionView
from storage import Transaction


async def insert_seat(
    tx: Transaction,
    guild: GuildSettings,
    group: GroupView,
    attendee: Person,
    price: int,
    account: tuple[int, int] | None,
    *,
    by: int | None,
    free_until: datetime | None = None,
    moved_from: datetime | None = None,
) -> SessionView:
    """Insert a seat for a member who may have it, and publish that they have it.

    `account` is the member's, as for `ledger.hold`, and `by` who took the seat, None if it was
    given from the waitlist. Until `free_until`, at least, leaving is free. `moved_from` is the
    start that the member agreed to, if the group session was moved since: they are asked whether
    they keep the seat. The database refuses a seat beyond the capacity, a second one of the same
    member, and one that overlaps another commitment of theirs. Raises `NotEnoughPoints` before
    anything but the account is written.
    """
    deadline = None
    if moved_from is not None:
        deadline = lifecycle.answer_deadline(tx.now, group.starts_at, group.confirm_within)
    account = account or await ledger.load_or_open_account(tx, guild, attendee.user_id)
    if account[1] < price:
        raise NotEnoughPoints(balance=account[1], needed=price, currency=guild.currency_name)
    new = NewSession(
        group.profile_id,
        group.mentor,
        attendee,
        group.span,
        group.timezone,
        group.title,
        price,
        deadline,
        group.meeting_link,
        seat_of=SeatOf(group.id, group.status, group.meeting_channel_id, group.place, free_until),
    )
    seat = await insert_session(tx, guild, new, account, terms=group)
    event = Event(
        EventType.SEAT_GIVEN if by is None else EventType.SEAT_TAKEN,
        group.guild_id,
        by,
        subject_id=attendee.user_id if by is None else group.mentor.user_id,
        session_id=seat.id,
        group_id=group.id,
        facts={"to": seat.status, "price": price},
    )
    if moved_from is not None:
        await events.record(tx, event)
        await _ask_again(tx, seat, moved_from)
        return seat
    await publish(tx, event, participants=[attendee.user_id], useful_until=group.starts_at)
    await writing.write(tx, await transitions.scheduled_notifications(tx, seat, guild))
    if group.meeting_channel_id is not None:
        await group_rows.mark_room(tx, group.id)
    return seat


async def _ask_again(tx: Transaction, seat: SessionView, moved_from: datetime) -> None:
    """Ask who got a seat whether they keep it. As for others, it holds none of their time."""
    await commitments.release(tx, seat.id)
    event = Event(
        EventType.SEAT_MOVED,
        seat.guild_id,
        subject_id=seat.mentee.user_id,
        session_id=seat.id,
        group_id=seat.group_id,
        facts={
            "act": Action.ASK_AGAIN,
            "from": seat.status,
            "to": seat.status,
            "previous_start": int(moved_from.timestamp()),
            "waited": True,
        },
    )
    await publish(tx, event, participants=[seat.mentee.user_id], starts_at=seat.starts_at)
