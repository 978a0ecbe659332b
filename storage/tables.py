"""The tables, for SQLite and PostgreSQL alike.

All data belongs to a guild. Ids of people, guilds, channels, roles and messages are Discord's;
all other ids are row ids. Instants are UTC. Points are integers.

Invariants that must hold whatever the code does are enforced by triggers and constraints; see the
first migration, `storage/migrations/versions/0001_first_tables.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.types import Json, RowId, UtcDateTime


class Table(DeclarativeBase):
    """Base class of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and form
        int: BigInteger,
        dt.datetime: UtcDateTime,
        dt.date: Date,
        dict[str, Any]: Json,
        list[int]: Json,
        list[str]: Json,
    }


def _index_where(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that meet a condition."""
    condition = text(where)
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


def _where_set(table: str, column: str) -> Index:
    """Return an index of the rows in which a column isn't NULL, for columns that mostly are."""
    return _index_where(f"ix_{table}_{column}", column, where=f"{column} IS NOT NULL")


class Guild(Table):
    """A Discord server and its settings. Durations are minutes unless their name says otherwise.

    `lost` lists the settings that were cleared because their role or channel was deleted.
    `person_key` is the secret key of the hashes in `ErasedPerson`. The settings that start with
    `limit_` are explained in `mentorship.limits`. `purge_began_at` is set while all data of a guild
    that removed the bot is deleted, which takes several transactions.
    """

    __tablename__ = "guilds"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    moderator_role_id: Mapped[int | None]
    mentor_role_id: Mapped[int | None]
    review_channel_id: Mapped[int | None]
    notices_channel_id: Mapped[int | None]
    log_channel_id: Mapped[int | None]
    who_may_apply: Mapped[str] = mapped_column(server_default="everyone")
    apply_role_ids: Mapped[list[int]] = mapped_column(server_default="[]")
    apply_minimum_rank: Mapped[int] = mapped_column(server_default="0")
    reapply_after_days: Mapped[int] = mapped_column(server_default="7")
    approve_profile_changes: Mapped[bool] = mapped_column(server_default=text("true"))
    maximum_hourly_rate: Mapped[int] = mapped_column(server_default="10000")
    currency_name: Mapped[str] = mapped_column(server_default="points")
    currency_emoji: Mapped[str] = mapped_column(server_default="🪙")
    starting_balance: Mapped[int] = mapped_column(server_default="0")
    fee_percent: Mapped[int] = mapped_column(server_default="0")
    confirm_within: Mapped[int] = mapped_column(server_default="1440")
    free_cancellation_until: Mapped[int] = mapped_column(server_default="1440")
    late_refund_percent: Mapped[int] = mapped_column(server_default="0")
    complete_after: Mapped[int] = mapped_column(server_default="1440")
    reminders: Mapped[list[int]] = mapped_column(server_default="[1440, 60, 10]")
    meeting_place: Mapped[str] = mapped_column(server_default="link")
    lost: Mapped[list[str]] = mapped_column(server_default="[]")
    meeting_parent_id: Mapped[int | None]
    cancellation_grace: Mapped[int] = mapped_column(server_default="15")
    dispute_days: Mapped[int] = mapped_column(server_default="14")
    grant_ceiling: Mapped[int] = mapped_column(server_default="10000")
    limit_pending_per_mentor: Mapped[int] = mapped_column(server_default="2")
    limit_pending: Mapped[int] = mapped_column(server_default="5")
    limit_upcoming: Mapped[int] = mapped_column(server_default="10")
    limit_proposals: Mapped[int] = mapped_column(server_default="3")
    limit_early_cancellations: Mapped[int] = mapped_column(server_default="5")
    limit_gifts_to_strangers: Mapped[int] = mapped_column(server_default="10")
    limit_data_requests: Mapped[int] = mapped_column(server_default="1")
    person_key: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    purge_began_at: Mapped[dt.datetime | None]

    __table_args__ = (
        _where_set("guilds", "left_at"),
        _where_set("guilds", "purge_began_at"),
        CheckConstraint("who_may_apply IN ('everyone', 'roles', 'rank')", name="who_may_apply"),
        CheckConstraint("meeting_place IN ('link', 'thread', 'voice')", name="meeting_place"),
        CheckConstraint("fee_percent BETWEEN 0 AND 100", name="fee"),
        CheckConstraint("late_refund_percent BETWEEN 0 AND 100", name="late_refund"),
        CheckConstraint("starting_balance >= 0", name="starting_balance"),
    )


class Member(Table):
    """A person in a guild. `name` is the display name that they last had there.

    `reminders` are minutes before a session starts; NULL means the guild's default. Quiet hours
    are minutes of the day in the person's own time zone. `dm_channel_id` is the channel in which
    the last direct message reached them. `used_at` is when they first used the bot or the API; NULL
    for someone who is only known because others named them. `screening_pending` tells that they
    haven't passed the server's membership screening, as far as the bot knows. `avatar` is the hash
    of their picture on Discord, empty without one and NULL while it is unknown.
    """

    __tablename__ = "members"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    avatar: Mapped[str | None]
    timezone: Mapped[str | None]
    language: Mapped[str | None]
    rank: Mapped[int] = mapped_column(server_default="0")
    muted_notices: Mapped[list[str]] = mapped_column(server_default="[]")
    reminders: Mapped[list[int] | None] = mapped_column(Json(none_as_null=True))
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    dm_channel_id: Mapped[int | None]
    joined_at: Mapped[dt.datetime | None]
    screening_pending: Mapped[bool] = mapped_column(server_default=text("false"))
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]


