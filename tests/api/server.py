"""Serve the API on a real socket, and create tokens as a main app does."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import jwt
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.middleware import BASE_PATH
from api.options import ModeratorSource, Options, TokenRules
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorship.actors import Actor
from storage import Database

SECRET = "a secret that is long enough for HS256, as RFC 7518 asks"
TOKEN_RULES = TokenRules(secret=SECRET)
OPERATOR_PATHS = {"/healthz", "/readyz", "/metrics"}
OPTIONS = Options(TOKEN_RULES, moderators=ModeratorSource.TOKEN, requests_per_minute=100_000)


def token_claims(
    user_id: int, guild: int, scope: str | None = "member", **others: Any
) -> dict[str, Any]:
    """Return the claims of a valid token, changed by `others`; None removes a claim."""
    payload = {
        "sub": str(user_id),
        "guild_id": str(guild),
        "scope": scope,
        "iss": TOKEN_RULES.issuer,
        "aud": TOKEN_RULES.audience,
        "exp": int(time.time()) + 3600,
    } | others
    return {name: value for name, value in payload.items() if value is not None}


def create_token(user_id: int, guild: int, scope: str | None = "member", **others: Any) -> str:
    return jwt.encode(token_claims(user_id, guild, scope, **others), SECRET, "HS256")


@dataclass(frozen=True)
class ApiServer:
    """A running server at `address`, and its clients, which are closed with it."""

    address: str
    clients: list[httpx.AsyncClient]

    def client_with_token(self, token: str | None, **headers: str) -> httpx.AsyncClient:
        """Return a client that sends this token, or none."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        client = httpx.AsyncClient(
            base_url=self.address + BASE_PATH,
            headers=headers,
            timeout=30,
            verify=False,  # Plain HTTP; loading the certificates takes time.
        )
        self.clients.append(client)
        return client

    def client_of(self, actor: Actor, scope: str = "member", **headers: str) -> httpx.AsyncClient:
        """Return a client with a valid token for that person."""
        return self.client_with_token(
            create_token(actor.user_id, actor.guild, scope, name=actor.name), **headers
        )


@asynccontextmanager
async def serve_app(app: FastAPI, **config: Any) -> AsyncIterator[ApiServer]:
    """Serve `app` on a free local port while the context is open. `config` is for uvicorn."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", **config)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    api = ApiServer(f"http://127.0.0.1:{listener.getsockname()[1]}", [])
    try:
        yield api
    finally:
        for client in api.clients:
            await client.aclose()
        server.ended.set()
        await serving


@asynccontextmanager
async def serve_api(
    database: Database, options: Options = OPTIONS, **more: Any
) -> AsyncIterator[ApiServer]:
    """Serve the API of a database while the context is open. `more` goes to `create_app`."""
    monitor = ProcessMonitor(database, Role.API)
    async with serve_app(create_app(database, options, monitor=monitor, **more)) as api:
        yield api


class _Server(uvicorn.Server):
    """Ends as soon as `ended` is set, and leaves signals to pytest.

    uvicorn looks every 0.1 s whether it should end, and then waits as long for its connections.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    def capture_signals(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def main_loop(self) -> None:
        # Sets the headers that all responses have.
        await self.on_tick(0)
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in (*self.servers, *(sockets or ())):
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections or state.tasks:
            await asyncio.sleep(0)


@cache
def openapi_document() -> dict[str, Any]:
    """Return the API's description of itself, which is the same whatever the database."""
    return create_app(Database("sqlite+aiosqlite:///unused.db"), OPTIONS).openapi()


@cache
def served_document() -> dict[str, Any]:
    """Return the document as a server has it, with the paths for operators."""
    database = Database("sqlite+aiosqlite:///unused.db")
    return create_app(database, OPTIONS, monitor=ProcessMonitor(database, Role.API)).openapi()


def list_operations() -> set[tuple[str, str]]:
    """Return method and path, without `BASE_PATH`, of every operation that needs a token."""
    paths = openapi_document()["paths"]
    return {
        (method.upper(), path.removeprefix(BASE_PATH))
        for path, operations in paths.items()
        if path not in OPERATOR_PATHS
        for method in operations
    }


def booking_body(mentor_id: int | str, **changes: Any) -> dict[str, Any]:
    """Return the body of a booking of an hour on Tuesday noon; a change to None removes a field."""
    body = {
        "mentorId": str(mentor_id),
        "duration": 60,
        "timezone": "America/New_York",
        "scheduledAt": "2026-03-03T12:00:00Z",
    } | changes
    return {name: value for name, value in body.items() if value is not None}
