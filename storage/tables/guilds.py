"""The tables of guilds and their members."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, changed_at, where_set
from storage.types import Json, RowId


class Guild(Table):
    """A Discord server and its settings. Durations are minutes unless their name says otherwise.

    `lost` lists the settings that were cleared because their role or channel was deleted.
    `person_key` is the secret key of the hashes in `ErasedPerson`. The settings that start with
    `limit_` are explained in `mentorship.limits`. `purge_began_at` is set while all data of a guild
    that removed the bot is deleted, which takes several transactions. `jitsi_server` is the address
    of the server for Jitsi rooms, NULL for that of the configuration. `language` is a BCP 47 tag,
    NULL for the language of the server in Discord.
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
    sessions_channel_id: Mapped[int | None]
    requests_channel_id: Mapped[int | None]
    show_attendees: Mapped[bool] = mapped_column(server_default=text("true"))
    limit_group_sessions: Mapped[int] = mapped_column(server_default="20")
    limit_invitations: Mapped[int] = mapped_column(server_default="10")
    limit_invitations_per_member: Mapped[int] = mapped_column(server_default="2")
    limit_help_requests: Mapped[int] = mapped_column(server_default="2")
    limit_slot_alerts: Mapped[int] = mapped_column(server_default="10")
    goal_question_days: Mapped[int] = mapped_column(server_default="30")
    leaderboard: Mapped[bool] = mapped_column(server_default=text("false"))
    jitsi_server: Mapped[str | None]
    language: Mapped[str | None]
    person_key: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    purge_began_at: Mapped[dt.datetime | None]

    __table_args__ = (
        where_set("guilds", "left_at"),
        where_set("guilds", "purge_began_at"),
        CheckConstraint("who_may_apply IN ('everyone', 'roles', 'rank')", name="who_may_apply"),
        CheckConstraint(
            "meeting_place IN ('link', 'thread', 'voice', 'jitsi', 'zoom', 'daily')",
            name="meeting_place",
        ),
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
    of their picture on Discord, empty without one and NULL while it is unknown. `language` is the
    locale in which they last used the bot, `chosen_language` what they chose with `/language`.
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
    chosen_language: Mapped[str | None]
    rank: Mapped[int] = mapped_column(server_default="0")
    muted_notices: Mapped[list[str]] = mapped_column(server_default="[]")
    reminders: Mapped[list[int] | None] = mapped_column(Json(none_as_null=True))
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    dm_channel_id: Mapped[int | None]
    joined_at: Mapped[dt.datetime | None]
    screening_pending: Mapped[bool] = mapped_column(server_default=text("false"))
    on_leaderboard: Mapped[bool] = mapped_column(server_default=text("true"))
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    updated_at: Mapped[dt.datetime | None] = changed_at()

    # Serves the list of the members whose data has changed.
    __table_args__ = (
        Index("ix_members_changes", "guild_id", "updated_at", "user_id"),
        Index(
            "ix_members_chosen_language",
            "user_id",
            "chosen_language",
            sqlite_where=text("chosen_language IS NOT NULL"),
            postgresql_where=text("chosen_language IS NOT NULL"),
        ),
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


class MentorRoleRemoval(Table):
    """Somebody whose data was erased, and from whom the bot is still to take the mentor role."""

    __tablename__ = "mentor_role_removals"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    role_id: Mapped[int]
    created_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        UniqueConstraint("guild_id", "user_id"),
        Index("ix_mentor_role_removals_next", "next_at"),
        {"sqlite_autoincrement": True},
    )
