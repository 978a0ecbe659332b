"""Who was there: the seats of a group session as its mentor sees them, and their no-shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.orm import aliased

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotFound, Subject
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.groups import group_rows, group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF, SessionStatus
from storage import Transaction
from storage.tables import Account, Session, Transfer
from storage.types import RowId

MAX_SEATS = 200
"""How many seats one card is about. More can be reported on each seat's own card."""

_SEATS = (
    select(Session.id)
    .where(
        Session.group_id == bindparam("group", type_=RowId),
        Session.status.not_in(sorted(CALLED_OFF)),
    )
    .order_by(Session.id)
    .limit(bindparam("limit", type_=Integer))
)
_ESCROW, _MENTOR = aliased(Account), aliased(Account)
_EARNED = (
    select(func.coalesce(func.sum(Transfer.amount), 0))
    .join(Session, Session.id == Transfer.session_id)
    .join(_ESCROW, _ESCROW.id == Transfer.debit_account_id)
    .join(_MENTOR, _MENTOR.id == Transfer.credit_account_id)
    .where(
        Session.group_id == bindparam("group", type_=RowId),
        _ESCROW.kind == "escrow",
        _MENTOR.kind == "member",
        _MENTOR.user_id == bindparam("mentor"),
    )
)


@dataclass(frozen=True, slots=True)
class GroupAttendance:
    """A group session with its seats that weren't called off, in the order of joining.

    `earned` are the points that the seats have paid the mentor so far.
    """

    group: GroupView
    seats: tuple[SessionView, ...]
    guild: GuildSettings
    earned: int = 0

    @property
    def unlisted(self) -> int:
        """How many seats there are besides `seats`, of which there are at most `MAX_SEATS`."""
        return max(0, self.group.seats_taken - len(self.seats))

    @property
    def unreported(self) -> tuple[SessionView, ...]:
        """Those whose attendance the mentor can still report on."""
        return tuple(seat for seat in self.seats if is_unreported(seat))


@dataclass(frozen=True, slots=True)
class NoShowReport:
    """What became of reported no-shows.

    `reported` are the seats of those who have been asked whether they came, `disputed` those who
    had reported the mentor as a no-show, and `refused` those about which nothing could be reported
    any more, such as those of people who have confirmed meanwhile.
    """

    reported: tuple[SessionView, ...]
    disputed: tuple[SessionView, ...]
    refused: tuple[SessionView, ...]


def is_unreported(seat: SessionView) -> bool:
    """Return whether the mentor can still report that the attendee of a seat didn't come."""
    return seat.status is SessionStatus.IN_PROGRESS and Party.MENTOR not in seat.reports


async def list_seats(tx: Transaction, group_id: int) -> tuple[SessionView, ...]:
    """List the seats of a group session that weren't called off, at most `MAX_SEATS`."""
    ids = (await tx.connection.scalars(_SEATS, {"group": group_id, "limit": MAX_SEATS})).all()
    return tuple(await session_views.list_by_id(tx, ids))


async def earned(tx: Transaction, group: GroupView) -> int:
    """Return the points that the seats of a group session have paid its mentor so far."""
    params = {"group": group.id, "mentor": group.mentor.user_id}
    points: int = (await tx.connection.execute(_EARNED, params)).scalar_one()
    return int(points)


async def load_for_mentor(tx: Transaction, actor: Actor, group_id: int) -> GroupAttendance:
    """Load who had a seat, for the mentor. Raises `NotFound`, `NotYours`."""
    group = await group_views.load_for(tx, actor, group_id)
    group.party(actor.user_id)
    guild = await guild_settings.load(tx, group.guild_id)
    seats = await list_seats(tx, group_id)
    return GroupAttendance(group, seats, guild, await earned(tx, group))


async def can_report_no_shows(tx: Transaction, group: GroupView) -> bool:
    """Return whether the mentor of a group session can report now that somebody didn't come."""
    if tx.now < group.starts_at or await group_rows.is_settled(tx, group.id):
        return False
    return any(
        is_unreported(seat)
        and lifecycle.obstacle(Action.REPORT_NO_SHOW, Party.MENTOR, seat.state, tx.now) is None
        for seat in await list_seats(tx, group.id)
    )


async def report_no_shows(
    tx: Transaction, actor: Actor, group_id: int, user_ids: Sequence[int]
) -> NoShowReport:
    """Report that attendees of the actor's group session didn't come.

    Each of them is asked, and may disagree, as after a one-to-one session. Seats about which
    nothing can be reported any more don't keep the others from being reported. Raises `NotFound`,
    also for somebody without a seat, `NotYours`, `NotAMember`, and `NotAllowedNow` if nothing could
    be reported at all.
    """
    loaded = await load_for_mentor(tx, actor, group_id)
    by_user = {seat.mentee.user_id: seat for seat in loaded.seats}
    if not by_user.keys() >= set(user_ids):
        raise NotFound(Subject.SEAT)
    seats = [by_user[user_id] for user_id in dict.fromkeys(user_ids)]
    open_seats = [seat for seat in seats if is_unreported(seat)]
    if not open_seats:
        for seat in seats:
            transitions.require(Action.REPORT_NO_SHOW, Party.MENTOR, seat, tx.now)
        raise NotAllowedNow(Action.REPORT_NO_SHOW, subject=Subject.GROUP_SESSION)
    after = [
        (await attendance.report(tx, actor, seat.id, Attendance.NO_SHOW)).session
        for seat in open_seats
    ]
    return NoShowReport(
        tuple(seat for seat in after if seat.status is SessionStatus.IN_PROGRESS),
        tuple(seat for seat in after if seat.status is SessionStatus.DISPUTED),
        tuple(seat for seat in seats if not is_unreported(seat)),
    )