class MentorProfile(Table):
    """A mentor's profile. Bio, rate and expertise (`ProfileTag`) are the approved version.

    Buffers, `slot_step` and `minimum_notice` are minutes; `most_per_day` and `most_per_week` count
    sessions. `horizon_days` is the booking window. `requests_answered` and `requests_expired` count
    booking requests by how they ended, `expired_in_a_row` those that expired since the last answer.
    `asked_if_active_at` is when the mentor was asked whether they still mentor, for that reason.
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
    expired_in_a_row: Mapped[int] = mapped_column(server_default="0")
    asked_if_active_at: Mapped[dt.datetime | None]
    availability_version: Mapped[int] = mapped_column(server_default="1")
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
        _index_where("ix_profile_revisions_pending", "guild_id", "id", where="status = 'pending'"),
        _where_set("profile_revisions", "decided_by"),
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
    rating, in 1/100,000 of a star, so that ascending order ranks the best first.
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


class Session(Table):
    """A meeting of a mentor and a mentee. `price` is the total in points, fixed at booking.

    `timezone` is the mentor's at booking. `next_at` is when the session's status next changes by
    itself: the mentor's deadline, the start, or the deadline for attendance reports.
    `sequence` is the revision number in calendar files (iCalendar's SEQUENCE). `proposed_*` is an
    open reschedule request, and `proposals_by_*` count all requests of each side.

    The terms are a copy of the guild's settings at booking, which later settings never change:
    `price`, `fee_percent`, `confirm_within`, `free_cancellation_until`, `late_refund_percent`,
    `cancellation_grace` and `complete_after` (minutes). `free_cancellation_ends_at` is the instant
    until which the mentee is refunded in full; confirming or moving the session may change it.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    mentor_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    timezone: Mapped[str]
    status: Mapped[str]
    topic: Mapped[str]
    price: Mapped[int]
    fee_percent: Mapped[int] = mapped_column(server_default="0")
    confirm_within: Mapped[int] = mapped_column(server_default="1440")
    free_cancellation_until: Mapped[int] = mapped_column(server_default="1440")
    free_cancellation_ends_at: Mapped[dt.datetime | None]
    late_refund_percent: Mapped[int] = mapped_column(server_default="0")
    cancellation_grace: Mapped[int] = mapped_column(server_default="0")
    complete_after: Mapped[int] = mapped_column(server_default="1440")
    confirmed_at: Mapped[dt.datetime | None]
    proposals_by_mentor: Mapped[int] = mapped_column(server_default="0")
    proposals_by_mentee: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[dt.datetime | None]
    proposed_starts_at: Mapped[dt.datetime | None]
    proposed_ends_at: Mapped[dt.datetime | None]
    proposed_by: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[int | None]
    ended_reason: Mapped[str | None]
    no_show_user_id: Mapped[int | None]
    meeting_link: Mapped[str | None]
    meeting_channel_id: Mapped[int | None]
    sequence: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint(
            "status IN ('scheduled', 'confirmed', 'in_progress', 'completed', "
            "'declined', 'expired', 'cancelled', 'no_show', 'disputed', 'refunded')",
            name="status",
        ),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("price >= 0", name="price"),
        Index("ix_sessions_mentor", "guild_id", "mentor_id", "starts_at"),
        Index("ix_sessions_start", "starts_at"),
        # Serves the job that advances sessions, and the count of those that aren't over.
        Index(
            "ix_sessions_next",
            "next_at",
            "status",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        # Serves the limit of withdrawn bookings.
        Index(
            "ix_sessions_cancelled",
            "ended_by",
            "ended_at",
            sqlite_where=text("status = 'cancelled'"),
            postgresql_where=text("status = 'cancelled'"),
        ),
        Index("ix_sessions_profile", "profile_id"),
        _index_where(
            "ix_sessions_disputed", "guild_id", "starts_at", "id", where="status = 'disputed'"
        ),
        _where_set("sessions", "proposed_by"),
        _where_set("sessions", "ended_by"),
        _where_set("sessions", "no_show_user_id"),
        {"sqlite_autoincrement": True},
    )


class SessionEnding(Table):
    """A person whose upcoming sessions are all being ended, a few in each transaction.

    `cause` is a `mentorship.sessions.departures.EndingCause`, `actor_id` the moderator who has
    suspended them. Sessions with an id above `until_id` were booked later, and stay.
    """

    __tablename__ = "session_endings"

    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None]
    until_id: Mapped[int]
    began_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]

    __table_args__ = (
        Index("ix_session_endings_next", "next_at"),
        Index("ix_session_endings_person", "user_id", "guild_id"),
        _where_set("session_endings", "actor_id"),
    )


