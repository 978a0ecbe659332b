"""Everything that a booking needs to know about the mentee, loaded by one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, literal_column, select

from mentorship import limits
from mentorship.actors import Actor
from mentorship.errors import Limit, ScreeningPending, TimezoneNeeded
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.idempotency import StoredRequest
from mentorship.members import blocks, members
from mentorship.statuses import UPCOMING, SessionStatus
from storage import Transaction
from storage.queries import instant_in_json, json_list
from storage.tables import Account, Commitment, Event, Guild, IdempotencyKey, Member, Session


@dataclass(frozen=True, slots=True)
class UpcomingSession:
    """A session that the mentee has booked and that hasn't started.

    `answer_deadline` is until when the mentor can confirm a pending request, None if it isn't one.
    `series_id` is that of the series it was booked in, if any.
    """

    mentor_id: int
    starts_at: datetime
    answer_deadline: datetime | None
    series_id: int | None = None


@dataclass(frozen=True, slots=True)
class BookingContext:
    """The actor as a mentee in their guild.

    `is_recorded` tells whether the stored member needs no update: they have used the bot before,
    and their name, language and joining date are the actor's. `account` is the id of their account
    and its balance in points, or None. `stored_request` is the request booked under the same
    idempotency key before. `upcoming` are their sessions as a mentee, and `withdrawals` the
    instants at which they lately took back a booking before the mentor had answered, a series only
    once, both in this guild. `blockers` are the ids of those of mentee and mentor who have blocked
    the other.
    """

    guild: GuildSettings
    name: str
    timezone: str | None
    is_recorded: bool
    account: tuple[int, int] | None
    stored_request: StoredRequest | None
    upcoming: tuple[UpcomingSession, ...] = ()
    withdrawals: tuple[datetime, ...] = ()
    blockers: tuple[int, ...] = ()

    def require_timezone(self) -> str:
        """Return the mentee's time zone. Raises `TimezoneNeeded` if they have none."""
        if self.timezone is None:
            raise TimezoneNeeded()
        return self.timezone

    def require_not_blocked(self, user_id: int, mentor_name: str) -> None:
        """Raise `BlockedByYou` or `NotAvailable` if mentee and mentor don't reach each other.

        `user_id` is the mentee's.
        """
        if self.blockers:
            raise blocks.refusal(self.blockers, user_id, mentor_name)

    def counted(self) -> Mapping[Limit, Sequence[datetime]]:
        """Return until when each thing counts towards a limit of the mentee, with any mentor."""
        pending = [
            (each.answer_deadline, each.series_id)
            for each in self.upcoming
            if each.answer_deadline is not None
        ]
        window = limits.WINDOWS[Limit.EARLY_CANCELLATIONS]
        return {
            Limit.PENDING: _once_a_series(pending),
            Limit.UPCOMING: _once_a_series(
                (each.starts_at, each.series_id) for each in self.upcoming
            ),
            Limit.EARLY_CANCELLATIONS: [act + window for act in self.withdrawals],
        }

    def require_within_limits(self, mentor_id: int, *, is_request: bool) -> None:
        """Raise `LimitReached` if the mentee can't book another session with a mentor now.

        `is_request` tells whether the mentor would have to confirm it. A series counts once, until
        the last of its sessions counts no longer.
        """
        guild, upcoming = self.guild, self.upcoming
        if is_request:
            pending = [
                (each.mentor_id, each.answer_deadline, each.series_id)
                for each in upcoming
                if each.answer_deadline is not None
            ]
            to_mentor = [(end, series) for whom, end, series in pending if whom == mentor_id]
            limits.require_for_ends(Limit.PENDING_PER_MENTOR, guild, _once_a_series(to_mentor))
            all_pending = [(end, series) for _, end, series in pending]
            limits.require_for_ends(Limit.PENDING, guild, _once_a_series(all_pending))
        starts = [(each.starts_at, each.series_id) for each in upcoming]
        limits.require_for_ends(Limit.UPCOMING, guild, _once_a_series(starts))
        limits.require_for_acts(Limit.EARLY_CANCELLATIONS, guild, self.withdrawals)


def _once_a_series(instants: Iterable[tuple[datetime, int | None]]) -> list[datetime]:
    """Return the instants without a series, and the latest one of each series."""
    single: list[datetime] = []
    latest: dict[int, datetime] = {}
    for instant, series_id in instants:
        if series_id is None:
            single.append(instant)
        else:
            latest[series_id] = max(instant, latest.get(series_id, instant))
    return [*single, *latest.values()]


def _upcoming_column(dialect: str) -> Any:
    """The mentee's upcoming sessions as one JSON column.

    They are found by their commitments, of which only few are not over, while the participant's
    rows include all past sessions. A request whose deadline has passed counts no longer.
    """
    committed = select(Commitment.session_id).where(
        Commitment.user_id == bindparam("user"), Commitment.ends_at > bindparam("now")
    )
    return (
        select(
            json_list(
                dialect,
                *(Session.mentor_id.expression, Session.starts_at.expression),
                *(Session.status.expression, Session.next_at.expression),
                Session.series_id.expression,
            )
        )
        .where(
            Session.id.in_(committed),
            # `+ 0` keeps SQLite from reading all sessions of the guild.
            Session.guild_id + 0 == Guild.id,
            Session.mentor_id != bindparam("user"),
            Session.starts_at > bindparam("now"),
            Session.status.in_(UPCOMING),
            (Session.status != SessionStatus.SCHEDULED) | (Session.next_at > bindparam("now")),
        )
        .scalar_subquery()
        .label("upcoming")
    )


