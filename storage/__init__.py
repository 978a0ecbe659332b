"""What is kept: tables, engine, migrations. Knows no rule of mentorship."""

from storage.database import Database, Transaction, utc_now
from storage.errors import DatabaseUnavailable, SchemaMismatch, StorageError

__all__ = [
    "Database",
    "DatabaseUnavailable",
    "SchemaMismatch",
    "StorageError",
    "Transaction",
    "utc_now",
]
