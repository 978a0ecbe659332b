"""What can be wrong with the database, each in one sentence for whoever runs the program."""

from __future__ import annotations


class StorageError(Exception):
    """The database can't be used as it is; `str()` says why and what to do."""


class DatabaseUnavailable(StorageError):
    """It can't be reached, opened, read or written."""


class SchemaMismatch(StorageError):
    """Its tables are older or newer than this program's."""
