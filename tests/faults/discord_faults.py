"""Makes one of the bot's requests to the simulated Discord fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
import pytest
from simcord.backend.errors import BackendError
from simcord.http import router

Fault = Callable[[str], Exception]


def _rate_limit_error(path: str) -> Exception:
    # discord.py raises RateLimited for long waits, but not for requests about interactions.
    if path.startswith(("/interactions/", "/webhooks/")):
        return BackendError(429, 0, "You are being rate limited.")
    return discord.RateLimited(40.0)


FAULTS: dict[str, Fault] = {
    "403": lambda _path: BackendError(403, 50013, "Missing Permissions"),
    "404": lambda _path: BackendError(404, 10003, "Unknown Channel"),
    "429": _rate_limit_error,
    "500": lambda _path: BackendError(500, 0, "Internal Server Error"),
    "time-out": lambda _path: TimeoutError(),
    "disconnect": lambda _path: aiohttp.ServerDisconnectedError(),
}
"""The errors that a request can end with once discord.py has stopped retrying."""


@dataclass
class RequestMonitor:
    """Records the bot's requests while `recording` is active.

    Request number `fails_at` (from 0) fails with `fault`; all others succeed.
    """

    fails_at: int | None = None
    fault: Fault | None = None
    requests: list[str] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Tell whether the request has been made, and has failed."""
        return self.fails_at is not None and len(self.requests) > self.fails_at

    @property
    def failed_permanently(self) -> bool:
        """Tell whether the error was one that only a change of the server's setup resolves."""
        return self.has_failed and self.fault in (FAULTS["403"], FAULTS["404"])

    @property
    def failed_deleting_missing_channel(self) -> bool:
        """Tell whether the request was to delete or archive a channel, and it doesn't exist."""
        at = self.fails_at
        return (
            self.has_failed
            and self.fault is FAULTS["404"]
            and at is not None
            and re.fullmatch(r"(DELETE|PATCH) /channels/\d+", self.requests[at]) is not None
        )

    @contextmanager
    def recording(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Record requests to the simulated Discord while the context is open."""
        original = router.dispatch

        def dispatch(backend: Any, method: str, path: str, **kwargs: Any) -> Any:
            self.requests.append(f"{method} {path}")
            if len(self.requests) - 1 == self.fails_at:
                assert self.fault is not None
                raise self.fault(path)
            return original(backend, method, path, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(router, "dispatch", dispatch)
            yield