class Participant(Table):
    """A person's seat in a session. `says` is their attendance report.

    `session_status` and `session_starts_at` are copies of the session's columns, so that one index
    has a person's sessions in the order of their lists. Triggers fill them in and keep them equal.
    """

    __tablename__ = "participants"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guild_id: Mapped[int]
    role: Mapped[str]
    paid: Mapped[int] = mapped_column(server_default="0")
    says: Mapped[str | None]
    said_at: Mapped[dt.datetime | None]
    session_status: Mapped[str | None]
    session_starts_at: Mapped[dt.datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        CheckConstraint("role IN ('mentor', 'mentee')", name="role"),
        CheckConstraint("says IN ('took_place', 'no_show')", name="says"),
        Index("ix_participants_person", "user_id", "session_id"),
        Index(
            "uq_participants_mentor",
            "session_id",
            unique=True,
            sqlite_where=text("role = 'mentor'"),
            postgresql_where=text("role = 'mentor'"),
        ),
        Index(
            "ix_participants_member",
            *("guild_id", "user_id", "role"),
            *("session_status", "session_starts_at", "session_id"),
        ),
    )


class Commitment(Table):
    """A span of time during which a person is busy with a session, in any guild.

    The database refuses overlapping rows of one person. A row is deleted when the time is free
    again. During a reschedule request, a session has both its current and its proposed span, merged
    into one if they touch.
    """

    __tablename__ = "commitments"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    user_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_commitments_person", "user_id", "ends_at", "starts_at"),
        Index("ix_commitments_session", "session_id"),
        {"sqlite_autoincrement": True},
    )


