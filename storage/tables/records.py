"""The tables of events, and of notifications and answers derived from acts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where, where_set
from storage.types import Json, RowId


class Event(Table):
    """A domain event of a guild (`mentorship.events`), in the order in which they are recorded.

    `position` is its place in the order of commits, which consumers outside of the transaction
    follow; NULL until it is given. No position is used twice. A row remains
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
    group_id: Mapped[int | None]
    invitation_id: Mapped[int | None]
    request_id: Mapped[int | None]
    audited: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    position: Mapped[int | None]

    __table_args__ = (
        Index("ix_events_guild", "guild_id", "id"),
        Index("ix_events_position", "position", unique=True),
        Index("ix_events_guild_position", "guild_id", "position"),
        # Those that have no position yet.
        index_where("ix_events_new", "id", where="position IS NULL"),
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
        *(where_set("events", f"{subject}_id") for subject in ("group", "invitation", "request")),
        index_where("ix_events_audited_type", "guild_id", "type", "id", where="audited"),
        *(
            index_where(
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


class Notification(Table):
    """A message that the bot owes a person, or a channel of a guild. The table is called `notices`.

    It is written in the transaction that causes it and delivered afterwards (an outbox). A row
    holds no wording, only what the text is about: the session, profile revision, group session,
    invitation or request for help, and those `facts` that no other table keeps. `key` identifies
    the cause, so that no notification is written twice; Discord's nonce is derived from it.

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
    group_id: Mapped[int | None]
    invitation_id: Mapped[int | None]
    request_id: Mapped[int | None]
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
        *(where_set("notices", f"{subject}_id") for subject in ("group", "invitation", "request")),
        where_set("notices", "caused_by"),
        where_set("notices", "about_id"),
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
        where_set("idempotency_keys", "about_id"),
    )


class HandledInteraction(Table):
    """An interaction of Discord that a process has acted on, so that no other does.

    Several processes may receive the same one; see `storage.deduplication`. The ids are snowflakes,
    which hold the time.
    """

    __tablename__ = "handled_interactions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
