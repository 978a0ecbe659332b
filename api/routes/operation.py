"""Routes for operators: liveness, readiness and metrics."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.openapi import problem_responses
from api.problems import Problem
from api.schemas.base import with_examples
from mentorship.operations import health
from storage import Database

WRITE_CHECK_S = 5.0
"""Seconds for which a successful write is taken as proof for later checks."""


class HealthStatus(BaseModel):
    """The process is healthy."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


_UNAVAILABLE = problem_responses(
    (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database can't be used."),
    (HTTPStatus.SERVICE_UNAVAILABLE, "discord-unreachable", "The bot isn't connected to Discord."),
)


class _WritingCheck:
    """Checks that the database accepts writes, at most every `WRITE_CHECK_S`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._succeeded_at = -math.inf

    async def check(self) -> None:
        """Raise `DatabaseUnavailable`, for example if the disk is full or the lock is held."""
        async with self._lock:
            if time.monotonic() - self._succeeded_at >= WRITE_CHECK_S:
                await self._database.run(health.try_to_write)
                self._succeeded_at = time.monotonic()


def create_router(database: Database, is_connected: Callable[[], bool] | None) -> APIRouter:
    """Create the routes.

    `is_connected` returns whether the bot is connected to Discord; None if the API runs without it.
    """
    router = APIRouter(tags=["operation"])
    writing = _WritingCheck(database)

    @router.get("/healthz", summary="Liveness")
    async def liveness() -> HealthStatus:
        """The process responds. Nothing that it depends on is checked."""
        return HealthStatus()

    @router.get("/readyz", summary="Readiness", responses=_UNAVAILABLE)
    async def readiness() -> HealthStatus:
        """The database has this version's tables and takes writes, and the bot, if it runs in this
        process, is connected to Discord. A 503 says which of them fails."""
        await database.open()
        await writing.check()
        if is_connected is not None and not is_connected():
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "discord-unreachable",
                "The bot is not connected to Discord at the moment. It will reconnect by itself.",
                headers={"Retry-After": "10"},
            )
        return HealthStatus()

    @router.get("/metrics", summary="Metrics", response_class=Response)
    async def metrics() -> Response:
        """The program's metrics, in the text format of Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
