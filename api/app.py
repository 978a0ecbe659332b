"""The REST API as one ASGI app."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from api import openapi, problems
from api.auth import Verifier
from api.dependencies import World
from api.identity import People, Records, Remembered
from api.middleware import BASE, Gate
from api.options import Options
from api.rate_limits import RateLimiter
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

DOCS = "/api/docs"

API_VERSION = "1.0"
"""Rises with what callers must know of."""

DESCRIPTION = """
Whatever members do with mentorbot in Discord, for the community's main app: the same data and the
same rules, and at once on both sides.

**Each call takes a token** (JWT) that the main app signs for a member: `sub` is their Discord id,
`guild_id` the Discord server, `scope` one or several of `member`, `moderator` and `service`.

**Ids** are strings. **Instants** are RFC 3339, told in UTC. **Points** are whole numbers.
**Errors** are problem documents (RFC 9457) with a stable `code`; `errors` points at the fields at
fault. **Lists** come in pages: follow `nextCursor`. A `POST` with an `Idempotency-Key` can safely
be sent again.
"""

TAGS = ("mentors", "sessions", "points", "members", "moderation", "service", "operation")
"""The page's chapters, in the order in which one reads it."""


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
    # The page's script comes from here, not from a content network: it works on a closed network,
    # and nobody else learns who reads it.
    app = FastAPIOffline(
        title="mentorbot",
        version=API_VERSION,
        description=DESCRIPTION,
        docs_url=DOCS,
        redoc_url=None,
        static_url=f"{DOCS}/static",
        swagger_ui_oauth2_redirect_url=f"{DOCS}/oauth2-redirect",
        openapi_url="/api/openapi.json",
        openapi_tags=[{"name": name} for name in TAGS],
    )
    app.state.world = World(
        database,
        Remembered(people or Records(database)),
        with_discord=people is not None,
        moderators=options.moderators,
    )
    problems.answer_with_them(app)
    # The most called first: each is tried in turn until one knows the address.
    for area in (sessions, mentors, availability, applications, points, me, disputes):
        app.include_router(area.router, prefix=BASE)
    app.include_router(operation.router(database, connected))
    app.openapi = openapi.complete(app)  # type: ignore[method-assign]  # FastAPI's own way to
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