class MeetingPlace(Table):
    """The thread or voice channel of a session, from before its creation until its removal.

    `channel_id` is NULL while the channel is being created. If the program crashed meanwhile, it
    may exist under `name`. `next_at` is when creating or removing it may be tried next.
    """

    __tablename__ = "meeting_places"

    session_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("sessions.id"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str]
    name: Mapped[str]
    channel_id: Mapped[int | None]
    next_at: Mapped[dt.datetime]
    problem: Mapped[str | None]

    __table_args__ = (CheckConstraint("kind IN ('thread', 'voice')", name="kind"),)


class Account(Table):
    """An account of points. A trigger keeps `balance` equal to the sum of its transfers.

    Kinds: `member` (a person's), `escrow` (on hold for a session), `fees` (the guild's share) and
    `issuance`, the counterpart of grants and deductions, the only one that may be negative.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    kind: Mapped[str]
    user_id: Mapped[int | None]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    balance: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("kind IN ('member', 'escrow', 'fees', 'issuance')", name="kind"),
        CheckConstraint("balance >= 0 OR kind = 'issuance'", name="never_below_zero"),
        CheckConstraint("(kind = 'escrow') = (session_id IS NOT NULL)", name="escrow"),
        Index(
            "uq_accounts_member",
            "guild_id",
            "user_id",
            unique=True,
            sqlite_where=text("kind = 'member'"),
            postgresql_where=text("kind = 'member'"),
        ),
        Index(
            "uq_accounts_escrow",
            "session_id",
            unique=True,
            sqlite_where=text("kind = 'escrow'"),
            postgresql_where=text("kind = 'escrow'"),
        ),
        Index(
            "uq_accounts_guild",
            "guild_id",
            "kind",
            unique=True,
            sqlite_where=text("kind IN ('fees', 'issuance')"),
            postgresql_where=text("kind IN ('fees', 'issuance')"),
        ),
        Index("ix_accounts_guild", "guild_id", "user_id"),
        Index("ix_accounts_session", "session_id"),
        {"sqlite_autoincrement": True},
    )


class Transfer(Table):
    """A transfer of points from the debited to the credited account. Immutable."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    debit_account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    credit_account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[int]
    cause: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    made_by: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
        Index("ix_transfers_debit", "debit_account_id", "id"),
        Index("ix_transfers_credit", "credit_account_id", "id"),
        Index("ix_transfers_guild", "guild_id", "id"),
        Index("ix_transfers_session", "session_id"),
        _index_where(
            "ix_transfers_grants", "credit_account_id", "created_at", where="cause = 'grant'"
        ),
        _index_where(
            "ix_transfers_gifts", "debit_account_id", "created_at", where="cause = 'gift'"
        ),
        _where_set("transfers", "made_by"),
        {"sqlite_autoincrement": True},
    )


# `Review` has a column called `text`, which hides the function in the class.
_TRUE, _COUNTS = text("true"), text("counts")


