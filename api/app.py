"""The REST API as one ASGI app."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api import problems
from api.auth import Verifier
from api.callers import World
from api.gate import BASE, Gate
from api.limits import RateLimiter
from api.options import Options
from api.people import People, Records, Remembered
from api.routes import (
    applications,
    availability,
    disputes,
    me,
    mentors,
    operation,
    points,
    sessions,
)
from storage import Database

DESCRIPTION = """
"""


def create_app(
    database: Database,
    options: Options,
    *,
    people: People | None = None,
    connected: Callable[[], bool] | None = None,
) -> FastAPI:
    """The API over `database`, which whoever calls opens before and closes after.

    `people` tells who somebody is in Discord, and `connected` whether the bot is there; both are
    None where the API runs alone. Raises `api.keys.UnusableKeys`.
    """
    app = FastAPI(
        title="mentorbot",
        description=DESCRIPTION,
        docs_url="/api/docs",
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    app.state.world = World(
        database,
        Remembered(people or Records(database)),
        with_discord=people is not None,
        moderators=options.moderators,
    )
    problems.answer_with_them(app)
    for area in (mentors, availability, applications, sessions, points, me, disputes):
        app.include_router(area.router, prefix=BASE)
    app.include_router(operation.router(database, connected))
    app.add_middleware(
        Gate,
        verifier=Verifier(options.tokens),
        limiter=RateLimiter(options.requests_per_minute),
    )
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=options.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=["ETag", "Location", "RateLimit-Remaining", "Retry-After"],
            max_age=600,
        )
    return app
