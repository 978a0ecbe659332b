"""Count all figures again, the slow way: from whole tables, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from mentorbot.jobs import figures_job
from mentorship.insights import points_figures, rebuilding
from mentorship.webhooks import feed
from storage import Database, Transaction
from storage.tables import (
    GuildMonth,
    MenteeMonth,
    MentorMonth,
    MentorProfile,
    MentorQuarter,
    MentorTotal,
    Participant,
    PointsMonth,
    Review,
    Session,
    StaleMonth,
    Table,
    Thanks,
    Transfer,
)

Figures = dict[str, dict[Any, Any]]
"""The figures by table and key."""


async def keep_figures(db: Database) -> None:
    """Let the jobs run until all figures are up to date."""
    while await db.run(feed.assign):
        pass
    if await db.read(rebuilding.is_clearing):
        while await db.run(rebuilding.clear):
            pass
    # A consumer that is new only begins, the first time.
    await db.run(figures_job.follow_next)
    for step in figures_job.STEPS:
        while await db.run(step):
            pass


async def load(tx: Transaction) -> Figures:
    """Return the figures as they are stored."""
    assert await _rows(tx, StaleMonth) == []
    numbers = [
        *("sessions", "minutes", "attendees", "mentees", "returning_mentees"),
        *("cancelled_by_mentor", "cancelled_by_mentee", "missed_by_mentor", "missed_by_mentee"),
        *("refunded", "bookings", "requests", "answered", "expired", "reviews", "stars"),
        *("thanks", "answer_times", "waits"),
    ]
    return {
        "mentors": {
            (row.profile_id, row.month): {name: getattr(row, name) for name in numbers}
            for row in await _rows(tx, MentorMonth)
        },
        "guilds": {
            (row.guild_id, row.month): {
                name: getattr(row, name) for name in (*numbers, "active_mentors", "active_members")
            }
            for row in await _rows(tx, GuildMonth)
            # A month in which nothing is left has a row of zeros.
            if any(getattr(row, name) for name in _COUNTERS)
        },
        "quarters": {
            (row.profile_id, row.month): (row.sessions, row.minutes, row.mentees, row.thanks)
            for row in await _rows(tx, MentorQuarter)
        },
        "totals": {
            row.profile_id: (
                *(row.sessions, row.minutes, row.mentees, row.returning_mentees),
                *(row.reviews, row.stars, row.thanks, row.is_active, row.last_active_at),
            )
            for row in await _rows(tx, MentorTotal)
        },
        "mentees": {
            (row.profile_id, row.mentee_id, row.month): row.sessions
            for row in await _rows(tx, MenteeMonth)
        },
        "points": {
            (row.guild_id, row.month, row.cause): row.amount for row in await _rows(tx, PointsMonth)
        },
    }


async def recount(tx: Transaction) -> Figures:
    """Return the figures as they should be."""
    profiles = {row.id: row for row in await _rows(tx, MentorProfile)}
    mentees = {
        row.session_id: row.user_id for row in await _rows(tx, Participant) if row.role == "mentee"
    }
    sessions = await _rows(tx, Session)
    held = [row for row in sessions if row.status == "completed"]
    months: dict[Any, dict[str, Any]] = defaultdict(
        lambda: {
            **dict.fromkeys(_COUNTERS, 0),
            "answer_times": [0] * 8,
            "waits": [0] * 7,
        }
    )
    for row in sessions:
        booked = months[row.profile_id, _month(row.created_at)]
        booked["bookings"] += 1
        if row.status not in ("declined", "expired", "cancelled"):
            booked["waits"][_days_class((row.starts_at - row.created_at).total_seconds())] += 1
        is_request = row.group_id is None and row.confirmed_at != row.created_at
        if is_request:
            booked["requests"] += 1
            is_declined = row.status == "declined" and row.ended_by == row.mentor_id
            answered_at = row.ended_at if is_declined else row.confirmed_at
            if answered_at is not None:
                booked["answered"] += 1
                seconds = (answered_at - row.created_at).total_seconds()
                booked["answer_times"][_minutes_class(seconds)] += 1
            elif row.status == "expired":
                booked["expired"] += 1
        month = months[row.profile_id, _month(row.starts_at)]
        if row.status == "refunded":
            month["refunded"] += 1
        if row.status == "completed":
            month["attendees"] += 1
        if row.status == "no_show" and row.no_show_user_id != row.mentor_id:
            month["missed_by_mentee"] += 1
        if row.status == "cancelled" and row.group_id is None and row.confirmed_at is not None:
            month["cancelled_by_mentor"] += row.ended_by == row.mentor_id
            month["cancelled_by_mentee"] += row.ended_by == mentees[row.id]
    for row in await _rows(tx, Review):
        if row.hidden_at is None:
            month = months[row.profile_id, _month(row.created_at)]
            month["reviews"] += 1
            month["stars"] += row.stars
    for row in await _rows(tx, Thanks):
        months[row.profile_id, _month(row.created_at)]["thanks"] += 1
    visits: dict[Any, int] = defaultdict(int)
    for row in held:
        visits[row.profile_id, mentees[row.id], _month(row.starts_at)] += 1
    for profile_id, month in list(months):
        figures = months[profile_id, month]
        meetings = {
            row.group_id or -row.id: (row.ends_at - row.starts_at).total_seconds() // 60
            for row in held
            if (row.profile_id, _month(row.starts_at)) == (profile_id, month)
        }
        figures["sessions"], figures["minutes"] = len(meetings), int(sum(meetings.values()))
        figures["missed_by_mentor"] = len(
            {
                row.group_id or -row.id
                for row in sessions
                if (row.profile_id, _month(row.starts_at)) == (profile_id, month)
                and row.status == "no_show"
                and row.no_show_user_id == row.mentor_id
            }
        )
        people = {who for of, who, when in visits if (of, when) == (profile_id, month)}
        figures["mentees"] = len(people)
        figures["returning_mentees"] = sum(
            sum(
                n
                for (of, p, when), n in visits.items()
                if of == profile_id and p == who and when <= month
            )
            > 1
            for who in people
        )
    mentor_months = {key: figures for key, figures in months.items() if any(_flat(figures))}
    return {
        "mentors": mentor_months,
        "guilds": _guilds(profiles, mentor_months, visits),
        "quarters": _quarters(mentor_months, visits),
        "totals": _totals(profiles, mentor_months, visits, held),
        "mentees": dict(visits),
        "points": await _points(tx),
    }


_COUNTERS = (
    *("sessions", "minutes", "attendees", "mentees", "returning_mentees"),
    *("cancelled_by_mentor", "cancelled_by_mentee", "missed_by_mentor", "missed_by_mentee"),
    *("refunded", "bookings", "requests", "answered", "expired", "reviews", "stars", "thanks"),
)


def _flat(figures: dict[str, Any]) -> list[int]:
    return [figures[name] for name in _COUNTERS]


def _guilds(profiles: Any, months: Any, visits: Any) -> dict[Any, Any]:
    guilds: dict[Any, Any] = {}
    for (profile_id, month), figures in months.items():
        key = (profiles[profile_id].guild_id, month)
        sums = guilds.setdefault(
            key,
            {
                **dict.fromkeys(_COUNTERS, 0),
                "answer_times": [0] * 8,
                "waits": [0] * 7,
                "active_mentors": 0,
            },
        )
        for name in _COUNTERS:
            sums[name] += figures[name]
        for name in ("answer_times", "waits"):
            sums[name] = [one + other for one, other in zip(sums[name], figures[name], strict=True)]
        sums["active_mentors"] += figures["sessions"] > 0
    for (guild_id, month), sums in guilds.items():
        sums["active_members"] = len(
            {who for of, who, when in visits if (profiles[of].guild_id, when) == (guild_id, month)}
        )
    return guilds


def _quarters(months: Any, visits: Any) -> dict[Any, Any]:
    quarters = {}
    for profile_id, month in months:
        for later in range(3):
            last = _later(month, later)
            included = [_later(last, -back) for back in range(3)]
            of_quarter = [
                figures
                for (of, when), figures in months.items()
                if of == profile_id and when in included
            ]
            quarters[profile_id, last] = (
                sum(each["sessions"] for each in of_quarter),
                sum(each["minutes"] for each in of_quarter),
                len({who for of, who, when in visits if of == profile_id and when in included}),
                sum(each["thanks"] for each in of_quarter),
            )
    return quarters


def _totals(profiles: Any, months: Any, visits: Any, held: Any) -> dict[int, Any]:
    totals = {}
    for profile_id, profile in profiles.items():
        own = [figures for (of, _), figures in months.items() if of == profile_id]
        people: dict[int, int] = defaultdict(int)
        for (of, who, _), count in visits.items():
            if of == profile_id:
                people[who] += count
        totals[profile_id] = (
            *(sum(each[name] for each in own) for name in ("sessions", "minutes")),
            len(people),
            sum(count > 1 for count in people.values()),
            *(sum(each[name] for each in own) for name in ("reviews", "stars", "thanks")),
            profile.status == "approved",
            max(
                profile.created_at,
                *(row.ends_at for row in held if row.profile_id == profile_id),
                datetime.min.replace(tzinfo=UTC),
            ),
        )
    return totals


async def _points(tx: Transaction) -> dict[Any, int]:
    points: dict[Any, int] = defaultdict(int)
    for row in sorted(await _rows(tx, Transfer), key=lambda row: row.id):
        if row.created_at > tx.now - points_figures.SETTLED_AFTER:
            break
        points[row.guild_id, _month(row.created_at), row.cause] += row.amount
    return dict(points)


async def _rows(tx: Transaction, table: type[Table]) -> list[Any]:
    return list((await tx.connection.execute(select(*table.__table__.c))).all())


def _month(instant: datetime) -> date:
    return instant.date().replace(day=1)


def _later(month: date, months: int) -> date:
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _minutes_class(seconds: float) -> int:
    return sum(seconds > 60 * limit for limit in (15, 60, 120, 240, 480, 1440, 2880))


def _days_class(seconds: float) -> int:
    return sum(seconds > 86_400 * limit for limit in (1, 2, 4, 7, 14, 30))


async def assert_equal(db: Database) -> None:
    """Assert that each figure equals its recount."""
    stored, expected = await db.read(load), await db.read(recount)
    for name in expected:
        differences = {
            key: (stored[name].get(key), expected[name].get(key))
            for key in stored[name].keys() | expected[name].keys()
            if stored[name].get(key) != expected[name].get(key)
        }
        assert differences == {}, (name, differences)
