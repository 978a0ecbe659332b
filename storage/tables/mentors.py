"""The tables of mentors: profiles, expertise, search, and availability."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where, where_set
from storage.types import RowId


class MentorProfile(Table):
    """A mentor's profile. Bio, rate and expertise (`ProfileTag`) are the approved version.

    Buffers, `slot_step` and `minimum_notice` are minutes; `most_per_day` and `most_per_week` count
    sessions. `horizon_days` is the booking window. `requests_answered` and `requests_expired` count
    booking requests by how they ended, `expired_in_a_row` those that expired since the last answer.
    `answers_1h` to `answers_24h` count requests that were answered within so many hours, each
    including the shorter ones. `sessions_completed` and `sessions_failed` count sessions that took
    place, and that didn't because of the mentor (`mentorship.mentors.track_record`).
    `asked_if_active_at` is when the mentor was asked whether they still mentor, for that reason.
    `meeting_place` is where the mentor meets, NULL for the guild's setting.
    `slot_alerts_at` is when the next member who waits for a slot may be told of one, and
    `slot_alerts_after` the last alert that was considered while their line is walked through.
    """

    __tablename__ = "mentor_profiles"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int]
    user_id: Mapped[int]
    status: Mapped[str]
    bio: Mapped[str] = mapped_column(server_default="")
    hourly_rate: Mapped[int] = mapped_column(server_default="0")
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    paused_until: Mapped[dt.datetime | None]
    timezone: Mapped[str]
    durations: Mapped[list[int]] = mapped_column(server_default="[30, 60]")
    slot_step: Mapped[int] = mapped_column(server_default="30")
    buffer_before: Mapped[int] = mapped_column(server_default="0")
    buffer_after: Mapped[int] = mapped_column(server_default="0")
    minimum_notice: Mapped[int] = mapped_column(server_default="60")
    horizon_days: Mapped[int] = mapped_column(server_default="60")
    most_per_day: Mapped[int | None]
    most_per_week: Mapped[int | None]
    instant_booking: Mapped[bool] = mapped_column(server_default=text("false"))
    fill_gaps: Mapped[bool] = mapped_column(server_default=text("false"))
    meeting_link: Mapped[str | None]
    rating_sum: Mapped[int] = mapped_column(server_default="0")
    rating_count: Mapped[int] = mapped_column(server_default="0")
    sessions_completed: Mapped[int] = mapped_column(server_default="0")
    requests_answered: Mapped[int] = mapped_column(server_default="0")
    requests_expired: Mapped[int] = mapped_column(server_default="0")
    answers_1h: Mapped[int] = mapped_column(server_default="0")
    answers_2h: Mapped[int] = mapped_column(server_default="0")
    answers_6h: Mapped[int] = mapped_column(server_default="0")
    answers_12h: Mapped[int] = mapped_column(server_default="0")
    answers_24h: Mapped[int] = mapped_column(server_default="0")
    sessions_failed: Mapped[int] = mapped_column(server_default="0")
    expired_in_a_row: Mapped[int] = mapped_column(server_default="0")
    asked_if_active_at: Mapped[dt.datetime | None]
    availability_version: Mapped[int] = mapped_column(server_default="1")
    slot_alerts_at: Mapped[dt.datetime | None]
    slot_alerts_after: Mapped[int | None]
    meeting_place: Mapped[str | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        UniqueConstraint("guild_id", "user_id"),
        CheckConstraint(
            "status IN ('applicant', 'approved', 'suspended', 'stopped')", name="status"
        ),
        CheckConstraint("hourly_rate >= 0", name="rate"),
        CheckConstraint(
            "rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count",
            name="rating",
        ),
        Index("ix_mentor_profiles_status", "guild_id", "status", "id"),
        Index("ix_mentor_profiles_person", "user_id"),
        where_set("mentor_profiles", "slot_alerts_at"),
        Index("ix_mentor_profiles_zone", "guild_id", "timezone"),
        Index("ix_mentor_profiles_notice", "guild_id", "minimum_notice"),
        {"sqlite_autoincrement": True},
    )


class ProfileRevision(Table):
    """A version of a profile that moderators decide on: an application or a later change.

    At most one revision of a profile is pending. Each submission is a new row, so a profile's rows
    are its history. `version` rises with each text that its author submits, across all revisions of
    the profile. The review card's buttons carry the revision's id and version; `channel_id` and
    `message_id` say where the card is. `guild_id` is a copy of the profile's, which a trigger fills
    in.
    """

    __tablename__ = "profile_revisions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    kind: Mapped[str]
    status: Mapped[str]
    expertise: Mapped[list[str]]
    bio: Mapped[str]
    hourly_rate: Mapped[int]
    reason: Mapped[str | None]
    submitted_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[int | None]
    decision_note: Mapped[str | None]
    channel_id: Mapped[int | None]
    message_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    guild_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("kind IN ('application', 'change')", name="kind"),
        CheckConstraint(
            "status IN ('pending', 'changes_requested', 'approved', 'rejected', 'withdrawn')",
            name="status",
        ),
        Index(
            "uq_profile_revisions_open",
            "profile_id",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_profile_revisions_profile", "profile_id", "submitted_at"),
        index_where("ix_profile_revisions_pending", "guild_id", "id", where="status = 'pending'"),
        where_set("profile_revisions", "decided_by"),
        {"sqlite_autoincrement": True},
    )


class Tag(Table):
    """A tag for expertise in a guild: trimmed, case-folded, Unicode-normalised."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    name: Mapped[str]

    __table_args__ = (
        UniqueConstraint("guild_id", "name"),
        {"sqlite_autoincrement": True},
    )


