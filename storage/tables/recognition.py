"""The tables of thanks, and of roles that mentors earn."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, where_set
from storage.types import RowId


class Thanks(Table):
    """A mentee's thanks for a completed session or seat, at most once.

    The mentee is that of the session, and the mentor that of the profile. `text` may be empty.
    `transfer_id` is the tip, if there was one.
    """

    __tablename__ = "thanks"

    session_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("sessions.id"), primary_key=True, autoincrement=False
    )
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    text: Mapped[str]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        Index("ix_thanks_guild", "guild_id", "created_at"),
        Index("ix_thanks_profile", "profile_id", "created_at"),
        UniqueConstraint("transfer_id"),
    )


class ThresholdRole(Table):
    """A role in Discord that mentors of a guild get at certain figures.

    `least_stars` are tenths of a star, and `least_hours` hours mentored; NULL for any. `after_id`
    is the last profile that was compared in the pass that is under way, 0 before the first, and
    `next_at` when the next step is due. `stopped_at` is set once Discord refuses the role, and
    `problem` says why.
    """

    __tablename__ = "threshold_roles"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    role_id: Mapped[int]
    least_sessions: Mapped[int]
    least_stars: Mapped[int | None]
    least_hours: Mapped[int | None]
    after_id: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[dt.datetime]
    stopped_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("guild_id", "role_id"),
        CheckConstraint("least_stars BETWEEN 10 AND 50", name="least_stars"),
        Index("ix_threshold_roles_next", "next_at"),
        {"sqlite_autoincrement": True},
    )


class EarnedRole(Table):
    """A threshold role that a mentor has earned, or that is to be taken again.

    `is_wanted` is what the figures say, and `is_given` what was last done in Discord. While they
    differ, `next_at` is when to do something about it, or the end of a lease. `told_at` is when the
    mentor was congratulated. `user_id` and `erased_at` are set once the mentor's data is erased,
    since the profile no longer says who they are.
    """

    __tablename__ = "earned_roles"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("threshold_roles.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id"))
    user_id: Mapped[int | None]
    is_wanted: Mapped[bool]
    is_given: Mapped[bool] = mapped_column(server_default=text("false"))
    next_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    told_at: Mapped[dt.datetime | None]
    erased_at: Mapped[dt.datetime | None]

    __table_args__ = (
        UniqueConstraint("rule_id", "profile_id"),
        Index("ix_earned_roles_guild", "guild_id", "id"),
        Index("ix_earned_roles_profile", "profile_id", "id"),
        where_set("earned_roles", "next_at"),
        where_set("earned_roles", "user_id"),
        {"sqlite_autoincrement": True},
    )
