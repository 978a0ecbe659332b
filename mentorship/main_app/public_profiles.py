"""Load a mentor's profile as the API shows it to members.

Read more often than anything else, so it is one statement. It has nothing private: no balance, no
meeting link, no preferences.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from mentorship.actors import Actor
from mentorship.availability import calendar_statements
from mentorship.availability.opening_hours import WeeklyHours
from mentorship.errors import NotAMentor
from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import Question
from mentorship.mentors.track_record import COUNTERS, TrackRecord, track_record
from mentorship.search import directory, ranking
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.tables import Member, MentorProfile


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """A mentor as members see them.

    `status` is approved, and other only for its owner. `rating` is the plain mean, from 1 to 5, or
    None without reviews. `durations` are minutes. `weekly` is in `timezone`.
    """

    user_id: int
    name: str
    status: ProfileStatus
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    rating: float | None
    rating_count: int
    sessions_completed: int
    track_record: TrackRecord
    timezone: str
    weekly: tuple[WeeklyHours, ...]
    durations: tuple[int, ...]
    instant_booking: bool
    paused: bool
    paused_until: datetime | None
    questions: tuple[Question, ...] = ()


@cache
def _select_profile(dialect: str) -> Select[*tuple[Any, ...]]:
    # Built once, since building a statement in SQLAlchemy takes longer than SQLite takes to run it.
    return (
        select(
            MentorProfile.status,
            MentorProfile.bio,
            MentorProfile.hourly_rate,
            MentorProfile.paused,
            MentorProfile.paused_until,
            MentorProfile.timezone,
            MentorProfile.durations,
            MentorProfile.instant_booking,
            MentorProfile.rating_sum,
            MentorProfile.rating_count,
            *(MentorProfile.__table__.c[name] for name in COUNTERS),
            Member.name,
            directory.tags_column(dialect),
            calendar_statements.weekly_hours_column(dialect),
            booking_questions.questions_column(dialect),
        )
        .join(Member)
        .where(
            MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
        )
    )


async def load(tx: Transaction, actor: Actor, user_id: int) -> PublicProfile:
    """Load a mentor's profile. Only its owner sees one that isn't approved.

    Raises `NotAMentor`.
    """
    params = {"guild": actor.guild, "user": user_id}
    row = (await tx.connection.execute(_select_profile(tx.dialect), params)).one_or_none()
    if row is None or (row.status != ProfileStatus.APPROVED and user_id != actor.user_id):
        raise NotAMentor(None if row is None else row.name)
    return PublicProfile(
        user_id=user_id,
        name=row.name,
        status=ProfileStatus(row.status),
        expertise=tuple(sorted(row.tags)),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        rating=ranking.mean_rating(row.rating_sum, row.rating_count),
        rating_count=row.rating_count,
        sessions_completed=row.sessions_completed,
        track_record=track_record(row),
        timezone=row.timezone,
        weekly=tuple(sorted(WeeklyHours(*hours) for hours in row.weekly)),
        durations=tuple(row.durations),
        instant_booking=row.instant_booking,
        paused=row.paused and (row.paused_until is None or tx.now < row.paused_until),
        paused_until=row.paused_until,
        questions=booking_questions.read_column(row.questions),
    )
