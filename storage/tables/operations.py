"""The tables of operation: erasures, clocks, budgets, backups and faults."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table
from storage.types import RowId


class ErasedPerson(Table):
    """What must be remembered of a person after the erasure of their data in a guild.

    `digest` is the HMAC-SHA256 of their user id under the guild's `person_key`, which goes with the
    guild's data. It lets the program recognise someone who returns, and names nobody. A person
    who is listed gets no starting balance again. `may_apply_from` is the end of the wait after a
    rejection, and `was_suspended` tells that a moderator had suspended them.
    """

    __tablename__ = "erased_people"

    guild_id: Mapped[int] = mapped_column(
        ForeignKey("guilds.id"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[dt.datetime]
    may_apply_from: Mapped[dt.datetime | None]
    was_suspended: Mapped[bool] = mapped_column(server_default=text("false"))


class Erasure(Table):
    """The erasure of a person's data in a guild that isn't complete yet.

    `mentorship.operations.erasure_phases.steps` works on it, in bounded steps, and deletes the row
    at the end. What the person did before the erasure has ids up to the `watermarks`, the highest
    ids by table at that moment; later rows are of somebody who returned. `name` is what texts are
    searched for, and `placeholder_id` the negative id that replaces the person's. `profile_id` and
    `account_id` are those that were theirs. `position` is the last id that the `phase` has worked
    on, and `handled` counts rows.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    name: Mapped[str]
    placeholder_id: Mapped[int]
    profile_id: Mapped[int | None]
    account_id: Mapped[int | None]
    watermarks: Mapped[dict[str, Any]]
    phase: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    handled: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        Index("ix_erasures_person", "guild_id", "user_id", "id"),
        {"sqlite_autoincrement": True},
    )


class ServiceClock(Table):
    """When the program last ran the jobs whose deadlines only count while it runs.

    `resumed_at` is set by the first run after a gap: the gap is believed at the second run, so that
    a clock that was wrong for a moment changes nothing.
    """

    __tablename__ = "service_clock"

    name: Mapped[str] = mapped_column(primary_key=True)
    alive_at: Mapped[dt.datetime]
    resumed_at: Mapped[dt.datetime | None]


class DmBudget(Table):
    """A bucket of the budget for opening direct messages (`mentorship.delivery.dm_budget`).

    `next_at` is when it has its next token; tokens that aren't used add up.
    """

    __tablename__ = "dm_budgets"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime]


class CompletedBackup(Table):
    """A backup that was verified (`mentorship.operations.backup_log`), in the database it is of.

    `size_bytes` is the size of its file, `duration_ms` how long it took, verification included.
    """

    __tablename__ = "backups"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    completed_at: Mapped[dt.datetime]
    size_bytes: Mapped[int]
    duration_ms: Mapped[int]

    __table_args__ = ({"sqlite_autoincrement": True},)


class Fault(Table):
    """A row that a batch could not read or process. The batch continued with the others.

    `kind` says what was tried, and so which table `row_id` is of (`mentorship.faults`). `reference`
    is what logs and people call the fault, `error` the class of the last exception, `count` how
    often it has happened. The work isn't tried again before `retry_at`.
    """

    __tablename__ = "faults"

    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str]
    error: Mapped[str]
    count: Mapped[int] = mapped_column(server_default="1")
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    retry_at: Mapped[dt.datetime]

    __table_args__ = (Index("ix_faults_last", "last_at"),)
