"""The tables of sessions: the people in them, their time, places and reviews."""

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

from storage.tables.base import Table, changed_at, index_where, where_set
from storage.types import RowId

# `Review` has a column called `text`, which hides the function in the class.
_TRUE, _COUNTS = text("true"), text("counts")


class Session(Table):
    """A mentee's seat with a mentor: a whole one-to-one session, or one of many in a group session.

    A seat in a group session has a `group_id`; `mentorship.sessions.seats` says what follows its
    group session's columns. Sessions that were booked together have a `series_id`. `price` is the
    total in points, fixed at booking.

    `timezone` is the mentor's at booking. `next_at` is when the session's status next changes by
    itself: the mentor's deadline, the start, or the deadline for attendance reports.
    `sequence` is the revision number in calendar files (iCalendar's SEQUENCE). `proposed_*` is an
    open reschedule request, and `proposals_by_*` count all requests of each side.

    The terms are a copy of the guild's settings at booking, which later settings never change:
    `price`, `fee_percent`, `confirm_within`, `free_cancellation_until`, `late_refund_percent`,
    `cancellation_grace` and `complete_after` (minutes). `free_cancellation_ends_at` is the instant
    until which the mentee is refunded in full; confirming or moving the session may change it.
    `updated_at` is when the session, a report of its attendance or its review last changed.
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
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"))
    updated_at: Mapped[dt.datetime | None] = changed_at()

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
        # Serves the list of what has changed in a guild.
        Index("ix_sessions_changes", "guild_id", "status", "updated_at", "id"),
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
        # They serve a mentor's figures, by the month of the start or of the booking.
        Index("ix_sessions_of_profile", "profile_id", "starts_at"),
        Index("ix_sessions_booked", "profile_id", "created_at"),
        Index("ix_sessions_group", "group_id"),
        Index("ix_sessions_series", "series_id"),
        # With statistics of their own: most sessions have neither a group session nor a series.
        index_where(
            "ix_sessions_of_group", *("group_id", "status", "id"), where="group_id IS NOT NULL"
        ),
        index_where(
            "ix_sessions_of_series", *("series_id", "starts_at"), where="series_id IS NOT NULL"
        ),
        index_where(
            "ix_sessions_disputed", "guild_id", "starts_at", "id", where="status = 'disputed'"
        ),
        where_set("sessions", "proposed_by"),
        where_set("sessions", "ended_by"),
        where_set("sessions", "no_show_user_id"),
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
        where_set("session_endings", "actor_id"),
    )


_SEAT_TAKEN = text(
    "group_id IS NOT NULL AND role = 'mentee' "
    "AND session_status NOT IN ('declined', 'expired', 'cancelled')"
)


class Participant(Table):
    """A person in a session. `says` is their attendance report.

    The mentor of a seat in a group session is its `host`: their lists have the group session, and
    not each of its seats. `session_status`, `session_starts_at` and `group_id` are copies of the
    session's columns, so that one index has a person's sessions in the order of their lists. So is
    `mentor_id`, in the rows of mentees: another index has the sessions of two people. Triggers fill
    them in and keep them equal. A unique index refuses a second seat of one person in a group
    session.

    `timezone` is the person's as of the booking, and `utc_offset` that zone's at the start, in
    minutes: what their clock was to show. Both are NULL for sessions booked before they were
    stored. `late_minutes` is how late the person has said to be.
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
    group_id: Mapped[int | None]
    timezone: Mapped[str | None]
    utc_offset: Mapped[int | None]
    late_minutes: Mapped[int | None]
    mentor_id: Mapped[int | None]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        CheckConstraint("role IN ('mentor', 'mentee', 'host')", name="role"),
        CheckConstraint("says IN ('took_place', 'no_show')", name="says"),
        Index("ix_participants_person", "user_id", "session_id"),
        # Serves the list of late attendees of a group session.
        index_where(
            "ix_participants_late",
            *("group_id", "session_id"),
            where="late_minutes IS NOT NULL AND group_id IS NOT NULL",
        ),
        Index(
            "uq_participants_mentor",
            "session_id",
            unique=True,
            sqlite_where=text("role = 'mentor'"),
            postgresql_where=text("role = 'mentor'"),
        ),
        Index(
            "uq_participants_seat",
            "group_id",
            "user_id",
            unique=True,
            sqlite_where=_SEAT_TAKEN,
            postgresql_where=_SEAT_TAKEN,
        ),
        Index(
            "ix_participants_member",
            *("guild_id", "user_id", "role"),
            *("session_status", "session_starts_at", "session_id"),
        ),
        # The sessions of a mentor and a mentee, and the mentors of a mentee.
        index_where(
            "ix_participants_pair",
            *("guild_id", "mentor_id", "user_id", "session_starts_at", "session_id"),
            where="mentor_id IS NOT NULL",
        ),
        index_where(
            "ix_participants_mentors",
            *("guild_id", "user_id", "mentor_id"),
            where="mentor_id IS NOT NULL",
        ),
    )


class Commitment(Table):
    """A span of time during which a person is busy, in any guild.

    It is for a session, or, if the person is the mentor, for a group session or an invitation. The
    database refuses overlapping rows of one person. A row is deleted when the time is free again.
    During a reschedule request, a session has both its current and its proposed span, merged
    into one if they touch.
    """

    __tablename__ = "commitments"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    user_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint(
            "CASE WHEN session_id IS NULL THEN 0 ELSE 1 END + "
            "CASE WHEN group_id IS NULL THEN 0 ELSE 1 END + "
            "CASE WHEN invitation_id IS NULL THEN 0 ELSE 1 END = 1",
            name="purpose",
        ),
        Index("ix_commitments_person", "user_id", "ends_at", "starts_at"),
        Index("ix_commitments_session", "session_id"),
        Index("ix_commitments_group", "group_id"),
        Index("ix_commitments_invitation", "invitation_id"),
        # Most rows have neither. To SQLite's statistics, their NULLs are one value, so it would
        # rather read the whole table than those indexes.
        *(
            index_where(f"ix_commitments_of_{of}", f"{of}_id", where=f"{of}_id IS NOT NULL")
            for of in ("group", "invitation")
        ),
        {"sqlite_autoincrement": True},
    )


class MeetingPlace(Table):
    """The thread or voice channel of a session, from before its creation until it is closed.

    `channel_id` is NULL while the channel is being created. If the program crashed meanwhile, it
    may exist under `name`. `next_at` is when opening or closing it may be tried next. `opened_as`
    is the kind of the channel if it isn't `kind`, for which Discord had no space. `kept_since` is
    when it was to be closed, but people were in it. `told_at` is when the participants were told
    that it can't be opened, so that they meet elsewhere.
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
    opened_as: Mapped[str | None]
    kept_since: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("kind IN ('thread', 'voice')", name="kind"),)


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
        index_where("ix_reviews_visible", "guild_id", "id", where="hidden_at IS NULL"),
        index_where("ix_reviews_hidden", "guild_id", "id", where="hidden_at IS NOT NULL"),
        index_where(
            "ix_reviews_texts",
            *("profile_id", "created_at"),
            where="hidden_at IS NULL AND text <> ''",
        ),
        where_set("reviews", "hidden_by"),
        {"sqlite_autoincrement": True},
    )
