"""The database: tables, migrations, engines and transactions. Knows no business rule."""

from storage.database import LOG_CAUSE, Database, Transaction, UseCaseMetrics, utc_now
from storage.deduplication import HEARD, AlreadyHandled, HeardInteraction
from storage.errors import (
    DatabaseUnavailable,
    DatabaseUnusable,
    SchemaMismatch,
    StorageError,
)

__all__ = [
    "HEARD",
    "LOG_CAUSE",
    "AlreadyHandled",
    "Database",
    "DatabaseUnavailable",
    "DatabaseUnusable",
    "HeardInteraction",
    "SchemaMismatch",
    "StorageError",
    "Transaction",
    "UseCaseMetrics",
    "utc_now",
]
