"""The tables of group sessions: what their seats have in common, and who waits for a seat."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, changed_at, index_where, where_set
from storage.types import RowId


class GroupSession(Table):
    """A meeting of a mentor and several attendees. Each attendee's seat is a row of `sessions`.

    `price` is points a seat, `capacity` the number of seats, 0 without a limit. `seats_taken`
    counts the seats that aren't called off: triggers keep it, and a constraint refuses more than
    the capacity. With fewer than `minimum_seats` by `minimum_deadline` the session is cancelled.
    `revision` counts the changes of what people agree to when they join. `sequence` is iCalendar's
    SEQUENCE, and `next_at` is when the clock acts on the session next. The columns from
    `fee_percent` to `complete_after` are the terms of every seat taken from now on, as in
    `sessions`.

    `place` is where they meet. A session that repeats, every `repeat_weeks` weeks, belongs to the
    chain of `repeat_of`, its first one; `repeat_left` sessions are to follow, NULL for as many as
    come. The last session of a chain has `repeat_at`, when the next one is created. `repeat_on` is
    the date and time on the mentor's clock (ISO 8601, without a zone) after which that one is,
    which remains if only this session is moved.

    `channel_id` and `message_id` say where it is announced. `card_due_at` is when that message is
    next to be posted or edited, or the end of a lease or a retry's backoff; `card_attempts` counts
    failures in a row, and `card_posts` how often the mentor had it posted again. `event_id` is
    Discord's scheduled event, if `wants_event`; `event_due_at` is for it what `card_due_at` is for
    the message. `waitlist_at` is when free seats are next offered to those who wait.

    `left_channel_id` and `left_message_id` are an announcement in the channel that the session was
    announced in before, which is to be deleted. While attendees are being told of another place to
    meet, `place_told_to` is the seat up to which they were. `late_minutes` is how late the mentor
    has said to be, and `late_told_to` the seat up to which attendees were told. `utc_offset` is
    that of `timezone` at the start as of the booking, in minutes. `updated_at` is when the session,
    or how it is shown in Discord, last changed.
    """

    __tablename__ = "group_sessions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    mentor_id: Mapped[int]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    timezone: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="confirmed")
    sign_up_open: Mapped[bool]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(server_default="0")
    minimum_seats: Mapped[int] = mapped_column(server_default="0")
    minimum_deadline: Mapped[dt.datetime | None]
    price: Mapped[int]
    fee_percent: Mapped[int]
    confirm_within: Mapped[int]
    free_cancellation_until: Mapped[int]
    late_refund_percent: Mapped[int]
    cancellation_grace: Mapped[int]
    complete_after: Mapped[int]
    who_may_join: Mapped[str] = mapped_column(server_default="everyone")
    join_role_ids: Mapped[list[int]] = mapped_column(server_default="[]")
    place: Mapped[str] = mapped_column(server_default="link")
    meeting_link: Mapped[str | None]
    meeting_channel_id: Mapped[int | None]
    repeat_weeks: Mapped[int] = mapped_column(server_default="0")
    repeat_left: Mapped[int | None]
    repeat_of: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    repeat_on: Mapped[str | None]
    repeat_at: Mapped[dt.datetime | None]
    revision: Mapped[int] = mapped_column(server_default="0")
    sequence: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[int | None]
    ended_reason: Mapped[str | None]
    channel_id: Mapped[int | None]
    message_id: Mapped[int | None]
    card_due_at: Mapped[dt.datetime | None]
    card_attempts: Mapped[int] = mapped_column(server_default="0")
    card_posts: Mapped[int] = mapped_column(server_default="0")
    wants_event: Mapped[bool]
    event_id: Mapped[int | None]
    event_due_at: Mapped[dt.datetime | None]
    event_attempts: Mapped[int] = mapped_column(server_default="0")
    waitlist_at: Mapped[dt.datetime | None]
    left_channel_id: Mapped[int | None]
    left_message_id: Mapped[int | None]
    place_told_to: Mapped[int | None] = mapped_column(RowId)
    updated_at: Mapped[dt.datetime | None] = changed_at()
    late_minutes: Mapped[int | None]
    late_told_to: Mapped[int | None] = mapped_column(RowId)
    utc_offset: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(
            "status IN ('confirmed', 'in_progress', 'completed', 'cancelled')", name="status"
        ),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("capacity >= 0", name="capacity"),
        CheckConstraint(
            "seats_taken >= 0 AND (capacity = 0 OR seats_taken <= capacity)", name="seats"
        ),
        CheckConstraint("who_may_join IN ('everyone', 'roles')", name="who_may_join"),
        CheckConstraint(
            "place IN ('link', 'thread', 'voice', 'stage', 'jitsi', 'zoom', 'daily')", name="place"
        ),
        CheckConstraint("repeat_weeks IN (0, 1, 2)", name="repeat_weeks"),
        Index("ix_group_sessions_guild", "guild_id", "status", "starts_at", "id"),
        Index("ix_group_sessions_mentor", "guild_id", "mentor_id", "starts_at"),
        Index("ix_group_sessions_list", *("guild_id", "mentor_id", "status", "starts_at", "id")),
        Index("ix_group_sessions_profile", "profile_id"),
        Index("ix_group_sessions_repeat_of", "repeat_of"),
        index_where(
            "ix_group_sessions_of_chain",
            *("repeat_of", "starts_at"),
            where="repeat_of IS NOT NULL",
        ),
        index_where(
            "ix_group_sessions_watched",
            *("guild_id", "event_id"),
            where="event_id IS NOT NULL AND event_due_at IS NULL AND status = 'confirmed'",
        ),
        Index("ix_group_sessions_person", "mentor_id", "guild_id"),
        where_set("group_sessions", "next_at"),
        where_set("group_sessions", "card_due_at"),
        where_set("group_sessions", "event_due_at"),
        where_set("group_sessions", "waitlist_at"),
        where_set("group_sessions", "place_told_to"),
        where_set("group_sessions", "late_told_to"),
        # Serves the comparison with new rules of time zones.
        Index("ix_group_sessions_start", "starts_at", "id"),
        where_set("group_sessions", "repeat_at"),
        where_set("group_sessions", "message_id"),
        where_set("group_sessions", "event_id"),
        where_set("group_sessions", "ended_by"),
        {"sqlite_autoincrement": True},
    )


class WaitlistEntry(Table):
    """A member who waits for a seat in a full group session, in the order of the ids.

    `price` is points: what they agreed to pay for a seat when they joined the waitlist. `starts_at`
    is the start that they agreed to, which the session may have been moved from since.
    """

    __tablename__ = "waitlist_entries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("group_sessions.id"))
    user_id: Mapped[int]
    price: Mapped[int]
    starts_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        UniqueConstraint("group_id", "user_id"),
        Index("ix_waitlist_entries_line", "group_id", "id"),
        Index("ix_waitlist_entries_person", "guild_id", "user_id"),
        {"sqlite_autoincrement": True},
    )


class GroupPlace(Table):
    """The thread, voice or stage channel of a group session. As `MeetingPlace` for a session."""

    __tablename__ = "group_places"

    group_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("group_sessions.id"), primary_key=True, autoincrement=False
    )
    guild_id: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    channel_id: Mapped[int | None]
    next_at: Mapped[dt.datetime]
    problem: Mapped[str | None]
    opened_as: Mapped[str | None]
    kept_since: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('thread', 'voice', 'stage')", name="kind"),
        Index("ix_group_places_guild", "guild_id"),
        Index("ix_group_places_next", "next_at"),
    )
