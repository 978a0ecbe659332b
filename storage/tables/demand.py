"""The tables of what people looked for and didn't find. They hold counts, and nobody's words."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class UnmetSearch(Table):
    """How many searches for an expertise found nobody, on a day (UTC).

    `tag` is an expertise that the guild knew then, "" for everything else that people typed.
    """

    __tablename__ = "unmet_searches"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    searches: Mapped[int]

    __table_args__ = (
        CheckConstraint("searches > 0", name="searches"),
        Index("ix_unmet_searches_day", "day"),
        # Serves the erasure of a person who was the only one to name a tag.
        Index("ix_unmet_searches_tag", "guild_id", "tag"),
    )


class VainSearch(Table):
    """How often people looked for a slot of a mentor and found none, in a month (UTC).

    `weekday` (0 is Monday) and `part_of_day` are when they wanted one, on the mentor's clock: 7 and
    "" if they didn't say.
    """

    __tablename__ = "vain_searches"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey("mentor_profiles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part_of_day: Mapped[str] = mapped_column(primary_key=True)
    searches: Mapped[int]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 7", name="weekday"),
        CheckConstraint(
            "part_of_day IN ('', 'morning', 'afternoon', 'evening')", name="part_of_day"
        ),
        CheckConstraint("searches > 0", name="searches"),
        Index("ix_vain_searches_month", "month"),
    )
