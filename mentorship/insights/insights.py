"""Read the figures of a mentor or of a guild."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Select, bindparam, func, select

from mentorship.actors import Actor
from mentorship.administration import demand
from mentorship.guilds import guild_settings, moderators
from mentorship.insights.views import (
    ANSWER_LIMITS,
    HALF_HOURS,
    MAX_MENTORS,
    NUMBERS,
    WAIT_LIMITS,
    Distribution,
    ExpertiseDemand,
    GuildInsights,
    GuildMonth,
    HeatMap,
    InsightsRange,
    MentorInsights,
    MonthFigures,
    QuietMentor,
    VainSearches,
    month_of,
    months_between,
    rotate,
    shift,
    total,
)
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.points.ledger import Cause
from mentorship.search import unmet
from mentorship.statuses import ProfileStatus
from mentorship.time import timezones
from storage import Transaction
from storage.tables import GuildMonth as GuildMonthRow
from storage.tables import (
    GuildWeek,
    Listing,
    Member,
    MentorMonth,
    MentorProfile,
    MentorTotal,
    MentorWeek,
    PointsMonth,
    Tag,
    VainSearch,
)
from storage.types import UtcDateTime

MAX_MONTHS = 240
"""The months that insights show, at most."""

MAX_WEEK_MONTHS = 12
"""The months of a heat map, at most: older habits say little about which hours to offer."""

MAX_QUIET = 10
"""How many quiet mentors are listed."""

MAX_DEMAND = 20
"""How many expertises are listed."""

QUIET_AFTER = timedelta(days=60)
"""How long a mentor has been without a session who counts as quiet."""

_CAUSES = {
    "issued": (Cause.STARTING_BALANCE, Cause.GRANT),
    "withdrawn": (Cause.DEDUCTION, Cause.ERASURE),
    "held": (Cause.HOLD,),
    "refunded": (Cause.REFUND,),
    "paid": (Cause.PAYMENT,),
    "fees": (Cause.FEE,),
    "given": (Cause.GIFT, Cause.TIP),
}


async def mentor_insights(tx: Transaction, actor: Actor, span: InsightsRange) -> MentorInsights:
    """Return the actor's own figures as a mentor, also if they no longer mentor.

    Raises `NotAMentor`, `StillAnApplicant`.
    """
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is None or profile.status == ProfileStatus.APPLICANT:
        raise await own_profile.why_not_mentoring(tx, profile)
    zone = await members.load_timezone(tx, actor, timezones.FALLBACK)
    params = {"key": profile.id, "first": _first_month(tx, span)}
    rows = (await tx.connection.execute(_MENTOR_MONTHS, params)).all()
    by_month = {row.month: _figures(row) for row in rows}
    months = tuple(
        by_month.get(month) or MonthFigures(month) for month in _months(tx, span, by_month)
    )
    sums = (await tx.connection.execute(_TOTAL, {"key": profile.id})).one_or_none()
    heat_map, since = await _load_heat_map(tx, _MENTOR_WEEKS, profile.id, span, zone)
    return MentorInsights(
        range=span,
        months=months,
        total=total(months),
        mentees=sums.mentees if sums else 0,
        returning_mentees=sums.returning_mentees if sums else 0,
        answer_times=_distribution(ANSWER_LIMITS, (row.answer_times for row in rows)),
        heat_map=heat_map,
        offered_since=since,
        vain_searches=await _load_vain_searches(tx, profile.id, _first_month(tx, span)),
        timezone=zone,
    )


async def guild_insights(tx: Transaction, actor: Actor, span: InsightsRange) -> GuildInsights:
    """Return the figures of the actor's guild. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    zone = await members.load_timezone(tx, actor, timezones.FALLBACK)
    params = {"key": actor.guild, "first": _first_month(tx, span)}
    rows = (await tx.connection.execute(_GUILD_MONTHS, params)).all()
    by_month = {row.month: row for row in rows}
    points: dict[date, dict[str, int]] = defaultdict(dict)
    for each in await tx.connection.execute(_POINTS, params):
        points[each.month][each.cause] = each.amount
    known = by_month.keys() | points.keys()
    months = tuple(
        _guild_month(month, by_month.get(month), points.get(month, {}))
        for month in _months(tx, span, known)
    )
    moved = await tx.connection.execute(_POINTS_OF_ALL_TIME, {"key": actor.guild})
    held_now = sum(int(row.amount) * _HELD.get(row.cause, 0) for row in moved)
    heat_map, since = await _load_heat_map(tx, _GUILD_WEEKS, actor.guild, span, zone)
    return GuildInsights(
        range=span,
        months=months,
        total=total(month.figures for month in months),
        answer_times=_distribution(ANSWER_LIMITS, (row.answer_times for row in rows)),
        waits=_distribution(WAIT_LIMITS, (row.waits for row in rows)),
        heat_map=heat_map,
        offered_since=since,
        held_now=held_now,
        demand=await _load_demand(tx, actor, _first_month(tx, span)),
        quiet_mentors=await _load_quiet_mentors(tx, actor.guild),
        timezone=zone,
    )