class Review(Table):
    """A mentee's review of a completed session, at most one, with the mentor's reply.

    `counts` tells whether the stars count in the mentor's rating: of the visible reviews of one
    author, only the latest does. `guild_id` is a copy of the profile's, which a trigger fills in.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    author_id: Mapped[int]
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    stars: Mapped[int]
    text: Mapped[str]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    hidden_at: Mapped[dt.datetime | None]
    hidden_by: Mapped[int | None]
    hidden_reason: Mapped[str | None]
    reply: Mapped[str | None]
    replied_at: Mapped[dt.datetime | None]
    counts: Mapped[bool] = mapped_column(server_default=_TRUE)
    guild_id: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("session_id", "author_id"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        Index("ix_reviews_profile", "profile_id", "created_at"),
        Index("ix_reviews_author", "profile_id", "author_id"),
        Index(
            "uq_reviews_counting",
            "profile_id",
            "author_id",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        Index("ix_reviews_person", "author_id", "session_id"),
        _index_where("ix_reviews_visible", "guild_id", "id", where="hidden_at IS NULL"),
        _index_where("ix_reviews_hidden", "guild_id", "id", where="hidden_at IS NOT NULL"),
        _index_where(
            "ix_reviews_texts",
            *("profile_id", "created_at"),
            where="hidden_at IS NULL AND text <> ''",
        ),
        _where_set("reviews", "hidden_by"),
        {"sqlite_autoincrement": True},
    )


class Notification(Table):
    """A message that the bot owes a person, or a channel of a guild. The table is called `notices`.

    It is written in the transaction that causes it and delivered afterwards (an outbox). A row
    holds no wording, only what the text is about: `session_id`, `revision_id` and those `facts`
    that no other table keeps. `key` identifies the cause, so that no notification is written
    twice; Discord's nonce is derived from it.

    `next_at` is when delivery next considers the row. It begins as `due_at`; later it is the end
    of a delivery lease, of a retry's backoff, or of the person's quiet hours. `shown_at` is set
    once an undeliverable notification was shown to the person in some other way. `caused_by` is the
    person whose act caused it, NULL for the clock. `urgency` is negative while it waits until the
    recipient's direct messages may be opened. `about_id` is a person whom the facts name,
    other than the recipient.

    `channel_id` and `message_id` say where it was sent; the latter is NULL again once the message
    was deleted. While the message shows a state that has changed, `refresh_at` is when it is next
    to be edited: the time of the change, the end of a lease, or of a retry's backoff.
    `refresh_attempts` counts the edits that failed.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int | None]
    kind: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("profile_revisions.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    caused_by: Mapped[int | None]
    about_id: Mapped[int | None]
    key: Mapped[str]
    due_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    useful_until: Mapped[dt.datetime | None]
    urgency: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    settled_at: Mapped[dt.datetime | None]
    shown_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None]
    channel_id: Mapped[int | None]
    message_id: Mapped[int | None]
    refresh_at: Mapped[dt.datetime | None]
    refresh_attempts: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("status IN ('waiting', 'sent', 'dropped', 'failed')", name="status"),
        Index(
            "ix_notices_next",
            "urgency",
            "next_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_notices_guilds",
            "urgency",
            "guild_id",
            "next_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_notices_causes",
            "urgency",
            "guild_id",
            text("coalesce(caused_by, 0)"),
            "next_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_notices_person",
            "user_id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_notices_unfinished",
            "user_id",
            sqlite_where=text("status = 'waiting' AND attempts > 0"),
            postgresql_where=text("status = 'waiting' AND attempts > 0"),
        ),
        Index(
            "ix_notices_unseen",
            "user_id",
            sqlite_where=text("status = 'failed' AND shown_at IS NULL"),
            postgresql_where=text("status = 'failed' AND shown_at IS NULL"),
        ),
        Index(
            "ix_notices_failed_of_guild",
            "guild_id",
            "settled_at",
            sqlite_where=text("status = 'failed'"),
            postgresql_where=text("status = 'failed'"),
        ),
        Index(
            "ix_notices_failed",
            "settled_at",
            sqlite_where=text("status = 'failed'"),
            postgresql_where=text("status = 'failed'"),
        ),
        # Serves the replacement of a guild's reminders.
        Index(
            "ix_notices_starting",
            "guild_id",
            "id",
            sqlite_where=text("status = 'waiting' AND kind = 'starting'"),
            postgresql_where=text("status = 'waiting' AND kind = 'starting'"),
        ),
        Index(
            "ix_notices_outdated",
            "guild_id",
            "refresh_at",
            sqlite_where=text("status = 'sent' AND refresh_at IS NOT NULL"),
            postgresql_where=text("status = 'sent' AND refresh_at IS NOT NULL"),
        ),
        Index("ix_notices_session", "session_id", "status"),
        Index("ix_notices_guild", "guild_id", "id"),
        Index("ix_notices_revision", "revision_id"),
        Index("ix_notices_recipient", "user_id", "guild_id", "id"),
        _where_set("notices", "caused_by"),
        _where_set("notices", "about_id"),
        {"sqlite_autoincrement": True},
    )


class ReminderChange(Table):
    """A guild whose waiting reminders are being replaced, since its settings have changed.

    `after_id` is the last "starting now" notification whose session has its new reminders.
    """

    __tablename__ = "reminder_changes"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    after_id: Mapped[int]


