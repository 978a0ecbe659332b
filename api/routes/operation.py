"""Routes for operators: liveness, readiness and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from api.monitoring import Monitor
from api.openapi import problem_responses
from api.problems import Problem
from api.schemas.base import with_examples

RETRY_AFTER_S = 10
"""Seconds that a client waits before it asks again whether the process is ready."""


class LivenessResponse(BaseModel):
    """The process responds."""

    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


class ReadinessResponse(BaseModel):
    """The process is ready. `jobs` has the seconds since the last success of each of its jobs, null
    before the first one."""

    model_config = with_examples(
        {"status": "ok", "jobs": {"deliver notifications": 2.5, "housekeeping": None}}
    )

    status: Literal["ok"] = "ok"
    jobs: Mapping[str, float | None]


_UNAVAILABLE = problem_responses(
    (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database can't be used."),
    (HTTPStatus.SERVICE_UNAVAILABLE, "discord-unreachable", "The bot isn't connected to Discord."),
    (HTTPStatus.SERVICE_UNAVAILABLE, "jobs-stalled", "A job that people wait for doesn't succeed."),
)


def create_router(monitor: Monitor) -> APIRouter:
    """Create the routes, which show what `monitor` observes."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="Liveness")
    async def liveness() -> LivenessResponse:
        """The process responds. Nothing that it depends on is checked."""
        return LivenessResponse()

    @router.get("/readyz", summary="Readiness", responses=_UNAVAILABLE)
    async def readiness() -> ReadinessResponse:
        """The process can do its part: the database has this version's tables and takes writes; the
        bot, if it runs in this process, is connected to Discord; and notifications are delivered
        and sessions advanced, if this process does that. A 503 says which of them fails."""
        state = await monitor.check_readiness()
        jobs = {
            job.name: None
            if job.seconds_since_success is None
            else round(job.seconds_since_success, 1)
            for job in state.jobs
        }
        if state.problem is not None:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                state.problem.code,
                state.problem.detail,
                headers={"Retry-After": str(RETRY_AFTER_S)},
                jobs=jobs,
            )
        return ReadinessResponse(jobs=jobs)

    @router.get(
        "/metrics", summary="Metrics", response_class=PlainTextResponse, response_model=None
    )
    async def metrics() -> Response:
        """The program's metrics, in the text format of Prometheus."""
        return Response(await monitor.expose_metrics(), media_type=CONTENT_TYPE_LATEST)

    return router