class ProfileTag(Table):
    """A tag of a mentor's approved expertise."""

    __tablename__ = "profile_tags"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)

    __table_args__ = (Index("ix_profile_tags_tag", "tag_id", "profile_id"),)


class Listing(Table):
    """The search index: one row for each mentor and tag, and one with `tag_id` 0 for each mentor.

    Triggers derive it from the profiles that are approved and not paused indefinitely; see
    `storage/migrations/versions/0002_search.py`. `shortfall` is five stars minus the Bayesian mean
    rating, in 1/100,000 of a star, so that ascending order ranks the best first. It includes the
    `deduction` for requests and sessions that the mentor missed (`mentorship.search.ranking`).
    """

    __tablename__ = "listings"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tag_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    shortfall: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    profile_id: Mapped[int] = mapped_column(
        RowId,
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    user_id: Mapped[int]
    hourly_rate: Mapped[int]
    rating_sum: Mapped[int]
    rating_count: Mapped[int]
    timezone: Mapped[str]
    paused_until: Mapped[dt.datetime | None]
    deduction: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        Index("ix_listings_rate", "guild_id", "tag_id", "hourly_rate", "shortfall", "profile_id"),
        Index("ix_listings_profile", "profile_id"),
        {"sqlite_with_rowid": False},
    )


class GuildRating(Table):
    """The sum of all ratings in a guild, maintained by triggers.

    `prior` is the guild's mean rating, in 1/100 of a star, that the `shortfall` of the guild's
    listings was last computed with.
    """

    __tablename__ = "guild_ratings"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    rating_sum: Mapped[int]
    rating_count: Mapped[int]
    prior: Mapped[int]


class WeeklyHoursRow(Table):
    """A weekly interval of availability, in minutes of the day in the mentor's time zone.

    `weekday` is 0 for Monday. An end at or before the start is on the next day
    (`mentorship.availability.slots.WeeklyHours`). `guild_id`, `timezone` and `minimum_notice` are
    copies of the profile's, for the index by which search finds hours; triggers fill them in.
    """

    __tablename__ = "weekly_hours"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"), primary_key=True
    )
    weekday: Mapped[int] = mapped_column(primary_key=True)
    start_minute: Mapped[int] = mapped_column(primary_key=True)
    end_minute: Mapped[int]
    guild_id: Mapped[int | None]
    timezone: Mapped[str | None]
    minimum_notice: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_weekly_hours_time",
            *("guild_id", "timezone", "weekday", "start_minute"),
            *("end_minute", "minimum_notice", "profile_id"),
        ),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("start_minute BETWEEN 0 AND 1439", name="start"),
        CheckConstraint("end_minute BETWEEN 1 AND 1440", name="end"),
    )


class DateOverrideRow(Table):
    """An interval of availability that replaces the weekly hours on one date.

    A date may have several rows. A row without minutes is a day off.
    """

    __tablename__ = "date_overrides"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id", ondelete="CASCADE"))
    date: Mapped[dt.date]
    start_minute: Mapped[int | None]
    end_minute: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("profile_id", "date", "start_minute"),
        CheckConstraint("(start_minute IS NULL) = (end_minute IS NULL)", name="hours"),
        Index("ix_date_overrides_date", "date"),
        {"sqlite_autoincrement": True},
    )


class TravelRow(Table):
    """A trip of a mentor: from `first_date` to `last_date`, hours follow the clock of `timezone`.

    The database refuses two trips of one mentor that have a date in common. `guild_id` is a copy of
    the profile's, for the index by which search finds trips.
    """

    __tablename__ = "travel"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"), primary_key=True
    )
    guild_id: Mapped[int]
    first_date: Mapped[dt.date] = mapped_column(primary_key=True)
    last_date: Mapped[dt.date]
    timezone: Mapped[str]

    __table_args__ = (
        CheckConstraint("first_date <= last_date", name="dates"),
        Index("ix_travel_guild", "guild_id", "last_date"),
        Index("ix_travel_last_date", "last_date"),
    )
