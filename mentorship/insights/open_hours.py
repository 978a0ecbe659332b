"""Record day by day how long mentors' hours were open, and how much of that time was used.

A day is recorded once it is over: from the hours as they are then, without those of mentors who are
paused, and from the sessions that started. Nothing else remembers past hours, so what was recorded
isn't computed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, bindparam, select
from sqlalchemy.types import TypeEngine

from mentorship.availability import mentor_calendar, opening_hours
from mentorship.availability.opening_hours import Schedule
from mentorship.insights import progress, refresh_statements
from mentorship.insights.views import HALF_HOURS, month_of
from mentorship.statuses import ProfileStatus, SessionStatus
from mentorship.time.intervals import Span, merge, subtract
from storage import Transaction
from storage.queries import records_table
from storage.tables import GuildWeek, MentorProfile, MentorWeek, Session, Table
from storage.types import UtcDateTime, require_instants

WALK = "open_hours"
"""The name of the walk over the mentors."""

ESTIMATED_DAYS = 56
"""The days before the first start that are recorded too, from the hours as they are at that time,
so that the first heat maps aren't empty."""

DAYS_AT_ONCE = 7
"""The days that one walk over the mentors records, at most."""

BATCH_SIZE = 10
"""Mentors in one transaction, at most."""

USED = (
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
    SessionStatus.NO_SHOW,
    SessionStatus.DISPUTED,
    SessionStatus.REFUNDED,
)
"""The statuses of sessions that have started."""

LONGEST_SESSION = timedelta(days=1)
"""How far back sessions are looked for that reach into a day. None is as long."""

Minutes = list[int]
"""Minutes by half hour of the week in UTC."""

_HALF_HOUR = timedelta(minutes=30)


@dataclass(slots=True)
class WeekMinutes:
    """The open minutes of a month by half hour of the week in UTC, and those that were used."""

    offered: Minutes
    used: Minutes

    @classmethod
    def empty(cls) -> WeekMinutes:
        """Return minutes that are all 0."""
        return cls([0] * HALF_HOURS, [0] * HALF_HOURS)

    def add(self, other: WeekMinutes) -> None:
        """Add other minutes."""
        for mine, theirs in ((self.offered, other.offered), (self.used, other.used)):
            for index, minutes in enumerate(theirs):
                if minutes:
                    mine[index] += minutes


def count_day(schedule: Schedule, sessions: Iterable[Span], day: date) -> WeekMinutes:
    """Return the open minutes of a day in UTC, and those of them with a session. Pure."""
    begin = datetime.combine(day, time(), UTC)
    window = Span(begin, begin + timedelta(days=1))
    open_spans = [(span.start, span.end) for span in opening_hours.open_intervals(schedule, window)]
    minutes = WeekMinutes.empty()
    busy = merge((span.start, span.end) for span in sessions)
    for span in open_spans:
        _add(minutes.offered, span)
        free = list(subtract(span, busy))
        for used in subtract(span, free):
            _add(minutes.used, used)
    return minutes


