"""The tables of what leads to sessions: series, invitations, requests for help, slot alerts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where, where_set
from storage.types import RowId


class Series(Table):
    """Sessions that one mentee booked with one mentor together, every `every_weeks` weeks.

    The sessions refer to it. Each can still be moved or cancelled alone.
    """

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    mentee_id: Mapped[int]
    every_weeks: Mapped[int]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("every_weeks IN (1, 2)", name="every_weeks"),
        Index("ix_series_guild", "guild_id", "mentee_id"),
        Index("ix_series_profile", "profile_id"),
        Index("ix_series_person", "mentee_id", "guild_id"),
        {"sqlite_autoincrement": True},
    )


class Invitation(Table):
    """A session that a mentor offers to a member, who accepts its price and terms or declines.

    It holds the mentor's time until it ends. `next_at` is when it expires. `request_id` is the
    request for help that it answers, and `session_id` the session once it was accepted. `price` is
    points, `note` what the mentor wrote with it.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    mentor_id: Mapped[int]
    mentee_id: Mapped[int]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    timezone: Mapped[str]
    topic: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    price: Mapped[int]
    status: Mapped[str] = mapped_column(server_default="open")
    next_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("help_requests.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))

    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')", name="status"
        ),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("price >= 0", name="price"),
        Index("ix_invitations_mentor", "guild_id", "mentor_id", "status"),
        Index("ix_invitations_mentee", "guild_id", "mentee_id", "status"),
        Index("ix_invitations_profile", "profile_id"),
        Index("ix_invitations_request", "request_id"),
        Index("ix_invitations_session", "session_id"),
        Index("ix_invitations_mentor_person", "mentor_id", "guild_id"),
        Index("ix_invitations_mentee_person", "mentee_id", "guild_id"),
        where_set("invitations", "next_at"),
        {"sqlite_autoincrement": True},
    )


class HelpRequest(Table):
    """A member's request for help with an expertise, which mentors answer with an invitation.

    `tag` is the expertise, `times` are the parts of the day that suit ("now", "morning",
    "afternoon", "evening"), and `most_points` is what a session may cost at most. It ends at
    `expires_at`; `next_at` is when the clock next shows it to more mentors, or ends it.
    `channel_id` and `message_id` say where its card was posted, and `card_due_at` when that is next
    to be posted or edited.
    """

    __tablename__ = "help_requests"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    tag: Mapped[str]
    text: Mapped[str]
    times: Mapped[list[str]] = mapped_column(server_default="[]")
    most_points: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default="open")
    next_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    channel_id: Mapped[int | None]
    message_id: Mapped[int | None]
    card_due_at: Mapped[dt.datetime | None]
    card_attempts: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'offered', 'booked', 'withdrawn', 'expired')", name="status"
        ),
        Index("ix_help_requests_guild", "guild_id", "status", "id"),
        # Serves the count of searches by expertise.
        index_where("ix_help_requests_tag", "guild_id", "tag", where="status = 'open'"),
        Index("ix_help_requests_person", "user_id", "guild_id", "status"),
        where_set("help_requests", "next_at"),
        where_set("help_requests", "card_due_at"),
        where_set("help_requests", "message_id"),
        {"sqlite_autoincrement": True},
    )


class RequestedMentor(Table):
    """A mentor whom a request for help was shown to. `passed_at` is when they dismissed it."""

    __tablename__ = "requested_mentors"

    request_id: Mapped[int] = mapped_column(ForeignKey("help_requests.id"), primary_key=True)
    mentor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guild_id: Mapped[int]
    shown_at: Mapped[dt.datetime]
    passed_at: Mapped[dt.datetime | None]

    __table_args__ = (Index("ix_requested_mentors_person", "guild_id", "mentor_id", "shown_at"),)


class SlotAlert(Table):
    """A member who wants to know when a mentor has an open slot, in the order of the ids.

    `weekdays` (0 is Monday) and `part_of_day` limit which slots they mean, in their own time zone;
    empty and NULL mean any. `mentor_profiles.slot_alerts_at` is when the mentor's alerts are next
    looked at. A row is deleted when its member has been told.
    """

    __tablename__ = "slot_alerts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int]
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    user_id: Mapped[int]
    weekdays: Mapped[list[int]] = mapped_column(server_default="[]")
    part_of_day: Mapped[str | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        ForeignKeyConstraint(["guild_id", "user_id"], ["members.guild_id", "members.user_id"]),
        CheckConstraint("part_of_day IN ('morning', 'afternoon', 'evening')", name="part_of_day"),
        UniqueConstraint("profile_id", "user_id"),
        Index("ix_slot_alerts_line", "profile_id", "id"),
        Index("ix_slot_alerts_person", "guild_id", "user_id"),
        {"sqlite_autoincrement": True},
    )
