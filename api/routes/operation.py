"""What whoever runs the program asks it: whether it lives, whether it can work, and its figures."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.openapi import listed
from api.problems import Problem
from api.schemas.base import shown_as
from storage import Database


class Alive(BaseModel):
    """Everything is as it should be."""

    model_config = shown_as({"status": "ok"})

    status: Literal["ok"] = "ok"


_UNAVAILABLE = listed(
    (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "The database can't be used."),
    (HTTPStatus.SERVICE_UNAVAILABLE, "discord-unreachable", "The bot isn't connected to Discord."),
)


def router(database: Database, connected: Callable[[], bool] | None) -> APIRouter:
    """The calls over `database`; `connected` says whether Discord is there, if that matters."""
    calls = APIRouter(tags=["operation"])

    @calls.get("/healthz", summary="Does the process answer?")
    async def healthz() -> Alive:
        """The process answers; nothing is said about what it needs."""
        return Alive()

    @calls.get("/readyz", summary="Can it work?", responses=_UNAVAILABLE)
    async def readyz() -> Alive:
        """The database answers and has this program's tables, and the bot is connected to Discord
        where it runs beside the API. 503 says which of them is missing."""
        await database.open()
        if connected is not None and not connected():
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "discord-unreachable",
                "The bot is not connected to Discord at the moment. It tries again by itself.",
                headers={"Retry-After": "10"},
            )
        return Alive()

    @calls.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics() -> Response:
        """The program's metrics in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return calls
