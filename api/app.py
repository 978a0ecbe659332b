"""The REST API as one ASGI app."""

from __future__ import annotations

from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel

from api import problems
from storage import Database


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


def create_app(database: Database) -> FastAPI:
    """The API over `database`, which whoever calls opens before and closes after."""
    app = FastAPI(title="mentorbot", docs_url="/api/docs", redoc_url=None)
    problems.answer_with_them(app)

    @app.get("/healthz", tags=["operation"])
    async def healthz() -> Alive:
        """The process answers; nothing is said about what it needs."""
        return Alive()

    @app.get("/readyz", tags=["operation"])
    async def readyz() -> Alive:
        """The database answers too; 503 when it doesn't."""
        await database.ping()
        return Alive()

    return app
