"""The database: tables, migrations, engines and transactions. Knows no business rule."""

from storage.database import LOG_CAUSE, Database, UseCaseMetrics
from storage.deduplication import CURRENT_INTERACTION, AlreadyHandled, CurrentInteraction
from storage.errors import (
    DatabaseUnavailable,
    DatabaseUnusable,
    OutcomeUnknown,
    SchemaMismatch,
    StorageError,
)
from storage.transactions import Transaction, utc_now

__all__ = [
    "CURRENT_INTERACTION",
    "LOG_CAUSE",
    "AlreadyHandled",
    "CurrentInteraction",
    "Database",
    "DatabaseUnavailable",
    "DatabaseUnusable",
    "OutcomeUnknown",
    "SchemaMismatch",
    "StorageError",
    "Transaction",
    "UseCaseMetrics",
    "utc_now",
]
