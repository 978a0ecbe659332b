"""The tables of figures about mentoring, which a job derives from the others.

Months are named by their first day, and are in UTC. `mentorship.insights.views.MonthFigures` says
what each number counts.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where
from storage.types import RowId

_ZERO = "0"


class _Numbers:
    """The numbers of a month."""

    sessions: Mapped[int] = mapped_column(server_default=_ZERO)
    minutes: Mapped[int] = mapped_column(server_default=_ZERO)
    attendees: Mapped[int] = mapped_column(server_default=_ZERO)
    mentees: Mapped[int] = mapped_column(server_default=_ZERO)
    returning_mentees: Mapped[int] = mapped_column(server_default=_ZERO)
    cancelled_by_mentor: Mapped[int] = mapped_column(server_default=_ZERO)
    cancelled_by_mentee: Mapped[int] = mapped_column(server_default=_ZERO)
    missed_by_mentor: Mapped[int] = mapped_column(server_default=_ZERO)
    missed_by_mentee: Mapped[int] = mapped_column(server_default=_ZERO)
    refunded: Mapped[int] = mapped_column(server_default=_ZERO)
    bookings: Mapped[int] = mapped_column(server_default=_ZERO)
    requests: Mapped[int] = mapped_column(server_default=_ZERO)
    answered: Mapped[int] = mapped_column(server_default=_ZERO)
    expired: Mapped[int] = mapped_column(server_default=_ZERO)
    reviews: Mapped[int] = mapped_column(server_default=_ZERO)
    stars: Mapped[int] = mapped_column(server_default=_ZERO)
    thanks: Mapped[int] = mapped_column(server_default=_ZERO)
    answer_times: Mapped[list[int]]
    waits: Mapped[list[int]]


class MentorMonth(_Numbers, Table):
    """A mentor's figures of one month. Only months in which something happened have a row.

    `answer_times` and `waits` count by the classes of `mentorship.insights.views`. `last_at` is the
    latest end of a session that took place.
    """

    __tablename__ = "mentor_months"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    guild_id: Mapped[int]
    last_at: Mapped[dt.datetime | None]

    __table_args__ = (
        # They serve the leaderboard.
        *(
            Index(f"ix_mentor_months_{name}", "guild_id", "month", name, "profile_id")
            for name in ("minutes", "mentees", "thanks")
        ),
    )


class MentorQuarter(Table):
    """What a leaderboard ranks, of the three months that end with `month`.

    `mentees` are the different people of all three.
    """

    __tablename__ = "mentor_quarters"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    guild_id: Mapped[int]
    sessions: Mapped[int]
    minutes: Mapped[int]
    mentees: Mapped[int]
    thanks: Mapped[int]

    __table_args__ = (
        *(
            Index(f"ix_mentor_quarters_{name}", "guild_id", "month", name, "profile_id")
            for name in ("minutes", "mentees", "thanks")
        ),
    )


class MentorTotal(Table):
    """A mentor's figures of all time.

    `mentees` are different people, and `returning_mentees` those with more than one session.
    `is_active` tells whether the profile is approved, and `last_active_at` is the end of the latest
    session that took place, or when the profile was created.
    """

    __tablename__ = "mentor_totals"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    guild_id: Mapped[int]
    is_active: Mapped[bool] = mapped_column(server_default=text("false"))
    last_active_at: Mapped[dt.datetime]
    sessions: Mapped[int]
    minutes: Mapped[int]
    mentees: Mapped[int]
    returning_mentees: Mapped[int]
    reviews: Mapped[int]
    stars: Mapped[int]
    thanks: Mapped[int]

    __table_args__ = (
        *(
            Index(f"ix_mentor_totals_{name}", "guild_id", name, "profile_id")
            for name in ("minutes", "mentees", "thanks")
        ),
        index_where(
            "ix_mentor_totals_quiet",
            *("guild_id", "last_active_at", "profile_id"),
            where="is_active",
        ),
    )


class MenteeMonth(Table):
    """How many sessions with a mentor took place for a mentee in a month: one at least."""

    __tablename__ = "mentee_months"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    mentee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    guild_id: Mapped[int]
    sessions: Mapped[int]

    __table_args__ = (
        CheckConstraint("sessions > 0", name="sessions"),
        Index("ix_mentee_months_month", "profile_id", "month", "mentee_id"),
        Index("ix_mentee_months_guild", "guild_id", "month", "mentee_id"),
        Index("ix_mentee_months_person", "mentee_id", "guild_id"),
    )


class GuildMonth(_Numbers, Table):
    """A guild's figures of one month: the sums of its mentors' months.

    `active_mentors` and `active_members` had a session that took place.
    """

    __tablename__ = "guild_months"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    active_mentors: Mapped[int] = mapped_column(server_default=_ZERO)
    active_members: Mapped[int] = mapped_column(server_default=_ZERO)


class PointsMonth(Table):
    """The points that moved in a guild in a month, by the cause of the transfers."""

    __tablename__ = "points_months"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]


class MentorWeek(Table):
    """The minutes that a mentor's hours were open in a month, by half hour of the week in UTC.

    `used` are those of them in which the mentor had a session.
    """

    __tablename__ = "mentor_weeks"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    guild_id: Mapped[int]
    offered: Mapped[list[int]]
    used: Mapped[list[int]]

    __table_args__ = (Index("ix_mentor_weeks_guild", "guild_id"),)


class GuildWeek(Table):
    """The sums of the `MentorWeek` rows of a guild."""

    __tablename__ = "guild_weeks"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    offered: Mapped[list[int]]
    used: Mapped[list[int]]


class StaleMonth(Table):
    """A mentor's month whose figures have to be computed again.

    `mark` rises each time that something happens, so that what happens meanwhile isn't lost.
    """

    __tablename__ = "stale_months"

    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(server_default="1")


class FigureProgress(Table):
    """How far a walk over rows has come: up to which id, and for which day.

    A walk without an id is over. A walk for several days ends before `until_day`.
    """

    __tablename__ = "figure_progress"

    name: Mapped[str] = mapped_column(primary_key=True)
    after_id: Mapped[int | None]
    day: Mapped[dt.date | None]
    until_day: Mapped[dt.date | None]
