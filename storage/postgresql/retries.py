"""Retries of transactions that lost a conflict.

PostgreSQL's serializable isolation reports false conflicts, above all in small tables, so one
transaction among many could lose every time. The first attempts run concurrently. Later
ones queue, and the first in the queue keeps all others from writing while it runs.

Any process may be frozen or cut off at any moment, with the locks that it holds. So waiting for
a lock is limited, and an attempt that doesn't get it runs without it (docs/decisions/0029).
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.error_classes import LOCK_NOT_AVAILABLE, is_conflict, sqlstate

MAX_ATTEMPTS = 8
"""How many times a transaction is run before a conflict is reported, the first one included.
`RETRY_FOR_S` must have passed, too."""

RETRY_FOR_S = 2.0
"""For how many seconds a transaction that loses conflicts is started again. With its last attempt
it stays within the three seconds in which Discord wants an answer."""

CONCURRENT_ATTEMPTS = 2
"""How many attempts of a transaction run beside all others."""

_QUEUE_TIMEOUT_MS = 500
"""How long a later attempt waits for those in front of it. Only later attempts wait here."""

_ALONE_TIMEOUT_MS = 500
"""How long the attempt in front waits until the others are done. New ones wait behind it."""

_FROZEN_AFTER_MS = 300
"""After which pause between two statements of a transaction its process may be frozen. Such a
transaction isn't waited for."""

_PAUSE_AFTER_TIMEOUT_S = 1.0
"""For how many seconds no attempt of this process tries to run alone after one has timed out, since
it would only delay the others again."""

_ALONE_IDLE_TIMEOUT_MS = 1_000
"""How long a process whose attempt runs alone may be frozen before the server ends the attempt."""

_LONGEST_DELAY_S = 0.1
"""The longest delay before another attempt."""

# The locks are on a table that no statement but Alembic's uses. Each lets through what comes before
# it in this list, except that two of the second or third kind exclude each other.
_RUN_BESIDE_OTHERS = "LOCK TABLE alembic_version IN ROW SHARE MODE"
_JOIN_QUEUE = "LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE"
_RUN_ALONE = "LOCK TABLE alembic_version IN EXCLUSIVE MODE"

_IS_ANYBODY_FROZEN = f"""
    SELECT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'relation' AND relation = 'alembic_version'::regclass AND granted
           AND datname = current_database() AND state LIKE 'idle in transaction%'
           AND clock_timestamp() - state_change > interval '{_FROZEN_AFTER_MS} ms')
"""


def may_retry(error: DBAPIError, attempt: int, seconds: float) -> bool:
    """Tell whether a transaction that has failed with `error` is to run again.

    `seconds` have passed since its first attempt began.
    """
    if not is_conflict(error):
        return False
    # A violated constraint may be a race, but only the first few times.
    is_serialization = not isinstance(error, IntegrityError)
    return attempt < MAX_ATTEMPTS or (is_serialization and seconds < RETRY_FOR_S)


async def wait_before(attempt: int) -> None:
    """Wait a random time before a later attempt.

    The second one needs no delay, since the winner has committed already.
    """
    if attempt > CONCURRENT_ATTEMPTS:
        longest = min(_LONGEST_DELAY_S, 0.001 * 2**attempt)
        await asyncio.sleep(random.uniform(0, longest))


class RetryQueue:
    """Lets later attempts of this process queue with those of others, and run alone.

    `lock_timeout` is the session's own, in seconds; None for none.
    """

    def __init__(self, lock_timeout: float | None) -> None:
        self._lock_timeout_ms = 0 if lock_timeout is None else round(lock_timeout * 1_000)
        self._not_alone_until = 0.0

    async def wait_for_turn(self, connection: AsyncConnection, attempt: int) -> None:
        """Wait until this attempt may run: beside others at first, later alone if possible.

        Must run before the transaction's first query: a table lock is taken before the
        transaction's snapshot (https://www.postgresql.org/docs/current/sql-lock.html), and is
        granted in order of arrival.
        """
        execute = connection.exec_driver_sql
        if attempt <= CONCURRENT_ATTEMPTS:
            await execute(_RUN_BESIDE_OTHERS)
            return
        may_run_alone = await self._may_run_alone(connection)
        is_in_front = await _lock(connection, _JOIN_QUEUE, _QUEUE_TIMEOUT_MS)
        is_alone = False
        if is_in_front and may_run_alone:
            is_alone = await _lock(connection, _RUN_ALONE, _ALONE_TIMEOUT_MS)
            if not is_alone:
                self._not_alone_until = time.monotonic() + _PAUSE_AFTER_TIMEOUT_S
        await execute(f"SET LOCAL lock_timeout = {self._lock_timeout_ms}")
        if is_alone:
            setting = "idle_in_transaction_session_timeout"
            await execute(f"SET LOCAL {setting} = {_ALONE_IDLE_TIMEOUT_MS}")
        else:
            await execute(_RUN_BESIDE_OTHERS)

    async def _may_run_alone(self, connection: AsyncConnection) -> bool:
        """Tell whether no writing transaction seems to be frozen, so that all will end soon."""
        if time.monotonic() < self._not_alone_until:
            return False
        # Past SQLAlchemy, which would begin the transaction, and with it take the snapshot.
        raw: Any = (await connection.get_raw_connection()).driver_connection
        return not await raw.fetchval(_IS_ANYBODY_FROZEN)


async def _lock(connection: AsyncConnection, statement: str, timeout_ms: int) -> bool:
    """Return whether a lock was granted in time. Otherwise the transaction continues without it."""
    try:
        async with connection.begin_nested():
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {timeout_ms}")
            await connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True
