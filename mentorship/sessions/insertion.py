"""Inserting a session that two people agreed on, or that its mentor has yet to confirm.

A seat in a group session is inserted here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, insert, update

from mentorship import events, meeting_places
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import ledger, pricing
from mentorship.sessions import commitments
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.sessions.wall_times import kept_offsets
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Mentorship, Participant, Session


class Terms(Protocol):
    """Whose terms a new session copies: the guild's, or those of its group session."""

    @property
    def fee_percent(self) -> int: ...
    @property
    def confirm_within(self) -> int: ...
    @property
    def free_cancellation_until(self) -> int: ...
    @property
    def late_refund_percent(self) -> int: ...
    @property
    def cancellation_grace(self) -> int: ...
    @property
    def complete_after(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SeatOf:
    """The group session of a new seat, whose mentor holds the time already.

    Leaving is free until `free_until`, at least, if that isn't None.
    """

    group_id: int
    status: SessionStatus
    meeting_channel_id: int | None
    place: str
    free_until: datetime | None = None


COPIED_TERMS = (
    "fee_percent",
    "confirm_within",
    "free_cancellation_until",
    "late_refund_percent",
    "cancellation_grace",
    "complete_after",
)
"""The terms of a booking; the columns of a session have the names of the guild's settings."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to insert, with all that was agreed. `price` is points, `timezone` the mentor's.

    `mentee_timezone` is the zone in which the mentee has booked, by default their own.
    `answer_deadline` is until when the mentor can confirm it, None if it is confirmed already.
    `meeting_link` is the mentor's own, and `mentor_place` where they meet, None for the guild's
    setting.
    """

    profile_id: int
    mentor: Person
    mentee: Person
    span: Span
    timezone: str
    topic: str
    price: int
    answer_deadline: datetime | None
    meeting_link: str | None
    mentor_place: str | None = None
    series_id: int | None = None
    seat_of: SeatOf | None = None
    mentee_timezone: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the session needs no confirmation by its mentor."""
        return self.answer_deadline is None


async def insert_session(
    tx: Transaction,
    guild: GuildSettings,
    new: NewSession,
    account: tuple[int, int] | None,
    terms: Terms | None = None,
) -> SessionView:
    """Insert a session, its participants and their commitments, and hold its price in escrow.

    `terms` become its own, by default the guild's current settings. `account` is the id and balance
    of the mentee's account, None if it isn't open yet. Callers check that both are free; an overlap
    still raises an `IntegrityError`. Raises `NotEnoughPoints`. Publishes no event. Returns what
    `session_views.load` would, without another query.
    """
    is_confirmed, starts_at, seat_of = new.is_confirmed, new.span.start, new.seat_of
    terms = terms or guild
    free_cancellation_ends_at = pricing.free_cancellation_end(
        starts_at,
        terms.free_cancellation_until,
        agreed_at=tx.now if is_confirmed else None,
        grace=terms.cancellation_grace,
    )
    if seat_of is not None and seat_of.free_until is not None:
        free_cancellation_ends_at = max(free_cancellation_ends_at, seat_of.free_until)
    row: dict[str, Any] = {
        "guild_id": guild.id,
        "profile_id": new.profile_id,
        "mentor_id": new.mentor.user_id,
        "starts_at": starts_at,
        "ends_at": new.span.end,
        "timezone": new.timezone,
        "status": SessionStatus.CONFIRMED if is_confirmed else SessionStatus.SCHEDULED,
        "topic": new.topic.strip(),
        "price": new.price,
        **{term: getattr(terms, term) for term in COPIED_TERMS},
        "free_cancellation_ends_at": free_cancellation_ends_at,
        "confirmed_at": tx.now if is_confirmed else None,
        "next_at": new.answer_deadline or starts_at,
        "meeting_link": _own_link(guild, new),
        "created_at": tx.now,
        "series_id": new.series_id,
        "group_id": None if seat_of is None else seat_of.group_id,
        "meeting_channel_id": None if seat_of is None else seat_of.meeting_channel_id,
    }
    session_id: int = (await tx.connection.execute(_INSERT_SESSION, row)).scalar_one()
    mentor_role = "mentor" if seat_of is None else "host"
    roles = {new.mentor.user_id: mentor_role, new.mentee.user_id: "mentee"}
    booked_timezone = new.mentee_timezone or new.mentee.timezone
    zones = {new.mentor.user_id: new.timezone, new.mentee.user_id: booked_timezone}
    await tx.connection.execute(
        _INSERT_PARTICIPANT,
        [
            {
                "session_id": session_id,
                "user_id": user_id,
                "guild_id": guild.id,
                "role": role,
                "paid": new.price if role == "mentee" else 0,
                **kept_offsets.columns(zones[user_id], starts_at),
            }
            for user_id, role in roles.items()
        ],
    )
    if seat_of is None:
        await _resume_mentorship(tx, guild.id, new)
    busy = roles if seat_of is None else (new.mentee.user_id,)
    await commitments.write(tx, session_id, busy, new.span)
    await ledger.hold(
        tx,
        guild,
        session_id=session_id,
        mentee_id=new.mentee.user_id,
        amount=new.price,
        account=account,
    )
    return SessionView(
        id=session_id,
        guild_id=guild.id,
        mentor=new.mentor,
        mentee=new.mentee,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        timezone=row["timezone"],
        status=row["status"],
        topic=row["topic"],
        price=new.price,
        free_cancellation_ends_at=row["free_cancellation_ends_at"],
        confirmed_at=row["confirmed_at"],
        **{term: row[term] for term in COPIED_TERMS},
        created_at=row["created_at"],
        next_at=row["next_at"],
        meeting_link=row["meeting_link"],
        proposals=dict.fromkeys((Party.MENTOR, Party.MENTEE), 0),
        meeting_channel_id=row["meeting_channel_id"],
        series_id=new.series_id,
        changed_at=tx.now,
        group_id=row["group_id"],
        group_status=None if seat_of is None else seat_of.status,
        group_span=None if seat_of is None else new.span,
        group_place=None if seat_of is None else seat_of.place,
        booked_timezone=booked_timezone,
        mentor_place=new.mentor_place,
        guild_place=guild.meeting_place,
    )


def _own_link(guild: GuildSettings, new: NewSession) -> str | None:
    """Return the link that a session begins with; None if a meeting provider will give it one."""
    if new.seat_of is None and meeting_places.is_provider(
        meeting_places.effective(guild.meeting_place, new.mentor_place)
    ):
        return None
    return new.meeting_link


_INSERT_SESSION = insert(Session).returning(Session.id)
_INSERT_PARTICIPANT = insert(Participant)
_RESUME_MENTORSHIP = (
    update(Mentorship)
    .where(
        Mentorship.guild_id == bindparam("guild"),
        Mentorship.mentor_id == bindparam("mentor"),
        Mentorship.mentee_id == bindparam("mentee"),
        Mentorship.ended_at.is_not(None),
    )
    .values(ended_at=None, ended_side=None)
)


async def _resume_mentorship(tx: Transaction, guild_id: int, new: NewSession) -> None:
    """Resume the mentorship of two people who had ended it, since they book a session again."""
    params = {"guild": guild_id, "mentor": new.mentor.user_id, "mentee": new.mentee.user_id}
    if (await tx.connection.execute(_RESUME_MENTORSHIP, params)).rowcount:
        event = Event(
            EventType.MENTORSHIP_RESUMED, guild_id, subject_id=new.mentee.user_id, facts={}
        )
        await events.record(tx, event)
