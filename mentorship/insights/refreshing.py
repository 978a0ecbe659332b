"""Compute the figures of months that are out of date.

A month of a mentor is counted anew from their sessions and reviews, by index. The sums of the
mentor and of the guild follow by the difference from what was stored. So it does no harm to compute
a month again, and a month is right whatever happened in between, in whatever order. See
docs/decisions/0071-figures-are-counted-by-the-month.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Integer,
    bindparam,
    delete,
    select,
)

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.insights import refresh_statements as statements
from mentorship.insights.counting import (
    MonthCount,
    count_booked,
    count_reviews,
    count_started,
    count_thanks,
)
from mentorship.insights.views import NUMBERS, shift
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.queries import upsert
from storage.tables import (
    GuildMonth,
    MenteeMonth,
    MentorMonth,
    MentorQuarter,
    MentorTotal,
    StaleMonth,
)

BATCH_SIZE = 40
"""Months that are computed in one transaction, at most."""

QUARTER_MONTHS = 3
"""The months of a `MentorQuarter`."""

Bucket = tuple[int, date]
"""A mentor's month: the profile's id and the first day."""

_LATER = range(QUARTER_MONTHS)
_LISTS = ("answer_times", "waits")
_OF_QUARTERS = ("sessions", "minutes", "thanks")


# --- What is out of date --------------------------------------------------------------------------


async def mark(tx: Transaction, buckets: Iterable[Bucket]) -> None:
    """Remember that the figures of months are out of date."""
    rows = [{"profile_id": profile, "month": month} for profile, month in sorted(set(buckets))]
    if rows:
        await tx.connection.execute(_mark(tx.dialect), rows)


@cache
def _mark(dialect: str) -> Any:
    statement = upsert(dialect, StaleMonth).values(
        profile_id=bindparam("profile_id"), month=bindparam("month"), mark=1
    )
    return statement.on_conflict_do_update(
        index_elements=["profile_id", "month"], set_={"mark": StaleMonth.mark + 1}
    )


async def has_stale(tx: Transaction) -> bool:
    """Return whether figures of a month are out of date."""
    return (await tx.connection.execute(_STALE, {"limit": 1})).first() is not None


async def refresh(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Compute months that are out of date. Returns how many: less than `limit` at the end."""
    rows = (await tx.connection.execute(_STALE, {"limit": limit})).all()
    if not rows:
        return 0
    await compute(tx, [(row.profile_id, row.month) for row in rows])
    done = [{"profile": row.profile_id, "of": row.month, "marked": row.mark} for row in rows]
    await tx.connection.execute(_UNMARK, done)
    return len(rows)


_STALE = (
    select(StaleMonth.profile_id, StaleMonth.month, StaleMonth.mark)
    .order_by(StaleMonth.profile_id, StaleMonth.month)
    .limit(bindparam("limit", type_=Integer))
)
_UNMARK = delete(StaleMonth).where(
    StaleMonth.profile_id == bindparam("profile"),
    StaleMonth.month == bindparam("of"),
    StaleMonth.mark == bindparam("marked"),
)


# --- Computing ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Batch:
    """Months that are computed together, and what was stored and is counted for each.

    `profiles` are rows of `id`, `guild_id`, `status` and `created_at`. `mentees` has the number of
    sessions by bucket and mentee as they were stored.
    """

    buckets: list[Bucket]
    profiles: Mapping[int, Any]
    counts: dict[Bucket, MonthCount]
    stored: Mapping[Bucket, Any]
    mentees: dict[Bucket, dict[int, int]]
    changed: list[tuple[Bucket, int, int]] = field(default_factory=list)
    """Bucket, mentee, and by how many their sessions changed."""

    def is_changed(self, bucket: Bucket, names: Iterable[str] = NUMBERS) -> bool:
        """Return whether numbers of a month differ from what is stored."""
        stored, count = self.stored.get(bucket), self.counts[bucket]
        if stored is None:
            return not count.is_empty
        return any(getattr(stored, name) != count.numbers[name] for name in names)

    def guild(self, bucket: Bucket) -> int:
        """Return the guild of a bucket."""
        guild_id: int = self.profiles[bucket[0]].guild_id
        return guild_id


