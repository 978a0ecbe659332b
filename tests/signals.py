"""A signal between event loops: use cases may run in a loop and thread of their own."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future


class Signal:
    """Like `asyncio.Event`, for code in several event loops. It stays set."""

    def __init__(self) -> None:
        self._future: Future[None] = Future()

    def set(self) -> None:
        """Wake everybody who waits."""
        if not self._future.done():
            self._future.set_result(None)

    def is_set(self) -> bool:
        """Return whether `set` was called."""
        return self._future.done()

    async def wait(self) -> None:
        """Wait until `set` is called."""
        # Shielded: a waiter that is cancelled doesn't cancel the signal for the others.
        await asyncio.shield(asyncio.wrap_future(self._future))
