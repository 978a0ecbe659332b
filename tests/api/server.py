"""The API, listening at a real socket, and tokens such as a main app signs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.middleware import BASE_PATH
from api.options import ModeratorSource, Options, TokenRules
from mentorship.actors import Actor
from storage import Database

SECRET = "a secret that is long enough for HS256, as RFC 7518 asks"
RULES = TokenRules(secret=SECRET)
OPTIONS = Options(RULES, moderators=ModeratorSource.TOKEN, requests_per_minute=100_000)


def claims(user_id: int, guild: int, scope: str | None = "member", **others: Any) -> dict[str, Any]:
    """What a valid token says, but for `others`; None leaves a claim out."""
    said = {
        "sub": str(user_id),
        "guild_id": str(guild),
        "scope": scope,
        "iss": RULES.issuer,
        "aud": RULES.audience,
        "exp": int(time.time()) + 3600,
    } | others
    return {name: value for name, value in said.items() if value is not None}


def token(user_id: int, guild: int, scope: str | None = "member", **others: Any) -> str:
    return jwt.encode(claims(user_id, guild, scope, **others), SECRET, "HS256")


@dataclass(frozen=True)
class Api:
    """A server at `address`; clients are asked for by who calls."""

    address: str
    clients: list[httpx.AsyncClient]

    def bearer(self, credentials: str | None, **headers: str) -> httpx.AsyncClient:
        """A client that sends this token, or none."""
        sent = headers | ({"Authorization": f"Bearer {credentials}"} if credentials else {})
        client = httpx.AsyncClient(
            base_url=self.address + BASE_PATH,
            headers=sent,
            timeout=30,
            verify=False,  # there is nothing to verify, and reading all certificates takes its time
        )
        self.clients.append(client)
        return client

    def as_(self, actor: Actor, scope: str = "member", **headers: str) -> httpx.AsyncClient:
        """A client with a valid token of that person."""
        return self.bearer(token(actor.user_id, actor.guild, scope, name=actor.name), **headers)


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[Api]:
    """`app` at a free port of this machine, until the block ends."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    api = Api(f"http://127.0.0.1:{listener.getsockname()[1]}", [])
    try:
        yield api
    finally:
        for client in api.clients:
            await client.aclose()
        server.should_exit = True
        await serving


@asynccontextmanager
async def served(database: Database, options: Options = OPTIONS, **more: Any) -> AsyncIterator[Api]:
    """The API over a database."""
    async with listening(create_app(database, options, **more)) as api:
        yield api


class _no_signals:
    """In place of uvicorn's handlers, which are the program's."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