async def compute(tx: Transaction, buckets: Iterable[Bucket]) -> None:
    """Compute the figures of months, at most a few dozen, and of all that derives from them."""
    batch = await _load(tx, sorted(set(buckets)))
    if not batch.buckets:
        return
    await _write_mentees(tx, batch)
    pairs = await _load_pairs(tx, batch)
    _count_returning(batch, pairs)
    await _write_months(tx, batch)
    await _write_guild_months(tx, batch, await _count_joined_members(tx, batch))
    await _write_quarters(tx, batch)
    await _write_totals(tx, batch, pairs)
    await mark(tx, _following_months(batch, pairs))


async def _load(tx: Transaction, buckets: list[Bucket]) -> _Batch:
    ids = sorted({profile for profile, _ in buckets})
    profiles = {
        row.id: row for row in await tx.connection.execute(statements.PROFILES, {"ids": ids})
    }
    known = [bucket for bucket in buckets if bucket[0] in profiles]
    params = {"months": [statements.month_record(tx.dialect, *bucket) for bucket in known]}
    counts = {bucket: MonthCount() for bucket in known}
    failed: dict[int, Exception] = {}
    for select_rows, count in (
        (statements.select_started, count_started),
        (statements.select_booked, count_booked),
        (statements.select_reviews, count_reviews),
        (statements.select_thanks, count_thanks),
    ):
        rows = (await tx.connection.execute(select_rows(tx.dialect), params)).all()
        for bucket, of_bucket in _by_bucket(rows).items():
            try:
                count(counts[bucket], of_bucket)
            except (TypeError, ValueError) as error:
                failed[bucket[0]] = error
    for profile_id, reason in failed.items():
        # A session with a column that can't be read. The figures stay as they were.
        await faults.record(tx, FaultKind.FIGURES, profile_id, reason)
    await faults.clear(tx, FaultKind.FIGURES, profiles.keys() - failed.keys())
    known = [bucket for bucket in known if bucket[0] not in failed]
    stored = await tx.connection.execute(statements.select_stored(tx.dialect), params)
    mentees: dict[Bucket, dict[int, int]] = defaultdict(dict)
    for row in await tx.connection.execute(statements.select_mentees(tx.dialect), params):
        mentees[row.profile_id, row.month][row.mentee_id] = row.sessions
    return _Batch(
        known,
        profiles,
        counts,
        {(row.profile_id, row.month): row for row in stored},
        mentees,
    )


def _by_bucket(rows: Iterable[Any]) -> dict[Bucket, list[Any]]:
    by_bucket: dict[Bucket, list[Any]] = defaultdict(list)
    for row in rows:
        by_bucket[row.of_profile, row.of_month].append(row)
    return by_bucket


async def _write_mentees(tx: Transaction, batch: _Batch) -> None:
    """Store who came how often in each month."""
    removed, changed = [], []
    for bucket in batch.buckets:
        before, after = batch.mentees[bucket], batch.counts[bucket].mentees
        for mentee_id in sorted(before.keys() | after.keys()):
            was, is_now = before.get(mentee_id, 0), after.get(mentee_id, 0)
            if was == is_now:
                continue
            batch.changed.append((bucket, mentee_id, is_now - was))
            key = {"profile_id": bucket[0], "month": bucket[1], "mentee_id": mentee_id}
            if is_now:
                changed.append(key | {"guild_id": batch.guild(bucket), "sessions": is_now})
            else:
                removed.append({f"of_{name}": value for name, value in key.items()})
    if removed:
        await tx.connection.execute(statements.DELETE_MENTEE, removed)
    if changed:
        await tx.connection.execute(statements.upsert_all(tx.dialect, MenteeMonth), changed)


Pairs = Mapping[tuple[int, int], Mapping[date, int]]
"""The sessions of mentees with mentors, by profile and mentee, and by month."""


async def _load_pairs(tx: Transaction, batch: _Batch) -> Pairs:
    """Load all months of the mentees whose return, or whose first visit, depends on the batch."""
    wanted = {(bucket[0], mentee) for bucket, mentee, _ in batch.changed}
    wanted |= {
        (bucket[0], mentee) for bucket in batch.buckets for mentee in batch.counts[bucket].mentees
    }
    pairs: dict[tuple[int, int], dict[date, int]] = {pair: {} for pair in sorted(wanted)}
    if pairs:
        params = {"pairs": [list(pair) for pair in pairs]}
        for row in await tx.connection.execute(statements.select_pairs(tx.dialect), params):
            pairs[row.profile_id, row.mentee_id][row.month] = row.sessions
    return pairs


