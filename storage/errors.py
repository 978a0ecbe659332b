"""Database errors. Each message is one sentence for the operator and holds no password."""

from __future__ import annotations


class StorageError(Exception):
    """The database can't be used as it is; `str()` says why and what to do."""


class DatabaseUnavailable(StorageError):
    """The database can't be reached, opened, read or written."""


class DatabaseUnusable(DatabaseUnavailable):
    """The database can't be used until an operator has fixed something.

    Examples are a file that isn't a database, a missing folder, or a wrong password.
    """


class OutcomeUnknown(DatabaseUnavailable):
    """The database failed while a transaction was being committed, so it may have been committed.

    Every other `DatabaseUnavailable` means that nothing was changed.
    """


class SchemaMismatch(StorageError):
    """The tables are older or newer than this program's."""


class UpgradeFailed(StorageError):
    """The tables can't be upgraded with what is in them. Nothing was changed."""


class TransactionPooling(StorageError):
    """A connection pooler in front of PostgreSQL may run each transaction in another session."""

    def __init__(self, shown_url: str) -> None:
        super().__init__(
            f"The database at {shown_url} is behind a pooler in transaction mode, such as "
            "PgBouncer with pool_mode = transaction. mentorbot needs sessions of its own: connect "
            "to PostgreSQL directly, or set pool_mode = session."
        )