_HELD = {Cause.HOLD: 1, Cause.REFUND: -1, Cause.PAYMENT: -1, Cause.FEE: -1}
"""By how much a transfer of each cause changes the points on hold."""


def _first_month(tx: Transaction, span: InsightsRange) -> date:
    return shift(month_of(tx.now), 1 - (span.months or MAX_MONTHS))


def _months(tx: Transaction, span: InsightsRange, known: Iterable[date]) -> list[date]:
    """Return the months of a range; of all that there are, from the first known one."""
    last = month_of(tx.now)
    if span.months is not None:
        return months_between(_first_month(tx, span), last)
    return months_between(min((*known, last)), last)


def _figures(row: Any) -> MonthFigures:
    return MonthFigures(row.month, **{name: getattr(row, name) for name in NUMBERS})


def _guild_month(month: date, row: Any, points: dict[str, int]) -> GuildMonth:
    moved = {
        name: sum(points.get(cause, 0) for cause in causes) for name, causes in _CAUSES.items()
    }
    if row is None:
        return GuildMonth(MonthFigures(month), **moved)
    people = {name: getattr(row, name) for name in ("active_mentors", "active_members")}
    return GuildMonth(_figures(row), **people, **moved)


def _distribution(limits: tuple[int, ...], rows: Iterable[Sequence[int]]) -> Distribution:
    counts = [0] * (len(limits) + 1)
    for row in rows:
        for number, count in enumerate(row):
            counts[number] += count
    return Distribution(limits, tuple(counts))


async def _load_heat_map(
    tx: Transaction, query: Select[*tuple[Any, ...]], key: int, span: InsightsRange, zone: str
) -> tuple[HeatMap, date | None]:
    """Return the sums of the last months in a zone, and the first of these months."""
    count = min(span.months or MAX_WEEK_MONTHS, MAX_WEEK_MONTHS)
    first = shift(month_of(tx.now), 1 - count)
    offered, used, since = [0] * HALF_HOURS, [0] * HALF_HOURS, None
    for row in await tx.connection.execute(query, {"key": key, "first": first}):
        since = since or row.month
        offered = [one + other for one, other in zip(offered, row.offered, strict=True)]
        used = [one + other for one, other in zip(used, row.used, strict=True)]
    offset = timezones.offset_at(tx.now, zone) // 60
    return HeatMap(rotate(offered, offset), rotate(used, offset)), since


async def _load_demand(tx: Transaction, actor: Actor, first: date) -> tuple[ExpertiseDemand, ...]:
    """Return the expertise that people looked for and didn't find, the most wanted first."""
    requests: dict[str | None, int] = {
        each.tag: each.requests for each in await demand.list_demand(tx, actor)
    }
    since = max(first, (tx.now - unmet.RETENTION).date())
    searches = {each.tag: each.searches for each in await unmet.sum_unmet(tx, actor.guild, since)}
    tags = {tag for tag in (*requests, *searches) if tag is not None}
    params = {"guild": actor.guild, "tags": list(tags)}
    mentors = {row.name: row.mentors for row in await tx.connection.execute(_MENTORS, params)}
    rows = [
        ExpertiseDemand(tag, searches.get(tag, 0), requests.get(tag, 0), mentors.get(tag, 0))
        for tag in sorted(tags)
    ]
    rows.sort(key=lambda row: -(row.searches + row.requests))
    other = [ExpertiseDemand(None, searches[None], 0, 0)] if None in searches else []
    return (*rows[: MAX_DEMAND - len(other)], *other)


