"""The tables of the points ledger."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where, where_set
from storage.types import RowId


class Account(Table):
    """An account of points. A trigger keeps `balance` equal to the sum of its transfers.

    Kinds: `member` (a person's), `escrow` (on hold for a session), `fees` (the guild's share) and
    `issuance`, the counterpart of grants and deductions, the only one that may be negative.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    kind: Mapped[str]
    user_id: Mapped[int | None]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    balance: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("kind IN ('member', 'escrow', 'fees', 'issuance')", name="kind"),
        CheckConstraint("balance >= 0 OR kind = 'issuance'", name="never_below_zero"),
        CheckConstraint("(kind = 'escrow') = (session_id IS NOT NULL)", name="escrow"),
        Index(
            "uq_accounts_member",
            "guild_id",
            "user_id",
            unique=True,
            sqlite_where=text("kind = 'member'"),
            postgresql_where=text("kind = 'member'"),
        ),
        Index(
            "uq_accounts_escrow",
            "session_id",
            unique=True,
            sqlite_where=text("kind = 'escrow'"),
            postgresql_where=text("kind = 'escrow'"),
        ),
        Index(
            "uq_accounts_guild",
            "guild_id",
            "kind",
            unique=True,
            sqlite_where=text("kind IN ('fees', 'issuance')"),
            postgresql_where=text("kind IN ('fees', 'issuance')"),
        ),
        Index("ix_accounts_guild", "guild_id", "user_id"),
        Index("ix_accounts_session", "session_id"),
        {"sqlite_autoincrement": True},
    )


class Transfer(Table):
    """A transfer of points from the debited to the credited account. Immutable."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    debit_account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    credit_account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[int]
    cause: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    made_by: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts"),
        Index("ix_transfers_debit", "debit_account_id", "id"),
        Index("ix_transfers_credit", "credit_account_id", "id"),
        Index("ix_transfers_guild", "guild_id", "id"),
        Index("ix_transfers_session", "session_id"),
        index_where(
            "ix_transfers_grants", "credit_account_id", "created_at", where="cause = 'grant'"
        ),
        index_where("ix_transfers_gifts", "debit_account_id", "created_at", where="cause = 'gift'"),
        where_set("transfers", "made_by"),
        {"sqlite_autoincrement": True},
    )


class GrantRequest(Table):
    """A grant of points above the guild's ceiling, which a second moderator must confirm."""

    __tablename__ = "grant_requests"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    user_id: Mapped[int]
    amount: Mapped[int]
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending")
    requested_by: Mapped[int | None]
    requested_at: Mapped[dt.datetime]
    decided_by: Mapped[int | None]
    decided_at: Mapped[dt.datetime | None]
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'confirmed', 'rejected')", name="status"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "status <> 'confirmed' OR decided_by IS NULL OR decided_by <> requested_by",
            name="two_moderators",
        ),
        Index("ix_grant_requests_guild", "guild_id", "status", "id"),
        Index("ix_grant_requests_transfer", "transfer_id"),
        Index("ix_grant_requests_person", "user_id", "guild_id"),
        where_set("grant_requests", "requested_by"),
        where_set("grant_requests", "decided_by"),
        {"sqlite_autoincrement": True},
    )