class MemberReminderChange(Table):
    """A member whose waiting reminders are being replaced, since they have changed their own.

    Sessions that end at `after_at` or before have their new reminders.
    """

    __tablename__ = "member_reminder_changes"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    after_at: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("guild_id", "user_id"),
        Index("ix_member_reminder_changes_person", "user_id", "guild_id"),
        {"sqlite_autoincrement": True},
    )


class MentorRoleChange(Table):
    """A guild that has another mentor role, whose mentors are still to be given it.

    `former_role_id` is taken from them. The updates of mentors with profiles up to `after_id`,
    `scheduled` in number, are in the outbox, with `batch` in their keys.
    """

    __tablename__ = "mentor_role_changes"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    former_role_id: Mapped[int | None]
    batch: Mapped[str]
    began_at: Mapped[dt.datetime]
    after_id: Mapped[int]
    scheduled: Mapped[int]

    __table_args__ = (
        Index("ix_mentor_role_changes_guild", "guild_id"),
        {"sqlite_autoincrement": True},
    )


class IdempotencyKey(Table):
    """An idempotency key that was used, so that a repeated request has no second effect.

    `request` is a hash of the request, `answer` its result. `about_id` is a person whom the answer
    names, other than its owner.
    """

    __tablename__ = "idempotency_keys"

    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    about_id: Mapped[int | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        Index("ix_idempotency_keys_age", "created_at"),
        Index("ix_idempotency_keys_session", "session_id"),
        _where_set("idempotency_keys", "about_id"),
    )


class HandledInteraction(Table):
    """An interaction of Discord that a process has acted on, so that no other does.

    Several processes may receive the same one; see `storage.deduplication`. The ids are snowflakes,
    which hold the time.
    """

    __tablename__ = "handled_interactions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)


class Event(Table):
    """A domain event of a guild (`mentorship.events`), in the order of the ids.

    Ids are never reused, because consumers remember the last id that they have read. A row remains
    when what it refers to is deleted, so only `guild_id` is a foreign key. Events with `audited`
    make up the audit log.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    type: Mapped[str]
    occurred_at: Mapped[dt.datetime]
    actor_id: Mapped[int | None]
    subject_id: Mapped[int | None]
    session_id: Mapped[int | None]
    revision_id: Mapped[int | None]
    audited: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")

    __table_args__ = (
        Index("ix_events_guild", "guild_id", "id"),
        Index(
            "ix_events_audited",
            "guild_id",
            "id",
            sqlite_where=text("audited"),
            postgresql_where=text("audited"),
        ),
        # Serves the nightly job that deletes old events.
        Index("ix_events_age", "audited", "occurred_at"),
        Index(
            "ix_events_session",
            "session_id",
            sqlite_where=text("session_id IS NOT NULL"),
            postgresql_where=text("session_id IS NOT NULL"),
        ),
        _index_where("ix_events_audited_type", "guild_id", "type", "id", where="audited"),
        *(
            _index_where(
                f"ix_events_audited_{person}",
                *("guild_id", f"{person}_id", "type", "id"),
                where="audited",
            )
            for person in ("actor", "subject")
        ),
        Index("ix_events_actor", "actor_id", "guild_id", "id"),
        # Serves the limit of data exports.
        Index(
            "ix_events_exports",
            "actor_id",
            "guild_id",
            "occurred_at",
            sqlite_where=text("type = 'member.data_exported'"),
            postgresql_where=text("type = 'member.data_exported'"),
        ),
        Index("ix_events_subject", "subject_id", "guild_id", "id"),
        {"sqlite_autoincrement": True},
    )


class Block(Table):
    """A member who doesn't want to be booked, messaged or given points by another member.

    Known only to the blocker.
    """

    __tablename__ = "blocks"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    blocker_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    blocked_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "blocker_id"], ["members.guild_id", "members.user_id"]),
        CheckConstraint("blocker_id <> blocked_id", name="two_people"),
        Index("ix_blocks_blocked", "blocked_id", "guild_id"),
    )


class ErasedPerson(Table):
    """What must be remembered of a person after the erasure of their data in a guild.

    `digest` is the HMAC-SHA256 of their user id under the guild's `person_key`, which goes with the
    guild's data. It lets the program recognise someone who returns, and names nobody. A person
    who is listed gets no starting balance again. `may_apply_from` is the end of the wait after a
    rejection, and `was_suspended` tells that a moderator had suspended them.
    """

    __tablename__ = "erased_people"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[dt.datetime]
    may_apply_from: Mapped[dt.datetime | None]
    was_suspended: Mapped[bool] = mapped_column(server_default=text("false"))


class Erasure(Table):
    """The erasure of a person's data in a guild that isn't complete yet.

    `mentorship.operations.erasure_steps` works on it, in bounded steps, and deletes the row at the
    end. What the person did before the erasure has ids up to the `watermarks`, the highest ids by
    table at that moment; later rows are of somebody who returned. `name` is what texts are searched
    for, and `placeholder_id` the negative id that replaces the person's. `profile_id` and
    `account_id` are those that were theirs. `position` is the last id that the `phase` has worked
    on, and `handled` counts rows.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    name: Mapped[str]
    placeholder_id: Mapped[int]
    profile_id: Mapped[int | None]
    account_id: Mapped[int | None]
    watermarks: Mapped[dict[str, Any]]
    phase: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    handled: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        Index("ix_erasures_person", "guild_id", "user_id", "id"),
        {"sqlite_autoincrement": True},
    )