async def _load_vain_searches(
    tx: Transaction, profile_id: int, first: date
) -> tuple[VainSearches, ...]:
    """Return how often people looked for a mentor's slots in vain since a month, most first."""
    rows = await tx.connection.execute(_VAIN, {"key": profile_id, "first": first})
    return tuple(
        VainSearches(
            None if row.weekday == unmet.UNKNOWN_WEEKDAY else row.weekday,
            row.part_of_day or None,
            int(row.searches),
        )
        for row in rows
    )


async def _load_quiet_mentors(tx: Transaction, guild_id: int) -> tuple[QuietMentor, ...]:
    params = {"guild": guild_id, "before": tx.now - QUIET_AFTER, "limit": MAX_QUIET}
    rows = await tx.connection.execute(_QUIET, params)
    return tuple(QuietMentor(row.user_id, row.name, row.last_active_at) for row in rows)


_KEY, _FIRST = bindparam("key", type_=BigInteger), bindparam("first", type_=Date)
_MENTOR_MONTHS = (
    select(MentorMonth.month, *(getattr(MentorMonth, name) for name in NUMBERS))
    .add_columns(MentorMonth.answer_times)
    .where(MentorMonth.profile_id == _KEY, MentorMonth.month >= _FIRST)
    .order_by(MentorMonth.month)
)
_GUILD_MONTHS = (
    select(*GuildMonthRow.__table__.c)
    .where(GuildMonthRow.guild_id == _KEY, GuildMonthRow.month >= _FIRST)
    .order_by(GuildMonthRow.month)
)
_TOTAL = select(MentorTotal.mentees, MentorTotal.returning_mentees).where(
    MentorTotal.profile_id == _KEY
)
_VAIN = (
    select(
        VainSearch.weekday,
        VainSearch.part_of_day,
        func.sum(VainSearch.searches).label("searches"),
    )
    .where(VainSearch.profile_id == _KEY, VainSearch.month >= _FIRST)
    .group_by(VainSearch.weekday, VainSearch.part_of_day)
    .order_by(func.sum(VainSearch.searches).desc(), VainSearch.weekday, VainSearch.part_of_day)
)
_MENTOR_WEEKS = (
    select(MentorWeek.month, MentorWeek.offered, MentorWeek.used)
    .where(MentorWeek.profile_id == _KEY, MentorWeek.month >= _FIRST)
    .order_by(MentorWeek.month)
)
_GUILD_WEEKS = (
    select(GuildWeek.month, GuildWeek.offered, GuildWeek.used)
    .where(GuildWeek.guild_id == _KEY, GuildWeek.month >= _FIRST)
    .order_by(GuildWeek.month)
)
_POINTS = select(PointsMonth.month, PointsMonth.cause, PointsMonth.amount).where(
    PointsMonth.guild_id == _KEY, PointsMonth.month >= _FIRST
)
_POINTS_OF_ALL_TIME = (
    select(PointsMonth.cause, func.sum(PointsMonth.amount).label("amount"))
    .where(PointsMonth.guild_id == _KEY)
    .group_by(PointsMonth.cause)
)
_some_mentors = (
    select(Listing.profile_id)
    .where(Listing.guild_id == Tag.guild_id, Listing.tag_id == Tag.id)
    .limit(MAX_MENTORS)
    .correlate(Tag)
    .subquery()
)
_MENTORS = select(
    Tag.name,
    select(func.count()).select_from(_some_mentors).scalar_subquery().label("mentors"),
).where(
    Tag.guild_id == bindparam("guild", type_=BigInteger),
    Tag.name.in_(bindparam("tags", expanding=True)),
)
_QUIET = (
    select(MentorProfile.user_id, Member.name, MentorTotal.last_active_at)
    .select_from(MentorTotal)
    .join(MentorProfile, MentorProfile.id == MentorTotal.profile_id)
    .join(Member)
    .where(
        MentorTotal.guild_id == bindparam("guild", type_=BigInteger),
        MentorTotal.is_active,
        MentorTotal.last_active_at < bindparam("before", type_=UtcDateTime),
    )
    .order_by(MentorTotal.last_active_at, MentorTotal.profile_id)
    .limit(bindparam("limit", type_=Integer))
)
