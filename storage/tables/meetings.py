"""The table of meetings that a provider such as Zoom hosts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where, where_set
from storage.types import RowId


class ProviderMeeting(Table):
    """The meeting of a session or group session at a provider, from before it is made.

    `room_key` is random, and marks the meeting at the provider, so that one that was made but not
    recorded is found again. `external_id` is the provider's own id, and `join_url` where people
    join. `status` is `wanted` until the meeting is made, `made`, `removing` and in the end
    `removed`. `starts_at` and `ends_at` are what the provider was last told. `next_at` is when the
    meeting is to be made, changed or removed, or the end of a lease. `fell_back_at` is when people
    were told of another place, since the provider failed. `host` is the provider's user who hosts
    the meeting, if each hosts one at a time, and `host_url` the mentor's own link, if there is one.
    """

    __tablename__ = "provider_meetings"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    provider: Mapped[str]
    room_key: Mapped[str]
    external_id: Mapped[str | None]
    join_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="wanted")
    starts_at: Mapped[dt.datetime | None]
    ends_at: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[dt.datetime | None]
    fell_back_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None]
    host: Mapped[str | None]
    host_url: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(session_id IS NULL) <> (group_id IS NULL)", name="subject"),
        CheckConstraint("provider IN ('jitsi', 'zoom', 'daily')", name="provider"),
        CheckConstraint("status IN ('wanted', 'made', 'removing', 'removed')", name="status"),
        UniqueConstraint("session_id"),
        UniqueConstraint("group_id"),
        UniqueConstraint("room_key"),
        Index("ix_provider_meetings_guild", "guild_id", "id"),
        index_where("ix_provider_meetings_of_group", "group_id", where="group_id IS NOT NULL"),
        where_set("provider_meetings", "next_at"),
        # Serves the choice of a host who has no other meeting.
        index_where(
            "ix_provider_meetings_hosts", "provider", "starts_at", where="host IS NOT NULL"
        ),
        {"sqlite_autoincrement": True},
    )
