"""The tables of what two people keep about their mentorship: goals, and whether it has ended."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where
from storage.types import RowId


class Mentorship(Table):
    """What is kept about a mentor and a mentee, from their first goal or the mentorship's end on.

    Two people who only had sessions have no row. `ended_side` is the side that has ended it; both
    are NULL while it goes on. `ask_at` is when the mentee is next asked about their goals.
    """

    __tablename__ = "mentorships"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    mentor_id: Mapped[int]
    mentee_id: Mapped[int]
    ended_at: Mapped[dt.datetime | None]
    ended_side: Mapped[str | None]
    ask_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("ended_side IN ('mentor', 'mentee')", name="ended_side"),
        UniqueConstraint("guild_id", "mentor_id", "mentee_id"),
        Index("ix_mentorships_mentor", "guild_id", "mentor_id", "id"),
        Index("ix_mentorships_mentee", "guild_id", "mentee_id", "id"),
        index_where(
            "ix_mentorships_ask", "ask_at", where="ask_at IS NOT NULL AND ended_at IS NULL"
        ),
        {"sqlite_autoincrement": True},
    )


class Goal(Table):
    """A mentee's goal with a mentor.

    `due_on` is a date on the mentee's clock. `progress` is how far they have come, in words, and
    `progress_side` the side that wrote it last. An open goal has one of three places, so the
    database refuses a fourth. `revision` counts the changes. `closed_at` is when it was reached or
    dropped.
    """

    __tablename__ = "goals"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    mentorship_id: Mapped[int] = mapped_column(RowId, ForeignKey("mentorships.id"))
    text: Mapped[str]
    due_on: Mapped[dt.date | None]
    progress: Mapped[str] = mapped_column(server_default="")
    progress_side: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="open")
    place: Mapped[int | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    updated_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'reached', 'dropped')", name="status"),
        CheckConstraint("progress_side IN ('mentor', 'mentee')", name="progress_side"),
        CheckConstraint("place BETWEEN 1 AND 3", name="place"),
        CheckConstraint("(status = 'open') = (place IS NOT NULL)", name="open"),
        UniqueConstraint("mentorship_id", "place"),
        Index("ix_goals_mentorship", "mentorship_id", "id"),
        {"sqlite_autoincrement": True},
    )
