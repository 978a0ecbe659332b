"""Connections to PostgreSQL with time limits. Needs asyncpg.

Three failures raise no error by themselves: a statement takes too long, the network goes silent, or
this process is frozen while it holds locks. The server's limits end the first and the third
(`storage.postgresql.limits`). For the second, each socket has keepalives and a limit for
unconfirmed data, and each statement and each new connection has a time limit in the client.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.error_classes import is_unavailable
from storage.errors import TransactionPooling
from storage.postgresql.limits import Limits

_SERVER_KEEPALIVE = {"idle": 60, "interval": 10, "count": 3}
"""When the server closes the connection of a vanished client: idle and interval in seconds."""

_CLIENT_KEEPALIVE = {"TCP_KEEPIDLE": 3, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}
"""When the client gives up a server that confirms nothing any more: after 9 seconds."""

_UNCONFIRMED_MS = 5_000
"""Milliseconds for which data that was sent may stay unconfirmed (RFC 5482)."""

_CLOSE_TIMEOUT_S = 0.5
"""How long a server may take to close a connection, in seconds. A process closes several of them
one after the other."""

PING = "SELECT 1"
"""A statement to see whether the server answers. asyncpg can't run an empty one."""

_POOLER_CHECKS = 3
"""How often two connections are compared. A pooler may use its connections in turn."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose socket notices that the other side is gone."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *arguments: Any) -> None:
        super().__init__(protocol, transport, *arguments)
        _set_keepalive(transport.get_extra_info("socket"))

    async def close(self, *, timeout: float | None = None) -> None:
        """Close the connection and cancel what is running, with a short limit for the answer."""
        await super().close(timeout=min(timeout or _CLOSE_TIMEOUT_S, _CLOSE_TIMEOUT_S))


def _set_keepalive(raw: Any) -> None:
    """Turn on keepalives, as far as the system has the options; a Unix socket needs none."""
    if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
        return
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (_CLIENT_KEEPALIVE | {"TCP_USER_TIMEOUT": _UNCONFIRMED_MS}).items():
        option = getattr(socket, name, None)
        if option is not None:
            raw.setsockopt(socket.IPPROTO_TCP, option, value)


async def connect(*arguments: Any, limits: Limits, **options: Any) -> asyncpg.Connection:
    """Open a connection with these limits. `options` are asyncpg's, and take precedence."""
    defaults = {
        "timeout": limits.connect,
        "command_timeout": limits.command,
        "connection_class": _Connection,
    }
    connection = await asyncpg.connect(*arguments, **(defaults | options))
    try:
        await connection.execute(_settings(limits), timeout=limits.connect)
    except BaseException:
        connection.terminate()
        raise
    return connection


def _settings(limits: Limits) -> str:
    """Return the statements that set a session's limits, 0 for none, and how it writes instants.

    Some use cases read instants as text, which the server may be configured to write otherwise.
    """
    settings: dict[str, object] = {
        "datestyle": "ISO",
        "statement_timeout": _milliseconds(limits.statement),
        "lock_timeout": _milliseconds(limits.lock),
        "idle_in_transaction_session_timeout": _milliseconds(limits.idle_transaction),
        **{f"tcp_keepalives_{name}": value for name, value in _SERVER_KEEPALIVE.items()},
    }
    return "; ".join(f"SET {name} = {value}" for name, value in settings.items())


def _milliseconds(seconds: float | None) -> int:
    return 0 if seconds is None else round(seconds * 1_000)


def check_at_checkout(engine: Engine, limits: Limits) -> None:
    """Make an engine check a pooled connection before use, and replace one that doesn't answer.

    SQLAlchemy's own check takes three round trips and has no time limit of its own.
    """

    @event.listens_for(engine, "connect")
    def remember_new(_connection: Any, record: Any) -> None:
        record.info["is_new"] = True

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.pop("is_new", False):
            return
        try:
            connection.run_async(lambda driver: driver.execute(PING, timeout=limits.ping))
        except Exception as error:
            if not is_unavailable(error):
                raise
            # Its end is not waited for: the other side may never answer.
            connection.driver_connection.terminate()
            raise InvalidatePoolError from error


async def refuse_transaction_pooling(engine: AsyncEngine, limits: Limits) -> None:
    """Raise `TransactionPooling` if a pooler assigns a server's session to each transaction.

    Such a pooler, as PgBouncer with `pool_mode = transaction`, runs each transaction in whichever
    session of the server is free. What belongs to a session is lost on the way: its time limits,
    LISTEN, and prepared statements.
    """
    _, options = engine.dialect.create_connect_args(engine.url)
    options = {name: value for name, value in options.items() if not name.startswith("prepared_")}
    # Otherwise the statements are named, and other clients of the pooler may use the same names.
    options["statement_cache_size"] = 0
    timeouts = {"timeout": limits.connect, "command_timeout": limits.connect}
    first = await asyncpg.connect(**(timeouts | options))
    try:
        session = await _session(first)
        # A pooler can't know the number of the session when it greets the client.
        if session == first.get_server_pid():
            return
        for _ in range(_POOLER_CHECKS):
            second = await asyncpg.connect(**(timeouts | options))
            try:
                # While the second one is in a transaction, the first one's session can't be in it.
                async with second.transaction():
                    taken = await _session(second)
                    if taken == session or await _session(first) != session:
                        raise TransactionPooling(engine.url.render_as_string(hide_password=True))
            finally:
                second.terminate()
    finally:
        first.terminate()


async def _session(connection: asyncpg.Connection) -> int:
    """Return the number of the server's session that runs this connection's transactions."""
    async with connection.transaction():
        number: int = await connection.fetchval("SELECT pg_backend_pid()")
        return number
