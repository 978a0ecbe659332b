"""What is kept: tables, engine, migrations. Knows no rule of mentorship."""

from storage.database import CAUSE, Database, Observation, Transaction, utc_now
from storage.errors import DatabaseUnavailable, SchemaMismatch, StorageError

__all__ = [
    "CAUSE",
    "Database",
    "DatabaseUnavailable",
    "Observation",
    "SchemaMismatch",
    "StorageError",
    "Transaction",
    "utc_now",
]
