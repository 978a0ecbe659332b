"""Database errors. Each message is one sentence for the operator and holds no password."""

from __future__ import annotations


class StorageError(Exception):
    """The database can't be used as it is; `str()` says why and what to do."""


class DatabaseUnavailable(StorageError):
    """The database can't be reached, opened, read or written."""


class SchemaMismatch(StorageError):
    """The tables are older or newer than this program's."""
