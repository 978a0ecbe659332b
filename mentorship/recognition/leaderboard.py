"""The leaderboard: the mentors of a guild who help most, if the guild wants one.

It reads the figures that a job keeps (`mentorship.insights`), in the order of an index. Mentors who
are suspended, have stopped, left or hidden themselves aren't shown. See
`docs/decisions/0072-leaderboard.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, Select, bindparam, literal_column, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import LeaderboardOff
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import members
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Member, MentorMonth, MentorProfile, MentorQuarter, MentorTotal

SHOWN = 10
"""Places that are shown."""

CANDIDATES = 200
"""Mentors who are read, at most: those with the highest figures, hidden ones included. Whoever is
not among them has no place."""


class Period(StrEnum):
    """What time the leaderboard is about, in months of UTC. The current month is one of them."""

    MONTH = "month"
    QUARTER = "quarter"
    ALL = "all"


class Measure(StrEnum):
    """What the leaderboard ranks by."""

    HOURS = "hours"
    MEMBERS = "members"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Place:
    """A mentor's place. Those with the same value share a rank.

    `value` is minutes for `Measure.HOURS`, otherwise a number of people or of thanks.
    """

    rank: int
    user_id: int
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The first places, and the actor's own.

    `own` is None for somebody without a value, without a place, or who is hidden. `own_value` is
    None for somebody who doesn't mentor. `is_hidden` tells whether the actor has hidden themselves.
    """

    period: Period
    measure: Measure
    places: tuple[Place, ...]
    own: Place | None
    own_value: int | None
    is_hidden: bool


_COLUMNS: Mapping[Measure, str] = {
    Measure.HOURS: "minutes",
    Measure.MEMBERS: "mentees",
    Measure.THANKS: "thanks",
}
_TABLES: Mapping[Period, Any] = {
    Period.MONTH: MentorMonth,
    Period.QUARTER: MentorQuarter,
    Period.ALL: MentorTotal,
}


def _select_highest(period: Period, measure: Measure) -> Select[*tuple[Any, ...]]:
    """Select the mentors with the highest figures, by the index on them, and who is visible."""
    table = _TABLES[period]
    value = getattr(table, _COLUMNS[measure])
    highest = select(table.profile_id, value.label("value")).where(
        table.guild_id == bindparam("guild", type_=BigInteger), value > 0
    )
    if period is not Period.ALL:
        highest = highest.where(table.month == bindparam("month", type_=Date))
    # The ids first, so that the index alone says which they are.
    first = (
        highest.order_by(value.desc(), table.profile_id.desc())
        .limit(literal_column(str(CANDIDATES)))
        .subquery()
    )
    return (
        select(MentorProfile.user_id, Member.name, first.c.value, _IS_VISIBLE.label("is_visible"))
        .join(MentorProfile, MentorProfile.id == first.c.profile_id)
        .join(
            Member,
            (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
        )
        .order_by(first.c.value.desc(), first.c.profile_id)
    )


def _select_own(period: Period, measure: Measure) -> Select[*tuple[Any, ...]]:
    table = _TABLES[period]
    is_own = table.profile_id == MentorProfile.id
    if period is not Period.ALL:
        is_own &= table.month == bindparam("month", type_=Date)
    return (
        select(getattr(table, _COLUMNS[measure]).label("value"))
        .select_from(MentorProfile)
        .outerjoin(table, is_own)
        .where(
            MentorProfile.guild_id == bindparam("guild", type_=BigInteger),
            MentorProfile.user_id == bindparam("user", type_=BigInteger),
        )
    )


_IS_VISIBLE = (
    (MentorProfile.status == literal_column(f"'{ProfileStatus.APPROVED}'"))
    & Member.left_at.is_(None)
    & Member.on_leaderboard
)
_KINDS = [(period, measure) for period in Period for measure in Measure]
_HIGHEST = {kind: _select_highest(*kind) for kind in _KINDS}
_OWN = {kind: _select_own(*kind) for kind in _KINDS}
_SELECT_SHOWN = select(Member.on_leaderboard).where(
    Member.guild_id == bindparam("guild", type_=BigInteger),
    Member.user_id == bindparam("user", type_=BigInteger),
)
_SET_SHOWN = (
    update(Member)
    .where(
        Member.guild_id == bindparam("guild", type_=BigInteger),
        Member.user_id == bindparam("user", type_=BigInteger),
    )
    .values(on_leaderboard=bindparam("is_shown"))
)


async def load(
    tx: Transaction,
    actor: Actor,
    period: Period = Period.MONTH,
    measure: Measure = Measure.HOURS,
) -> Leaderboard:
    """Load the leaderboard of the actor's guild. Raises `LeaderboardOff`."""
    guild = await guild_settings.load(tx, actor.guild)
    if not guild.leaderboard:
        raise LeaderboardOff()
    month = date(tx.now.year, tx.now.month, 1)
    params: dict[str, Any] = {"guild": actor.guild, "user": actor.user_id}
    by_month = params if period is Period.ALL else params | {"month": month}
    highest = {name: value for name, value in by_month.items() if name != "user"}
    rows = (await tx.connection.execute(_HIGHEST[period, measure], highest)).all()
    places = _rank([row for row in rows if row.is_visible])
    own = next((place for place in places if place.user_id == actor.user_id), None)
    values = (await tx.connection.scalars(_OWN[period, measure], by_month)).all()
    is_shown = await tx.connection.scalar(_SELECT_SHOWN, params)
    return Leaderboard(
        period,
        measure,
        tuple(places[:SHOWN]),
        own,
        (values[0] or 0) if values else None,
        is_hidden=is_shown is False,
    )


def _rank(rows: Sequence[Any]) -> list[Place]:
    """Return the places of visible mentors: rows of `user_id`, `name` and `value`, in order."""
    places: list[Place] = []
    for number, row in enumerate(rows, 1):
        is_tie = bool(places) and places[-1].value == row.value
        rank = places[-1].rank if is_tie else number
        places.append(Place(rank, row.user_id, row.name, row.value))
    return places


async def set_hidden(tx: Transaction, actor: Actor, hidden: bool) -> None:
    """Hide the actor from the leaderboard of their guild, or show them again."""
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    await tx.connection.execute(
        _SET_SHOWN, {"guild": actor.guild, "user": actor.user_id, "is_shown": not hidden}
    )
    event = Event(
        EventType.PREFERENCES_CHANGED,
        actor.guild,
        actor.user_id,
        facts={"changed": ["on_leaderboard"]},
    )
    await events.record(tx, event)