class GrantRequest(Table):
    """A grant of points above the guild's ceiling, which a second moderator must confirm."""

    __tablename__ = "grant_requests"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    amount: Mapped[int]
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending")
    requested_by: Mapped[int | None]
    requested_at: Mapped[dt.datetime]
    decided_by: Mapped[int | None]
    decided_at: Mapped[dt.datetime | None]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'confirmed', 'rejected')", name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "status <> 'confirmed' OR decided_by IS NULL OR decided_by <> requested_by",
            name="two_moderators",
        ),
        Index("ix_grant_requests_guild", "guild_id", "status", "id"),
        Index("ix_grant_requests_transfer", "transfer_id"),
        Index("ix_grant_requests_person", "user_id", "guild_id"),
        _where_set("grant_requests", "requested_by"),
        _where_set("grant_requests", "decided_by"),
        {"sqlite_autoincrement": True},
    )


class ServiceClock(Table):
    """When the program last ran the jobs whose deadlines only count while it runs.

    `resumed_at` is set by the first run after a gap: the gap is believed at the second run, so that
    a clock that was wrong for a moment changes nothing.
    """

    __tablename__ = "service_clock"

    name: Mapped[str] = mapped_column(primary_key=True)
    alive_at: Mapped[dt.datetime]
    resumed_at: Mapped[dt.datetime | None]


class DmBudget(Table):
    """A bucket of the budget for opening direct messages (`mentorship.delivery.dm_budget`).

    `next_at` is when it has its next token; tokens that aren't used add up.
    """

    __tablename__ = "dm_budgets"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime]


class CompletedBackup(Table):
    """A backup that was verified (`mentorship.operations.backup_log`), in the database it is of.

    `size_bytes` is the size of its file, `duration_ms` how long it took, verification included.
    """

    __tablename__ = "backups"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    completed_at: Mapped[dt.datetime]
    size_bytes: Mapped[int]
    duration_ms: Mapped[int]

    __table_args__ = ({"sqlite_autoincrement": True},)


class Fault(Table):
    """A row that a batch could not read or process. The batch continued with the others.

    `kind` says what was tried, and so which table `row_id` is of (`mentorship.faults`). `reference`
    is what logs and people call the fault, `error` the class of the last exception, `count` how
    often it has happened. The work isn't tried again before `retry_at`.
    """

    __tablename__ = "faults"

    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str]
    error: Mapped[str]
    count: Mapped[int] = mapped_column(server_default="1")
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    retry_at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_faults_last", "last_at"),)
