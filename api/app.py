"""Create the REST API as one ASGI app."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from pydantic.alias_generators import to_camel
from starlette.middleware.cors import CORSMiddleware

from api import problem_page, problems, request_metrics
from api.auth import TokenVerifier
from api.dependencies import ApiState
from api.document.builder import openapi_builder
from api.http.compression import CompressionMiddleware
from api.http.deprecation import DEPRECATED, Deprecation, DeprecationMiddleware
from api.http.languages import LanguageMiddleware
from api.http.methods import HeadMiddleware, OptionsMiddleware
from api.http.preconditions import NotModifiedMiddleware
from api.http.request_context import RequestContextMiddleware
from api.identity import CachedMemberLookup, DatabaseMemberLookup, MemberLookup
from api.middleware import (
    BASE_PATH,
    AuthenticationMiddleware,
    BodyLimitMiddleware,
    RateLimitMiddleware,
)
from api.monitoring import Monitor, RequestObserver
from api.options import Options
from api.rate_limits import RateLimiter
from api.request_metrics import RequestMetricsMiddleware
from api.routes import (
    applications,
    availability,
    blocks,
    calendar_feeds,
    calendars,
    group_seats,
    groups,
    insights,
    leaderboard,
    lookups,
    me,
    mentors,
    mentorships,
    operation,
    partial_changes,
    points,
    privacy,
    questions,
    reviews,
)
from api.routes.offers import help_requests, invitations, series, slot_alerts
from api.routes.service import (
    events,
    guild_lists,
    ranks,
    server_settings,
    threshold_roles,
    webhooks,
)
from api.routes.sessions import (
    choices,
    disputes,
    lateness,
    meeting_links,
    notes,
    previews,
    session_details,
    sessions,
    thanks,
)
from mentorship.calendars.refreshing import BusyRefresher
from storage import Database

DOCS_PATH = "/api/docs"

API_VERSION = "1.0"
"""Changes whenever clients may have to."""

DESCRIPTION = """
Everything that members can do with mentorbot in Discord, for your community's main app. The API
and the bot share their data and their rules, so a change made in one is visible in the other at
once.

**Authentication**: every request needs a JWT that your app signs for a member. `sub` is the
member's Discord id, `guild_id` the Discord server's, and `scope` one or more of `member`,
`moderator` and `service`.

**Values**: ids are strings. Instants are RFC 3339; responses use UTC. Points are whole numbers.

**Errors** are problem details (RFC 9457) with a stable `code`. `errors` names the invalid fields.

**Lists** are paginated: follow `nextCursor` until it is null.

**Retries**: send a request that changes something with an `Idempotency-Key`, and you can safely
send it again.
"""

REQUEST_HEADERS = (
    "Accept-Language",
    "Act-As",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "traceparent",
    "tracestate",
    "X-Request-Id",
)
"""What web pages of other origins may send (CORS)."""

RESPONSE_HEADERS = (
    "Allow",
    "Content-Disposition",
    "Content-Language",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "traceparent",
    "WWW-Authenticate",
    "X-Request-Id",
)
"""What web pages of other origins may read (CORS)."""


def create_app(
    database: Database,
    options: Options,
    *,
    member_lookup: MemberLookup | None = None,
    monitor: Monitor | None = None,
    calendar_refresher: BusyRefresher | None = None,
    observe: RequestObserver = request_metrics.ignore,
    deprecated: Mapping[str, Deprecation] = DEPRECATED,
) -> FastAPI:
    """Create the API. The caller opens `database` before it serves the app, and closes it after.

    `member_lookup` asks Discord about members; it is None if the API runs without the bot.
    `monitor` adds the routes for operators. `calendar_refresher` reads mentors' calendars before
    bookings. `observe` is called with the measurements of each
    request. `deprecated` are operations by their handlers' names. Raises `api.keys.UnusableKeys`.
    """
    # Serves the page's scripts itself: the page works without internet access, and no third party
    # learns who reads it.
    app = FastAPIOffline(
        title="mentorbot",
        version=API_VERSION,
        description=DESCRIPTION,
        docs_url=DOCS_PATH,
        redoc_url=None,
        static_url=f"{DOCS_PATH}/static",
        swagger_ui_oauth2_redirect_url=f"{DOCS_PATH}/oauth2-redirect",
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_id,
        # A redirect would lead to the host that the request names, and lose the body's method.
        redirect_slashes=False,
    )
    app.state.api = ApiState(
        database,
        CachedMemberLookup(member_lookup or DatabaseMemberLookup(database)),
        has_discord=member_lookup is not None,
        moderator_source=options.moderators,
        allow_private_addresses=options.allow_private_addresses,
        calendar_refresher=calendar_refresher,
        meeting_providers=options.meeting_providers,
        calendars=options.calendars,
    )
    problems.add_exception_handlers(app)
    app.router.routes.append(calendar_feeds.create_route())
    # Starlette tries the routes one after another, so the most frequent ones come first.
    for routes in (
        mentors,
        sessions,
        availability,
        applications,
        points,
        me,
        calendars,
        help_requests,
        invitations,
        blocks,
        slot_alerts,
        disputes,
        groups,
        group_seats,
        series,
        meeting_links,
        lateness,
        thanks,
        notes,
        reviews,
        session_details,
        guild_lists,
        server_settings,
        threshold_roles,
        lookups,
        insights,
        privacy,
        ranks,
        leaderboard,
        mentorships,
        webhooks,
        events,
        partial_changes,
        previews,
        choices,
        questions,
    ):
        app.include_router(routes.router, prefix=BASE_PATH)
    if monitor is not None:
        app.include_router(operation.create_router(monitor))
    app.include_router(problem_page.create_router(app))
    # As FastAPI documents it.
    app.openapi = openapi_builder(app, deprecated)  # type: ignore[method-assign]
    # The middleware that is added last runs first.
    app.add_middleware(problems.BugMiddleware)
    if deprecated:
        app.add_middleware(DeprecationMiddleware, deprecated=deprecated)
    app.add_middleware(NotModifiedMiddleware)
    app.add_middleware(OptionsMiddleware, routes=app.routes)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(
        RateLimitMiddleware,
        members=RateLimiter(options.requests_per_minute, "member"),
        services=RateLimiter(options.service_requests_per_minute, "service"),
    )
    app.add_middleware(AuthenticationMiddleware, verifier=TokenVerifier(options.tokens))
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(HeadMiddleware)
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=options.origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
            max_age=600,
        )
    app.add_middleware(LanguageMiddleware)
    app.add_middleware(RequestContextMiddleware)
    app.add_middleware(RequestMetricsMiddleware, observe=observe)
    return app


def create_operation_app(monitor: Monitor) -> FastAPI:
    """Create an app with the routes for operators only, for processes without the API."""
    app = FastAPI(title="mentorbot", openapi_url=None, redirect_slashes=False)
    problems.add_exception_handlers(app)
    app.include_router(operation.create_router(monitor))
    app.add_middleware(problems.BugMiddleware)
    app.add_middleware(OptionsMiddleware, routes=app.routes)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(RequestContextMiddleware)
    return app


def _operation_id(route: APIRoute) -> str:
    """Return the name of the route's handler in camel case, for client generators."""
    return to_camel(route.name)
