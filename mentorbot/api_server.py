"""Serves the REST API, and health and metrics, as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from api.app import create_app, create_operation_app
from api.auth import TokenVerifier
from api.identity import MemberLookup
from api.keys import UnusableKeys
from api.monitoring import Monitor
from api.options import ALGORITHMS, Options, TokenRules
from mentorbot.errors import CannotStart
from mentorbot.http.server import Listener, serve
from mentorbot.metrics import counters
from mentorbot.settings import ApiSettings, MetricsSettings
from mentorship.calendars.options import CalendarOptions
from mentorship.calendars.refreshing import BusyRefresher
from storage import Database

MAX_SCRAPERS = 50
"""Open connections to the metrics server. Above that, the longest idle one is closed."""


def api_options(settings: ApiSettings) -> Options:
    """Return the API's options for these settings."""
    names = settings.algorithms.split()
    return Options(
        tokens=TokenRules(
            algorithms=tuple(name for name in ALGORITHMS if name in names),
            secret=settings.secret.get_secret_value(),
            public_key=_optional_path(settings.public_key_file),
            jwks=_optional_path(settings.jwks_file),
            issuer=settings.issuer,
            audience=settings.audience,
            subject_claim=settings.subject_claim,
            default_guild=settings.default_guild or None,
        ),
        moderators=settings.moderators,
        requests_per_minute=settings.requests_per_minute,
        service_requests_per_minute=settings.service_requests_per_minute,
        origins=tuple(settings.cors_origins.split()),
    )


def require_keys(settings: ApiSettings) -> None:
    """Raise `CannotStart` unless there is a valid secret or key to verify tokens with."""
    try:
        TokenVerifier(api_options(settings).tokens)
    except UnusableKeys as error:
        raise CannotStart(str(error)) from None


def _optional_path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


@asynccontextmanager
async def serve_api(
    settings: ApiSettings,
    database: Database,
    *,
    monitor: Monitor,
    member_lookup: MemberLookup | None = None,
    calendar_refresher: BusyRefresher | None = None,
    allow_private_addresses: bool = False,
    meeting_providers: tuple[str, ...] = (),
    calendars: CalendarOptions | None = None,
) -> AsyncIterator[int]:
    """Serve the REST API while the context is open; yields the port.

    On exit, requests in progress may finish. `monitor`, `member_lookup` and `calendar_refresher`
    are passed to `create_app`, the others are among its options. Raises `CannotStart`.
    """
    require_keys(settings)
    app = create_app(
        database,
        replace(
            api_options(settings),
            allow_private_addresses=allow_private_addresses,
            meeting_providers=meeting_providers,
            calendars=calendars or CalendarOptions(),
        ),
        member_lookup=member_lookup,
        monitor=monitor,
        calendar_refresher=calendar_refresher,
        observe=counters.record_request,
    )
    listener = Listener("API", settings.host, settings.port, settings.max_connections)
    async with serve(app, listener) as port:
        yield port


@asynccontextmanager
async def serve_metrics(settings: MetricsSettings, monitor: Monitor) -> AsyncIterator[int]:
    """Serve health and metrics at their own address; yields the port. Raises `CannotStart`."""
    listener = Listener("metrics server", settings.host, settings.port, MAX_SCRAPERS)
    async with serve(create_operation_app(monitor), listener) as port:
        yield port
