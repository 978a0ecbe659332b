"""The table of thanks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table
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
