"""Serves the REST API with uvicorn, as the settings say."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.auth import TokenVerifier
from api.identity import MemberLookup
from api.keys import UnusableKeys
from api.options import ALGORITHMS, Options, TokenRules
from mentorbot.errors import CannotStart
from mentorbot.http_limits import ConnectionLimits, most_connections
from mentorbot.settings import SHUTDOWN_GRACE_S, ApiSettings
from storage import Database

log = logging.getLogger(__name__)


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
    member_lookup: MemberLookup | None = None,
    is_connected: Callable[[], bool] | None = None,
) -> AsyncIterator[int]:
    """Serve the REST API while the context is open; yields the port.

    On exit, requests in progress may finish. `member_lookup` and `is_connected` are passed to
    `create_app`. Raises `CannotStart`.
    """
    require_keys(settings)
    app = create_app(
        database, api_options(settings), member_lookup=member_lookup, is_connected=is_connected
    )
    # Bind here: if uvicorn can't bind, it ends the whole process.
    sock = socket.socket(
        socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
        socket.SOCK_STREAM,
        # asyncio only turns off Nagle's algorithm, which delays each response by 40 ms, if the
        # protocol is given.
        socket.IPPROTO_TCP,
    )
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
        # From here on, clients can connect and wait until uvicorn answers.
        sock.listen()
    except OSError as error:
        sock.close()
        raise CannotStart(
            f"The API can't listen at {settings.host}:{settings.port}: {error.strerror}."
        ) from None
    server = _Server(
        uvicorn.Config(
            app,
            # uvicorn calls it with the arguments of a protocol class.
            http=ConnectionLimits(most_connections(settings.max_connections)).protocol,  # type: ignore[arg-type]
            # A WebSocket's connection would leave the protocol that counts connections.
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(SHUTDOWN_GRACE_S),
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[sock]), name="api")
    port: int = sock.getsockname()[1]
    log.info("API listening", extra={"host": settings.host, "port": port})
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signal handling to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
