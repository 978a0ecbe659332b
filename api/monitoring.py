"""What the API and the program tell each other for operators.

The routes for operators ask whether the process is ready, and for its metrics. The API reports the
requests that it has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why a process isn't ready: a code for programs, and a sentence for operators."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class JobState:
    """A job of the process; `seconds_since_success` is None before the first success."""

    name: str
    seconds_since_success: float | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a process is ready: `problem` is None if it is. `jobs` are those of the process."""

    problem: NotReady | None
    jobs: Sequence[JobState]


class Monitor(Protocol):
    """Observes the process that serves the routes."""

    async def check_readiness(self) -> Readiness:
        """Return whether the process is ready. Raises `StorageError` if the database isn't."""

    async def expose_metrics(self) -> bytes:
        """Return the metrics in the text format of Prometheus."""


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """A request that was answered, after `seconds`.

    `route` is the template of its path below the API's base path, such as `/session/{id}`.
    """

    method: str
    route: str
    status: int
    seconds: float


RequestObserver = Callable[[RequestMetrics], None]
