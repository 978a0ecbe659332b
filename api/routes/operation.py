"""Routes for operators: liveness, readiness and metrics."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.openapi import problem_responses
from api.problems import Problem
from api.schemas.base import with_examples
from storage import Database


class HealthStatus(BaseModel):
    """The process is healthy."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


_UNAVAILABLE = problem_responses(
    (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database can't be used."),
    (HTTPStatus.SERVICE_UNAVAILABLE, "discord-unreachable", "The bot isn't connected to Discord."),
)


def create_router(database: Database, is_connected: Callable[[], bool] | None) -> APIRouter:
    """Create the routes.

    `is_connected` returns whether the bot is connected to Discord; None if the API runs without it.
    """
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="Liveness")
    async def liveness() -> HealthStatus:
        """The process responds. Nothing that it depends on is checked."""
        return HealthStatus()

    @router.get("/readyz", summary="Readiness", responses=_UNAVAILABLE)
    async def readiness() -> HealthStatus:
        """The database responds and has this version's tables, and the bot, if it runs in this
        process, is connected to Discord. A 503 says which of them fails."""
        await database.open()
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
