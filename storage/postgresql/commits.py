"""Committing on PostgreSQL, and finding out what became of a COMMIT that got no answer.

A connection may be lost after COMMIT was sent and before its answer arrives. The transaction may
have been committed or not; the server knows
(https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from storage.engines import connect, unavailable_error
from storage.error_classes import sqlstate
from storage.errors import OutcomeUnknown, StorageError

log = logging.getLogger(__name__)

LOOK_FOR_S = 1.5
"""For how many seconds the server is asked, at most. If the connection was closed, that stays under
the three seconds in which Discord wants an answer. One that went silent is only given up after some
seconds (`storage.postgresql.connections`)."""

_LOOK_EVERY_S = 0.05
"""Seconds between two questions."""

# A server that has replaced another after a failure may have lost the newest transactions of that
# one, and uses their numbers again. Its WAL has another timeline, the first 8 digits of a file.
_TIMELINE = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
_IDENTIFY = text(f"SELECT CAST(pg_current_xact_id_if_assigned() AS text), {_TIMELINE}")
_IS_STANDBY = text("SELECT pg_is_in_recovery()")
_LOOK = text(f"SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8)), {_TIMELINE}")

# Codes of PostgreSQL that leave it open whether the transaction was committed: connection
# exceptions, an operator's intervention such as a shutdown, and statement_completion_unknown.
_OPEN = ("08", "57P", "40003")

# Codes of PostgreSQL for a function that isn't there, isn't supported, or isn't permitted: Amazon's
# Aurora has functions of the WAL only with wal_level = logical.
_REFUSALS = ("0A000", "42501", "42883", "55000")


@dataclass(frozen=True, slots=True)
class TransactionId:
    """What PostgreSQL calls a transaction: a number, None if it writes nothing, and a timeline."""

    number: str | None
    timeline: str


UNIDENTIFIED = TransactionId("", "")
"""A transaction on a server that doesn't say what it calls it."""


class Outcome(Enum):
    """What became of a transaction."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


async def commit(
    transaction: AsyncTransaction,
    connection: AsyncConnection,
    reader: AsyncEngine,
    *,
    identifies: bool,
) -> None:
    """Commit a transaction; return once it is committed.

    If the answer is lost, asks the server through `reader`. `identifies` is what
    `identifies_transactions` returned. Raises `OutcomeUnknown` if the server gives no answer
    either. Any other error means that the transaction was rolled back.
    """
    identity = await identify(connection) if identifies else UNIDENTIFIED
    try:
        await transaction.commit()
    except (DBAPIError, OSError) as error:
        if identity.number is None or not _leaves_outcome_open(error):
            raise
        # Nothing is sent on it any more, and nobody else gets it.
        await connection.invalidate(error)
        outcome = await find_outcome(reader, identity)
        log.warning("the answer to a COMMIT was lost", extra={"outcome": outcome.value})
        if outcome is Outcome.UNKNOWN:
            reason = unavailable_error(reader, error)
            raise OutcomeUnknown(f"{reason} A transaction may have been committed.") from error
        if outcome is Outcome.ABORTED:
            raise


async def identifies_transactions(reader: AsyncEngine) -> bool:
    """Return whether this server says what it calls a transaction, as some don't for everybody.

    Raises `DatabaseUnavailable`.
    """
    async with connect(reader) as connection:
        if await connection.scalar(_IS_STANDBY):
            # It refuses until it is promoted, and can't write before.
            return True
        try:
            await identify(connection)
        except DBAPIError as error:
            if sqlstate(error) not in _REFUSALS:
                raise
            problem = str(error.orig)
            log.warning("the server doesn't identify transactions", extra={"problem": problem})
            return False
    return True


async def identify(connection: AsyncConnection) -> TransactionId:
    """Return the id of the transaction that is open on a connection."""
    number, timeline = (await connection.execute(_IDENTIFY)).one()
    return TransactionId(number, timeline)


def _leaves_outcome_open(error: DBAPIError | OSError) -> bool:
    code = sqlstate(error)
    return code is None or code.startswith(_OPEN)


async def find_outcome(reader: AsyncEngine, identity: TransactionId) -> Outcome:
    """Return what became of a transaction, as far as the server can be asked and knows."""
    if identity is UNIDENTIFIED:
        return Outcome.UNKNOWN
    try:
        async with asyncio.timeout(LOOK_FOR_S):
            while True:
                status = await _look(reader, identity)
                if status != "in progress":
                    break
                await asyncio.sleep(_LOOK_EVERY_S)
    except (StorageError, DBAPIError, TimeoutError) as error:
        problem = str(error) or type(error).__name__
        log.warning("can't find out what became of a transaction", extra={"problem": problem})
        return Outcome.UNKNOWN
    return Outcome.UNKNOWN if status is None else Outcome(status)


async def _look(reader: AsyncEngine, identity: TransactionId) -> str | None:
    """Return a transaction's status; None if the server knows nothing of it."""
    async with connect(reader) as connection:
        status, timeline = (await connection.execute(_LOOK, {"number": identity.number})).one()
    return status if timeline == identity.timeline else None