def _count_returning(batch: _Batch, pairs: Pairs) -> None:
    for profile_id, month in batch.buckets:
        count = batch.counts[profile_id, month]
        count.numbers["returning_mentees"] = sum(
            sessions > 1 or min(pairs[profile_id, mentee_id]) < month
            for mentee_id, sessions in count.mentees.items()
        )


async def _write_months(tx: Transaction, batch: _Batch) -> None:
    empty, changed = [], []
    for bucket in batch.buckets:
        count = batch.counts[bucket]
        if count.is_empty:
            if bucket in batch.stored:
                empty.append({"of_profile": bucket[0], "of_month": bucket[1]})
            continue
        stored = batch.stored.get(bucket)
        if not batch.is_changed(bucket) and (
            all(getattr(stored, name) == getattr(count, name) for name in ("last_at", *_LISTS))
        ):
            continue
        changed.append(
            {
                "profile_id": bucket[0],
                "month": bucket[1],
                "guild_id": batch.guild(bucket),
                "last_at": count.last_at,
                **count.numbers,
                "answer_times": count.answer_times,
                "waits": count.waits,
            }
        )
    if empty:
        await tx.connection.execute(statements.DELETE_MONTH, empty)
    if changed:
        await tx.connection.execute(statements.upsert_all(tx.dialect, MentorMonth), changed)


async def _count_joined_members(tx: Transaction, batch: _Batch) -> dict[Bucket, int]:
    """Return by how many members with a session a guild's months have changed."""
    mentors: dict[tuple[int, date, int], int] = defaultdict(int)
    for bucket, mentee_id, difference in batch.changed:
        was = batch.mentees[bucket].get(mentee_id, 0)
        mentors[batch.guild(bucket), bucket[1], mentee_id] += (was + difference > 0) - (was > 0)
    joined: dict[Bucket, int] = defaultdict(int)
    keys = [[guild, str(month), mentee] for (guild, month, mentee), by in mentors.items() if by]
    if not keys:
        return joined
    rows = await tx.connection.execute(
        statements.select_member_months(tx.dialect), {"members": keys}
    )
    now = {(row.guild_id, row.month, row.mentee_id): row.mentors for row in rows}
    for key, difference in mentors.items():
        if difference:
            count = now.get(key, 0)
            joined[key[0], key[1]] += (count > 0) - (count - difference > 0)
    return joined


async def _write_guild_months(tx: Transaction, batch: _Batch, joined: Mapping[Bucket, int]) -> None:
    """Add to the guilds' months by how much their mentors' months have changed."""
    differences: dict[Bucket, dict[str, int]] = {}
    lists: dict[Bucket, dict[str, list[int]]] = {}
    for bucket in batch.buckets:
        key, count = (batch.guild(bucket), bucket[1]), batch.counts[bucket]
        stored = batch.stored.get(bucket)
        numbers = differences.setdefault(key, defaultdict(int))
        for name in NUMBERS:
            numbers[name] += count.numbers[name] - (getattr(stored, name) if stored else 0)
        was_active = stored is not None and stored.sessions > 0
        numbers["active_mentors"] += (count.numbers["sessions"] > 0) - was_active
        of_guild = lists.setdefault(key, {})
        for name in _LISTS:
            after: list[int] = getattr(count, name)
            before = getattr(stored, name) if stored else [0] * len(after)
            sums = of_guild.setdefault(name, [0] * len(after))
            of_guild[name] = [
                total + new - old for total, new, old in zip(sums, after, before, strict=True)
            ]
    for key, members in joined.items():
        differences[key]["active_members"] += members
    changed = sorted(
        key
        for key, numbers in differences.items()
        if any(numbers.values()) or any(any(each) for each in lists[key].values())
    )
    if not changed:
        return
    params = {"months": [[guild, str(month)] for guild, month in changed]}
    rows = await tx.connection.execute(statements.select_guild_months(tx.dialect), params)
    stored_months = {(row.guild_id, row.month): row for row in rows}
    values = []
    for key in changed:
        row = stored_months.get(key)
        new: dict[str, Any] = {"guild_id": key[0], "month": key[1]}
        for name in (*NUMBERS, "active_mentors", "active_members"):
            new[name] = differences[key][name] + (getattr(row, name) if row else 0)
        for name in _LISTS:
            sums = lists[key][name]
            stored_list = getattr(row, name) if row else [0] * len(sums)
            new[name] = [one + other for one, other in zip(sums, stored_list, strict=True)]
        values.append(new)
    await tx.connection.execute(statements.upsert_all(tx.dialect, GuildMonth), values)


