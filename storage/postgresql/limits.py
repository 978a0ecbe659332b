"""Time limits for PostgreSQL and the network to it.

The server enforces the limits of statements, locks and idle transactions. The client's limit for a
statement, a little longer, is for a server that doesn't answer at all. None means no limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of a connection to PostgreSQL, in seconds."""

    connect: float = 2.0
    """Opening a connection. With `ping` it stays under the 3 seconds that Discord waits."""

    ping: float = 0.8
    """The answer to the statement that checks a pooled connection before it is used (`PING`)."""

    checkout: float = 10.0
    """Waiting for a connection that other use cases of this process hold."""

    statement: float | None = 10.0
    """One statement, with the locks that it waits for."""

    lock: float | None = 2.0
    """Waiting for one lock, such as a row that a frozen process has changed."""

    idle_transaction: float | None = 5.0
    """A pause between two statements of a transaction. A process that makes a longer one is frozen
    or cut off; the server rolls its transaction back and frees its locks."""

    late_reply: float = 2.0
    """How much longer than the server's limit the client waits for a statement before it closes the
    connection."""

    @property
    def command(self) -> float | None:
        """How long the client waits for the server's answer to a statement."""
        return None if self.statement is None else self.statement + self.late_reply


SERVING = Limits()
"""For processes that answer people and run jobs."""

COMMANDS = replace(SERVING, connect=10.0, statement=None)
"""For commands, which may read everything but must not block the processes."""

UNLIMITED = Limits(connect=10.0, checkout=60.0, statement=None, lock=None, idle_transaction=None)
"""For migrations and moves, which may take as long as they need."""
