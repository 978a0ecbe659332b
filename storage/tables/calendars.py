"""The tables of calendars: people's feeds, their own calendars, and the sessions in these."""

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


class Installation(Table):
    """What identifies this installation. Has one row, with `id` 1.

    `uid` is random, and makes the UIDs in calendars unique in the world. Sessions up to
    `old_session_uids_until`, and group sessions up to `old_group_uids_until`, keep the UIDs that
    they had before. `tz_version` is the version of the time zone database that the offsets of
    booked sessions were last compared with, and `tz_comparing` the one that they are being compared
    with: up to the start `tz_after_start` and the id `tz_after_id`, of the table that `tz_phase`
    names.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str]
    old_session_uids_until: Mapped[int] = mapped_column(server_default="0")
    old_group_uids_until: Mapped[int] = mapped_column(server_default="0")
    tz_version: Mapped[str | None]
    tz_comparing: Mapped[str | None]
    tz_phase: Mapped[str | None]
    tz_after_start: Mapped[dt.datetime | None]
    tz_after_id: Mapped[int | None]


class CalendarFeed(Table):
    """A member's feed: an address under which calendar apps read their sessions.

    `token` is the secret part of the address, encrypted, so that its owner can be shown it again;
    `token_hash`, its SHA-256, finds the row. `read_at` is when it was last read, about.
    """

    __tablename__ = "calendar_feeds"

    guild_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_hash: Mapped[str]
    token: Mapped[str]
    created_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        UniqueConstraint("token_hash"),
        Index("ix_calendar_feeds_person", "user_id", "guild_id"),
    )


class ExternalCalendar(Table):
    """A calendar that a member keeps elsewhere: the address of an ICS file, or one over CalDAV.

    `address`, `credentials` (JSON with the user name and password of CalDAV) and `sync_token` are
    encrypted; `address_hash`, a hash of the member and the address, recognises the same calendar.
    With `blocks_slots` its busy time blocks the member's slots; with `receives_sessions` their
    sessions are written into it. `etag`, `last_modified`, `content_hash` and `sync_token` are what
    the server said, and what was read, the last time.

    `next_at` is when it is to be read next, or the end of a lease. `checked_at` is when it was last
    read without a failure and `changed_at` when that last brought a change. `problem` is a code for
    the failures since `failing_since`, of which the owner was told at `told_at`. A calendar that
    was disconnected at `removed_at` remains until the entries of upcoming sessions are deleted over
    there.
    """

    __tablename__ = "external_calendars"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int]
    user_id: Mapped[int]
    kind: Mapped[str]
    label: Mapped[str]
    address: Mapped[str]
    address_hash: Mapped[str]
    credentials: Mapped[str | None]
    blocks_slots: Mapped[bool] = mapped_column(server_default=text("true"))
    receives_sessions: Mapped[bool] = mapped_column(server_default=text("false"))
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    content_hash: Mapped[str | None]
    sync_token: Mapped[str | None]
    next_at: Mapped[dt.datetime | None]
    checked_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime | None]
    failing_since: Mapped[dt.datetime | None]
    problem: Mapped[str | None]
    told_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        CheckConstraint("kind IN ('ics', 'caldav')", name="kind"),
        UniqueConstraint("guild_id", "user_id", "address_hash"),
        Index("ix_external_calendars_person", "user_id", "guild_id"),
        where_set("external_calendars", "next_at"),
        {"sqlite_autoincrement": True},
    )


class ExternalBusy(Table):
    """A span of time in which a person's own calendar says that they are busy, and nothing more.

    The spans of one calendar don't overlap or touch. They are no `Commitment`: those of a person
    never overlap, while a private appointment may overlap a booked session.
    """

    __tablename__ = "external_busy"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("external_calendars.id"))
    user_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        UniqueConstraint("calendar_id", "starts_at"),
        Index("ix_external_busy_person", "user_id", "ends_at", "starts_at"),
        {"sqlite_autoincrement": True},
    )


class CalendarEntry(Table):
    """A session, or a group session for its mentor, as an entry of a calendar over CalDAV.

    `href` and `etag` are the entry's on its server; `href` is known before it is first written.
    `sequence` is the revision that was written, from `starts_at` to `ends_at`. Without one, it is
    written whatever is over there. `their_change` is what somebody has done to the entry over
    there, `deleted` or `moved`, to `their_starts_at` and `their_ends_at`, until its owner has
    decided about it.

    `next_at` is when the entry is to be written or removed, or the end of a lease. `attempts`
    counts claims since an event has marked it: one that is marked while it is claimed has 0. An
    entry whose session is over stays until its calendar is disconnected.
    """

    __tablename__ = "calendar_entries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    calendar_id: Mapped[int] = mapped_column(ForeignKey("external_calendars.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    href: Mapped[str | None]
    etag: Mapped[str | None]
    sequence: Mapped[int | None]
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    their_change: Mapped[str | None]
    their_starts_at: Mapped[dt.datetime | None]
    their_ends_at: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(session_id IS NULL) <> (group_id IS NULL)", name="subject"),
        CheckConstraint("their_change IN ('deleted', 'moved')", name="their_change"),
        UniqueConstraint("calendar_id", "session_id"),
        UniqueConstraint("calendar_id", "group_id"),
        Index("ix_calendar_entries_guild", "guild_id", "id"),
        Index("ix_calendar_entries_session", "session_id"),
        Index("ix_calendar_entries_group", "group_id"),
        index_where("ix_calendar_entries_of_group", "group_id", where="group_id IS NOT NULL"),
        where_set("calendar_entries", "next_at"),
        where_set("calendar_entries", "their_change"),
        {"sqlite_autoincrement": True},
    )
