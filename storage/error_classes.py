"""Classify the errors of both databases: a conflict, an outage, or a bug.

The question is whether our statement or our data is wrong. If so, the error is a bug, and is raised
as it is. If not, the database is unavailable, whatever the code says, and trying again may help.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that wasn't free within `lock_timeout`."""

# Codes of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html.

# Conflicts with other transactions, which a retry resolves: serialization_failure and
# deadlock_detected.
_CONFLICTS = frozenset({"40001", "40P01"})

_CLASSES_OF_BUGS = frozenset(
    {
        # Our statement: case not found, cardinality, syntax or access rule, WITH CHECK OPTION,
        # program limit (such as too many arguments).
        *("20", "21", "42", "44", "54"),
        # Our data: data exception, integrity constraint, triggered data change.
        *("22", "23", "27"),
        # Our triggers and functions.
        *("09", "2F", "38", "39", "P0"),
        # Our use of transactions: initiation, state, termination, savepoint.
        *("0B", "25", "2D", "3B"),
    }
)
"""The first two characters of codes that say that a statement or its data is wrong.

Deliberately not among them: 0A, which a standby answers to serializable transactions; 26 and
34, since the driver names the statements and cursors; 3F, a schema that is gone; XX, which includes
corrupted data."""

_NO_BUGS = frozenset(
    {
        "42501",  # insufficient_privilege: a matter of GRANT
        "25006",  # read_only_sql_transaction: a standby, or a server that is nearly out of space
        "25P03",  # idle_in_transaction_session_timeout: this process was frozen
        "25P04",  # transaction_timeout
    }
)

_SQLITE_CONFLICTS = frozenset({5, 6})
"""Primary result codes of SQLite for a lock that another transaction holds: BUSY, LOCKED."""

_SQLITE_BUGS = frozenset({1, 12, 18, 19, 20, 21, 25})
"""Primary result codes of SQLite that say that a statement or its data is wrong: ERROR, NOTFOUND,
TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE. The others are about the file, the disk, the memory or
other programs (https://www.sqlite.org/rescode.html)."""


_SQLITE_DATA_ERRORS = frozenset({1, 18, 19, 20, 25})
"""Primary result codes of SQLite that the data of a row can cause: ERROR (as malformed JSON),
TOOBIG, CONSTRAINT, MISMATCH, RANGE."""

_POSTGRESQL_DATA_ERRORS = ("21", "22", "23", "P0")
"""Classes of PostgreSQL's codes that the data of a row can cause: cardinality, data, integrity,
raised by a trigger."""

_SQLITE_UNUSABLE = frozenset({3, 8, 11, 14, 23, 26})
"""Primary result codes of SQLite for which waiting doesn't help: PERM, READONLY, CORRUPT, CANTOPEN,
AUTH, NOTADB."""

_POSTGRESQL_UNUSABLE = ("28", "3D")
"""Classes of PostgreSQL's codes for which waiting doesn't help: credentials, and an unknown
database."""


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's code of an error of SQLAlchemy or asyncpg; None if it has none."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def is_conflict(error: BaseException) -> bool:
    """Tell whether a transaction failed only because of another, so that a retry may succeed."""
    if _is_stale_plan(error):
        return True
    code = sqlstate(error)
    if code is not None:
        # A unique or exclusion constraint may report a race before serialization does. The next
        # attempt then sees the other transaction's rows and raises a proper error.
        return code in _CONFLICTS or isinstance(error, IntegrityError)
    return _sqlite_code(error) in _SQLITE_CONFLICTS


def is_sqlite_conflict(error: sqlite3.Error) -> bool:
    """Tell whether an error of plain `sqlite3` means that another program holds a lock."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_CONFLICTS


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error means that the database can't be used at the moment.

    False for conflicts, for bugs, and for errors that have nothing to do with a database. A timeout
    of the connection pool has the same effect for the caller as a lost database.
    """
    if isinstance(error, OSError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError) and not _is_from_asyncpg(error):
        return False
    if is_conflict(error):
        return False
    code = sqlstate(error)
    if code is not None:
        return code in _NO_BUGS or code[:2] not in _CLASSES_OF_BUGS
    sqlite_code = _sqlite_code(error)
    if sqlite_code is not None:
        return sqlite_code not in _SQLITE_BUGS
    # Without a code it is an error of a driver: a lost connection, an answer that isn't
    # PostgreSQL's, or a parameter that can't be bound, which is a ProgrammingError.
    return not isinstance(error, ProgrammingError)


def is_caused_by_data(error: DBAPIError) -> bool:
    """Tell whether the data of a row can have caused an error, so that other rows may succeed."""
    if error.connection_invalidated:
        return False
    code = sqlstate(error)
    if code is not None:
        return code.startswith(_POSTGRESQL_DATA_ERRORS)
    sqlite_code = _sqlite_code(error)
    if sqlite_code is None:
        # The driver's own error: a value from JSON that is no number, say, as a parameter.
        return "binding parameter" in str(error.orig)
    return sqlite_code in _SQLITE_DATA_ERRORS


def is_unusable(error: BaseException) -> bool:
    """Tell whether somebody has to do something before an unavailable database can be used."""
    code = sqlstate(error)
    if code is not None:
        return code.startswith(_POSTGRESQL_UNUSABLE)
    return _sqlite_code(error) in _SQLITE_UNUSABLE


def leaves_outcome_open(error: BaseException) -> bool:
    """Tell whether SQLite failed when it had written a commit but not made it durable.

    This program doesn't see the transaction then, but after a crash it might be there.
    """
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_IOERR_FSYNC


def _sqlite_code(error: BaseException) -> int | None:
    """Return SQLite's primary result code; None for other errors, and for the driver's own."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_stale_plan(error: BaseException) -> bool:
    """Tell whether a migration has changed a table since the statement was prepared.

    SQLAlchemy discards what it has prepared, so the next attempt works.
    """
    return type(getattr(error, "orig", None)).__name__ == "InvalidCachedStatementError"


def _is_from_asyncpg(error: BaseException) -> bool:
    # While a connection is set up, SQLAlchemy lets the driver's errors through. The library may not
    # be installed, so its classes can't be named here.
    return type(error).__module__.partition(".")[0] == "asyncpg"
