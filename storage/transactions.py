"""The open transaction of a use case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.encryption import NO_CIPHER, Cipher
from storage.tables.base import NOW


def utc_now() -> datetime:
    """Return the current time as an aware UTC datetime."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Transaction:
    """The open transaction of one use case.

    `now` (aware UTC) is the only clock that a use case may read. `cipher` encrypts secrets for
    storage. A use case that writes notifications sets `wake_delivery`, so that delivery starts
    right after the commit, and appends their keys to `notification_keys`, which the log then shows.
    `after_commit` is called once the transaction has committed, or a read has ended well; it may
    only log or count.

    `tally` is what happened in it, for the metrics: ("event", type) or ("notification", kind,
    status).

    `unreadable` are the rows that the use case could not read and has left out, with the reason, by
    kind and id (`mentorship.faults.note`).

    `pressed_message_id` is the Discord message whose button somebody pressed to run the use case.
    """

    connection: AsyncConnection
    now: datetime
    cipher: Cipher = NO_CIPHER
    wake_delivery: bool = False
    notification_keys: list[str] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    tally: list[tuple[str, ...]] = field(default_factory=list)
    unreadable: dict[tuple[str, int], BaseException] = field(default_factory=dict)
    pressed_message_id: int | None = None

    def __post_init__(self) -> None:
        self.connection.info[NOW] = self.now

    @property
    def dialect(self) -> str:
        """The database's SQL dialect: "sqlite" or "postgresql"."""
        return self.connection.dialect.name

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what is written inside, and nothing else, if an exception leaves the block."""
        wake_delivery = self.wake_delivery
        keys, callbacks = len(self.notification_keys), len(self.after_commit)
        tally = len(self.tally)
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            self.wake_delivery = wake_delivery
            del self.notification_keys[keys:]
            del self.after_commit[callbacks:]
            del self.tally[tally:]
            raise
