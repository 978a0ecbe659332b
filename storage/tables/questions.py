"""The tables of mentors' questions at booking, and of their mentees' answers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table
from storage.types import RowId


class BookingQuestion(Table):
    """A question that a mentor asks whoever books a session with them, at one of three positions.

    `revision` rises with each change of `text` or `kind`, so an answer says what it belongs to.
    """

    __tablename__ = "booking_questions"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("mentor_profiles.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    kind: Mapped[str]
    required: Mapped[bool]
    revision: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (
        UniqueConstraint("profile_id", "position"),
        CheckConstraint("position BETWEEN 0 AND 2", name="position"),
        CheckConstraint("kind IN ('short', 'long')", name="kind"),
        {"sqlite_autoincrement": True},
    )


class BookingAnswer(Table):
    """What a mentee has answered, with the question as it was: no later change touches it."""

    __tablename__ = "booking_answers"

    session_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("sessions.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    question: Mapped[str]
    answer: Mapped[str]

    __table_args__ = (CheckConstraint("position BETWEEN 0 AND 2", name="position"),)