def _add(minutes: Minutes, span: tuple[datetime, datetime]) -> None:
    start, end = span
    while start < end:
        index = start.weekday() * 48 + start.hour * 2 + start.minute // 30
        boundary = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
        until = min(boundary + _HALF_HOUR, end)
        minutes[index] += int((until - start).total_seconds() // 60)
        start = until


async def has_unrecorded(tx: Transaction) -> bool:
    """Return whether a day that is over is to be recorded."""
    walk = await progress.load(tx, WALK)
    return walk is None or walk.after_id is not None or walk.day < tx.now.date()


async def record_next(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Record the next mentors of a few days that are over. Returns 0 if there is nothing to do."""
    today = tx.now.date()
    walk = await progress.load(tx, WALK)
    if walk is None:
        await progress.store(tx, WALK, None, day=today - timedelta(days=ESTIMATED_DAYS))
        return 1
    day, until_day, after = walk.day, walk.until_day, walk.after_id
    if after is None:
        if day >= today:
            return 0
        after, until_day = 0, min(today, day + timedelta(days=DAYS_AT_ONCE))
    ids = list(await tx.connection.scalars(_MENTORS, {"after": after, "limit": limit}))
    if ids:
        await _record(
            tx, ids, [day + timedelta(days=number) for number in range((until_day - day).days)]
        )
    if len(ids) < limit:
        await progress.store(tx, WALK, None, day=until_day)
    else:
        await progress.store(tx, WALK, ids[-1], day=day, until_day=until_day)
    return max(1, len(ids))


async def _record(tx: Transaction, profile_ids: Sequence[int], days: Sequence[date]) -> None:
    schedules = await mentor_calendar.load_schedules(tx, profile_ids, days[0], days[-1])
    begin = datetime.combine(days[0], time(), UTC)
    params = {
        "profiles": profile_ids,
        "since": begin - LONGEST_SESSION,
        "until": datetime.combine(days[-1], time(), UTC) + timedelta(days=1),
    }
    sessions: dict[int, list[Span]] = defaultdict(list)
    for row in await tx.connection.execute(_SESSIONS, params):
        try:
            require_instants(row)
        except ValueError:
            continue
        sessions[row.profile_id].append(Span(row.starts_at, row.ends_at))
    profiles = (await tx.connection.execute(_PROFILES, {"profiles": profile_ids})).all()
    by_mentor: dict[tuple[int, date], WeekMinutes] = {}
    by_guild: dict[tuple[int, date], WeekMinutes] = {}
    guilds: dict[int, int] = {}
    for profile in profiles:
        guilds[profile.id] = profile.guild_id
        for day in days:
            if profile.id not in schedules or profile.created_at.date() > day:
                continue
            minutes = count_day(schedules[profile.id], sessions[profile.id], day)
            for sums, key in ((by_mentor, profile.id), (by_guild, profile.guild_id)):
                sums.setdefault((key, month_of(day)), WeekMinutes.empty()).add(minutes)
    await _add_stored(tx, MentorWeek, by_mentor)
    await _write(tx, MentorWeek, by_mentor, guilds)
    await _add_stored(tx, GuildWeek, by_guild)
    await _write(tx, GuildWeek, by_guild)


async def _add_stored(
    tx: Transaction, table: type[Table], weeks: Mapping[tuple[int, date], WeekMinutes]
) -> None:
    params = {"weeks": [[key, str(month)] for key, month in weeks]}
    for row in await tx.connection.execute(_select_stored(tx.dialect, table), params):
        weeks[row[0], row.month].add(WeekMinutes(row.offered, row.used))


async def _write(
    tx: Transaction,
    table: type[Table],
    weeks: Mapping[tuple[int, date], WeekMinutes],
    guilds: Mapping[int, int] | None = None,
) -> None:
    values = []
    for (key, month), minutes in sorted(weeks.items()):
        if not any(minutes.offered):
            continue
        row = {"month": month, "offered": minutes.offered, "used": minutes.used}
        if guilds is None:
            values.append({"guild_id": key, **row})
        else:
            values.append({"profile_id": key, "guild_id": guilds[key], **row})
    if values:
        await tx.connection.execute(refresh_statements.upsert_all(tx.dialect, table), values)


@cache
def _select_stored(dialect: str, table: Any) -> Any:
    columns: dict[str, TypeEngine[Any]] = {"key": BigInteger(), "month": Date()}
    weeks = records_table(dialect, "weeks", columns)
    key = next(iter(table.__table__.primary_key))
    return (
        select(key, table.month, table.offered, table.used)
        .select_from(weeks)
        .join(table, (key == weeks.c.key) & (table.month == weeks.c.month))
    )


_IDS = bindparam("profiles", expanding=True, type_=BigInteger)
_MENTORS = (
    select(MentorProfile.id)
    .where(
        MentorProfile.id > bindparam("after", type_=BigInteger),
        MentorProfile.status == ProfileStatus.APPROVED,
        MentorProfile.paused.is_(False),
    )
    .order_by(MentorProfile.id)
    .limit(bindparam("limit", type_=Integer))
)
_PROFILES = select(MentorProfile.id, MentorProfile.guild_id, MentorProfile.created_at).where(
    MentorProfile.id.in_(_IDS)
)
_SESSIONS = select(Session.profile_id, Session.starts_at, Session.ends_at).where(
    Session.profile_id.in_(_IDS),
    Session.starts_at >= bindparam("since", type_=UtcDateTime),
    Session.starts_at < bindparam("until", type_=UtcDateTime),
    Session.status.in_(USED),
)
