"""The tables of what mentors and mentees keep about their sessions: notes, next steps, links."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where
from storage.types import RowId

_SIDES = "('mentor', 'mentee')"


class SharedNote(Table):
    """The note of a session that its mentor and its mentee share.

    `revision` counts its changes from 1. A row whose `text` was emptied stays, so that a form with
    an older text is still noticed. `editor` is the side that changed it last. The two people
    are those of the session.
    """

    __tablename__ = "shared_notes"

    session_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("sessions.id"), primary_key=True, autoincrement=False
    )
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    mentor_id: Mapped[int]
    mentee_id: Mapped[int]
    text: Mapped[str]
    revision: Mapped[int]
    editor: Mapped[str]
    written_by_mentor: Mapped[bool]
    written_by_mentee: Mapped[bool]
    updated_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("length(text) <= 2000", name="text"),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint(f"editor IN {_SIDES}", name="editor"),
        # Serves what two people wrote last.
        Index("ix_shared_notes_pair", "guild_id", "mentor_id", "mentee_id", "updated_at"),
        Index("ix_shared_notes_mentee", "guild_id", "mentee_id"),
    )


class PrivateNote(Table):
    """A participant's own note on a session, which nobody else can read.

    It is a table of its own so that no query for what two people share can return one.
    """

    __tablename__ = "private_notes"

    session_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("sessions.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    text: Mapped[str]
    revision: Mapped[int]
    updated_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("length(text) <= 2000", name="text"),
        CheckConstraint("revision >= 1", name="revision"),
        Index("ix_private_notes_person", "guild_id", "user_id", "session_id"),
    )


class NextStep(Table):
    """Something that a mentor and a mentee agreed to do, at most five for each session.

    `number` is its place among those of its session, from 1. A unique index on it and its limits
    keep a session from having more than five. `assignee` is who is to do it: `mentor`, `mentee` or
    `both`. `due_on` is a date on the clock of the assignee. `author` and `completer` are
    sides; `author` is NULL once that person was erased. `revision` counts changes from 1, and
    `reminders` how often its reminders were scheduled: their keys have that number.
    """

    __tablename__ = "next_steps"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    mentor_id: Mapped[int]
    mentee_id: Mapped[int]
    number: Mapped[int]
    text: Mapped[str]
    assignee: Mapped[str]
    due_on: Mapped[dt.date | None]
    author: Mapped[str | None]
    done_at: Mapped[dt.datetime | None]
    completer: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    reminders: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 5", name="number"),
        CheckConstraint("length(text) BETWEEN 1 AND 200", name="text"),
        CheckConstraint("assignee IN ('mentor', 'mentee', 'both')", name="assignee"),
        CheckConstraint(f"author IN {_SIDES}", name="author"),
        CheckConstraint(f"completer IN {_SIDES}", name="completer"),
        Index("uq_next_steps_number", "session_id", "number", unique=True),
        # Serves what two people have done.
        Index("ix_next_steps_pair", "guild_id", "mentor_id", "mentee_id", "done_at", "id"),
        Index("ix_next_steps_mentee", "guild_id", "mentee_id"),
        # Serves what two people still have to do.
        index_where(
            "ix_next_steps_open",
            *("guild_id", "mentor_id", "mentee_id", "id"),
            where="done_at IS NULL",
        ),
        {"sqlite_autoincrement": True},
    )


class SessionLink(Table):
    """A recording or document of a session, at most five for each.

    It belongs to a session, whose two people see it, or to a group session, whose mentor has added
    it for all attendees. `number` limits them as in `NextStep`. `author` is a side.
    """

    __tablename__ = "session_links"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_sessions.id"))
    number: Mapped[int]
    label: Mapped[str]
    url: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 5", name="number"),
        CheckConstraint("(session_id IS NULL) <> (group_id IS NULL)", name="purpose"),
        CheckConstraint("length(label) BETWEEN 1 AND 80", name="label"),
        CheckConstraint(f"author IN {_SIDES}", name="author"),
        Index("uq_session_links_session", "session_id", "number", unique=True),
        Index("uq_session_links_group", "group_id", "number", unique=True),
        Index("ix_session_links_guild", "guild_id", "id"),
        # With statistics of its own: most links are of no group session.
        index_where(
            "ix_session_links_of_group", *("group_id", "number"), where="group_id IS NOT NULL"
        ),
        {"sqlite_autoincrement": True},
    )