def _withdrawals_column(dialect: str) -> Any:
    """The mentee's withdrawals within the limit's window, with their series, as one JSON column.

    An instant booking is withdrawn if it is cancelled within that time after it was made, and so is
    a seat that they took. Giving up a seat from the waitlist, or one that was moved, isn't: others
    asked them whether they want it.
    """
    is_of_others = exists().where(
        Event.session_id == Session.id,
        Event.type.in_((EventType.SEAT_GIVEN, EventType.SEAT_MOVED)),
    )
    is_instant = Session.confirmed_at.is_not(None)
    return (
        select(
            json_list(
                dialect,
                case((is_instant, Session.created_at), else_=Session.ended_at),
                Session.series_id.expression,
            )
        )
        .where(
            Session.guild_id == Guild.id,
            Session.ended_by == bindparam("user"),
            Session.ended_at > bindparam("since"),
            # A literal, so that the partial index on cancelled sessions applies.
            Session.status == literal_column("'cancelled'"),
            Session.mentor_id != bindparam("user"),
            Session.confirmed_at.is_(None)
            | (Session.confirmed_at == Session.created_at)
            & (Session.created_at > bindparam("since")),
            Session.group_id.is_(None) | ~is_of_others,
        )
        .scalar_subquery()
        .label("withdrawals")
    )


def _blockers_column(dialect: str) -> Any:
    """Those of mentee and mentor who have blocked the other, as one JSON column."""
    blockers = blocks.select_between("user", "mentor").subquery()
    return select(json_list(dialect, blockers.c.blocker_id)).scalar_subquery().label("blockers")


# Built once: building it costs SQLAlchemy more time than SQLite needs to execute it.
@cache
def _query(dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *guild_settings.COLUMNS,
            Member.name.label("member_name"),
            Member.timezone.label("member_timezone"),
            Member.language.label("member_language"),
            Member.joined_at.label("member_joined_at"),
            Member.left_at.label("member_left_at"),
            Member.used_at.label("member_used_at"),
            Member.screening_pending.label("member_screening_pending"),
            Account.id.label("account_id"),
            Account.balance.label("account_balance"),
            IdempotencyKey.request.label("stored_request"),
            IdempotencyKey.session_id.label("stored_session_id"),
            _upcoming_column(dialect),
            _withdrawals_column(dialect),
            _blockers_column(dialect),
        )
        .outerjoin(Member, and_(Member.guild_id == Guild.id, Member.user_id == bindparam("user")))
        .outerjoin(
            Account,
            and_(
                Account.guild_id == Guild.id,
                Account.user_id == bindparam("user"),
                # A literal, so that the partial index on member accounts applies.
                Account.kind == literal_column("'member'"),
            ),
        )
        .outerjoin(
            IdempotencyKey,
            and_(
                IdempotencyKey.guild_id == Guild.id,
                IdempotencyKey.user_id == bindparam("user"),
                IdempotencyKey.key == bindparam("key"),
            ),
        )
        .where(Guild.id == bindparam("guild"))
    )


async def load(tx: Transaction, actor: Actor, mentor_id: int, key: str | None) -> BookingContext:
    """Load the mentee's context for booking a mentor, under an idempotency key if there is one.

    Raises `NotAMember` for an actor outside of the guild who isn't recorded as its member, and
    `ScreeningPending` for one who hasn't accepted its rules yet.
    """
    params = {
        "guild": actor.guild,
        "user": actor.user_id,
        "mentor": mentor_id,
        "key": key,
        "now": tx.now,
        "since": tx.now - limits.WINDOWS[Limit.EARLY_CANCELLATIONS],
    }
    row = (await tx.connection.execute(_query(tx.dialect), params)).mappings().one_or_none()
    is_known = row is not None and row["member_name"] is not None
    is_recorded = is_known and row is not None and row["member_left_at"] is None
    members.require_member(actor, actor.guild, is_recorded=is_recorded)
    recorded_pending = is_known and row is not None and row["member_screening_pending"]
    if members.is_screening_pending(actor, recorded_pending):
        raise ScreeningPending()
    if row is None:
        return BookingContext(GuildSettings(actor.guild), actor.name, None, False, None, None)
    balance, stored_digest = row["account_balance"], row["stored_request"]
    return BookingContext(
        guild=guild_settings.usable_from_row(row),
        # In a direct message Discord gives the global name, not the nickname in the guild.
        name=row["member_name"] if actor.outside_guild else actor.name,
        timezone=row["member_timezone"],
        is_recorded=actor.outside_guild
        or (
            row["member_name"] == actor.name
            and row["member_left_at"] is None
            and not row["member_screening_pending"]
            and row["member_used_at"] is not None
            and actor.language in (None, row["member_language"])
            and actor.joined_at in (None, row["member_joined_at"])
        ),
        account=None if balance is None else (row["account_id"], balance),
        stored_request=None
        if stored_digest is None
        else StoredRequest(stored_digest, session_id=row["stored_session_id"]),
        upcoming=tuple(_upcoming_session(*each) for each in row["upcoming"]),
        withdrawals=tuple(
            _once_a_series(
                (instant_in_json(instant), series_id) for instant, series_id in row["withdrawals"]
            )
        ),
        blockers=tuple(row["blockers"]),
    )


def _upcoming_session(
    mentor_id: int, starts_at: str, status: str, next_at: str | None, series_id: int | None
) -> UpcomingSession:
    deadline = next_at if status == SessionStatus.SCHEDULED else None
    return UpcomingSession(
        mentor_id,
        instant_in_json(starts_at),
        None if deadline is None else instant_in_json(deadline),
        series_id,
    )