async def _write_quarters(tx: Transaction, batch: _Batch) -> None:
    """Sum up the three quarters that each month belongs to."""
    changed = {bucket for bucket, *_ in batch.changed}
    changed |= {bucket for bucket in batch.buckets if batch.is_changed(bucket, _OF_QUARTERS)}
    quarters = sorted(
        {(profile, shift(month, later)) for profile, month in changed for later in _LATER}
    )
    if not quarters:
        return
    records = [
        [profile, str(month), str(shift(month, 1 - QUARTER_MONTHS))] for profile, month in quarters
    ]
    params = {"quarters": records}
    sums = (await tx.connection.execute(statements.select_quarter_sums(tx.dialect), params)).all()
    rows = await tx.connection.execute(statements.select_quarter_mentees(tx.dialect), params)
    mentees = {(row.profile_id, row.month): row.mentees for row in rows}
    values = [
        {
            "profile_id": row.profile_id,
            "month": row.month,
            "guild_id": batch.profiles[row.profile_id].guild_id,
            "sessions": int(row.sessions),
            "minutes": int(row.minutes),
            "thanks": int(row.thanks),
            "mentees": mentees.get((row.profile_id, row.month), 0),
        }
        for row in sums
    ]
    summed = {(row["profile_id"], row["month"]) for row in values}
    gone = [
        {"of_profile": profile, "of_month": month}
        for profile, month in quarters
        if (profile, month) not in summed
    ]
    if values:
        await tx.connection.execute(statements.upsert_all(tx.dialect, MentorQuarter), values)
    if gone:
        await tx.connection.execute(statements.DELETE_QUARTER, gone)


async def _write_totals(tx: Transaction, batch: _Batch, pairs: Pairs) -> None:
    """Sum up all months of the mentors, and count their different mentees by the difference."""
    people: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    differences: dict[tuple[int, int], int] = defaultdict(int)
    for bucket, mentee_id, difference in batch.changed:
        differences[bucket[0], mentee_id] += difference
    for pair, difference in differences.items():
        now = sum(pairs[pair].values())
        for number, least in enumerate((1, 2)):
            people[pair[0]][number] += (now >= least) - (now - difference >= least)
    ids = sorted({profile for profile, _ in batch.buckets})
    stored = {
        row.profile_id: row for row in await tx.connection.execute(statements.TOTALS, {"ids": ids})
    }
    sums = {
        row.profile_id: row for row in await tx.connection.execute(statements.SUMS, {"ids": ids})
    }
    values = []
    for profile_id in ids:
        profile, before = batch.profiles[profile_id], stored.get(profile_id)
        summed = sums.get(profile_id)
        last_at: datetime | None = None if summed is None else summed.last_at
        mentees, returning = people[profile_id]
        values.append(
            {
                "profile_id": profile_id,
                "guild_id": profile.guild_id,
                "is_active": profile.status == ProfileStatus.APPROVED,
                "last_active_at": max(filter(None, (profile.created_at, last_at))),
                "mentees": mentees + (before.mentees if before else 0),
                "returning_mentees": returning + (before.returning_mentees if before else 0),
                **{
                    name: int(getattr(summed, name)) if summed else 0 for name in statements.TOTALED
                },
            }
        )
    await tx.connection.execute(statements.upsert_all(tx.dialect, MentorTotal), values)


def _following_months(batch: _Batch, pairs: Pairs) -> list[Bucket]:
    """Return the months in which somebody's first visit has become a return, or the reverse."""
    computed = set(batch.buckets)
    following = []
    for (profile_id, month), mentee_id, _ in batch.changed:
        later = [each for each in pairs[profile_id, mentee_id] if each > month]
        if later and (profile_id, min(later)) not in computed:
            following.append((profile_id, min(later)))
    return following
