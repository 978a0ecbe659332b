"""Requests to Discord that fail: which there are, and the one that is to fail, and how."""

from __future__ import annotations

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
    # discord.py raises its own error for a wait that is too long, but not about interactions.
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
"""Each way in which a request can fail once discord.py has given up on it."""


@dataclass
class RequestMonitor:
    """What goes from the bot to Discord while it is watched. The request of number `breaks_at`
    (from 0) fails, and those after it pass."""

    breaks_at: int | None = None
    fault: Fault | None = None
    requests: list[str] = field(default_factory=list)

    @property
    def broke(self) -> bool:
        return self.breaks_at is not None and len(self.requests) > self.breaks_at

    @property
    def refused_for_good(self) -> bool:
        """Whether it broke as it does when somebody has to mend something."""
        return self.broke and self.fault in (FAULTS["403"], FAULTS["404"])

    @property
    def says_gone_already(self) -> bool:
        """Whether it broke by Discord's word that what was to be removed isn't there."""
        at = self.breaks_at
        return (
            self.broke
            and self.fault is FAULTS["404"]
            and at is not None
            and self.requests[at].startswith("DELETE /channels/")
        )

    @contextmanager
    def watched(self, patched: pytest.MonkeyPatch) -> Iterator[None]:
        """Watch the simulated Discord's door until left."""
        real = router.dispatch

        def dispatch(backend: Any, method: str, path: str, **asked: Any) -> Any:
            self.requests.append(f"{method} {path}")
            if len(self.requests) - 1 == self.breaks_at:
                assert self.fault is not None
                raise self.fault(path)
            return real(backend, method, path, **asked)

        with patched.context() as meanwhile:
            meanwhile.setattr(router, "dispatch", dispatch)
            yield
