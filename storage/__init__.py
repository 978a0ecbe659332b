"""The database: tables, migrations, engines and transactions. Knows no business rule."""

from storage.database import LOG_CAUSE, Database, Transaction, UseCaseMetrics, utc_now
from storage.errors import DatabaseUnavailable, SchemaMismatch, StorageError

__all__ = [
    "LOG_CAUSE",
    "Database",
    "DatabaseUnavailable",
    "SchemaMismatch",
    "StorageError",
    "Transaction",
    "UseCaseMetrics",
    "utc_now",
]
