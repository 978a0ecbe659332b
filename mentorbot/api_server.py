"""The REST API as the program serves it: from the settings to a listening server."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.auth import Verifier
from api.identity import People
from api.keys import UnusableKeys
from api.options import ALGORITHMS, Options, TokenRules
from mentorbot.errors import CannotStart
from mentorbot.settings import ApiSettings
from mentorbot.shutdown import GRACE
from storage import Database

log = logging.getLogger(__name__)


def options(settings: ApiSettings) -> Options:
    """What the API is to be like, as the settings say."""
    names = settings.algorithms.split()
    return Options(
        tokens=TokenRules(
            algorithms=tuple(each for each in ALGORITHMS if each in names),
            secret=settings.secret.get_secret_value(),
            public_key=_path(settings.public_key_file),
            jwks=_path(settings.jwks_file),
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
    """Raise `CannotStart` unless there is something to check tokens with."""
    try:
        Verifier(options(settings).tokens)
    except UnusableKeys as error:
        raise CannotStart(str(error)) from None


def _path(written: str) -> Path | None:
    return Path(written).expanduser() if written else None


@asynccontextmanager
async def served(
    settings: ApiSettings,
    database: Database,
    *,
    people: People | None = None,
    connected: Callable[[], bool] | None = None,
) -> AsyncIterator[int]:
    """The REST API, listening; gives its port. At the end, calls that run are finished.

    `people` and `connected` are those of `create_app`. Raises `CannotStart`.
    """
    require_keys(settings)
    app = create_app(database, options(settings), people=people, connected=connected)
    # uvicorn would end the whole program when it can't listen.
    listening = socket.socket(
        socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
        socket.SOCK_STREAM,
        # Named, or asyncio leaves Nagle's algorithm on and each answer waits 40 ms for an ACK.
        socket.IPPROTO_TCP,
    )
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        # From here on, whoever comes is answered, if only once uvicorn is there.
        listening.listen()
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"The API can't listen at {settings.host}:{settings.port}: {error.strerror}."
        ) from None
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(GRACE),
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="api")
    port: int = listening.getsockname()[1]
    log.info("the API listens", extra={"host": settings.host, "port": port})
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
