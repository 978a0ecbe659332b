"""The arguments of a call of a use case, and what has to happen before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage import Transaction


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call, after the transaction.

    `before` has to happen first, and isn't measured. It may return a tuple of more arguments.
    """

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Transaction], Awaitable[object]] | None = None

    async def prepare(self, tx: Transaction) -> tuple[Any, ...]:
        """Do what has to happen before, and return the positional arguments."""
        more = None if self.before is None else await self.before(tx)
        return (*self.positional, *more) if isinstance(more, tuple) else self.positional


def given(*positional: Any, **named: Any) -> Arguments:
    """Return the arguments of a call as they are written there."""
    return Arguments(positional, named)
