"""Stand-ins for the meeting providers' servers.

They answer as the providers' documentation says, and note each request that it doesn't allow. A
test can let the next requests fail, before they are carried out or after, when only the answer is
lost.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Answer = tuple[int, dict[str, Any] | None]


@dataclass
class Fault:
    """What happens to one request. `carried_out` tells that the server does what was asked.

    `status` 0 closes the connection, -1 never answers, -2 answers with something that isn't JSON.
    """

    status: int
    carried_out: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    only: str = ""
    """A method and the beginning of a path, such as `POST /users`; empty for any request."""
    skip: int = 0
    """Requests that it lets pass before."""


@dataclass
class StandIn:
    """A server with its state. `violations` are requests that the documentation doesn't allow."""

    port: int = 0
    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_down: bool = False
    on_request: Callable[[str, bool], Awaitable[None]] | None = None
    """Called before (False) and after (True) a request was carried out."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def violate(self, text: str) -> None:
        self.violations.append(text)

    def check(self, content: Any, where: str, kinds: dict[str, Any], required: set[str]) -> None:
        """Compare a request's fields with their documented types."""
        if not isinstance(content, dict):
            self.violate(f"{where}: no object")
            return
        for name in required - content.keys():
            self.violate(f"{where}: {name} is missing")
        for name, value in content.items():
            kind = kinds.get(name)
            if kind is None:
                self.violate(f"{where}: {name} isn't documented")
            elif isinstance(kind, dict):
                self.check(value, f"{where}.{name}", kind, set())
            elif callable(kind) and not isinstance(kind, type):
                if not kind(value):
                    self.violate(f"{where}: {name} is {value!r}")
            elif type(value) is not kind:
                self.violate(f"{where}: {name} is {value!r}")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.path}"
        self.requests.append(line)
        if self.on_request is not None:
            await self.on_request(line, False)
        fault = next((each for each in self.faults if line.startswith(each.only)), None)
        if fault is not None and fault.skip:
            fault.skip -= 1
            fault = None
        if self.is_down:
            return await self._fail(request, Fault(503))
        if fault is not None:
            self.faults.remove(fault)
            if fault.carried_out:
                await self.answer(request)
            return await self._fail(request, fault)
        status, content = await self.answer(request)
        if self.on_request is not None:
            await self.on_request(line, True)
        if content is None:
            return web.Response(status=status)
        return web.json_response(content, status=status)

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.status == -1:
            await asyncio.sleep(3600)
        if fault.status == 0:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if fault.status == -2:
            return web.Response(text="<html>It works!</html>", content_type="text/html")
        content = {"code": fault.status, "message": "failed on purpose", "error": "failed"}
        return web.json_response(content, status=fault.status, headers=fault.headers)

    async def answer(self, request: web.Request) -> Answer:
        raise NotImplementedError


def _is_utc_start(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value))


_ZOOM_SETTINGS = {
    "approval_type": lambda value: value in (0, 1, 2),
    "join_before_host": bool,
    "jbh_time": lambda value: value in (0, 5, 10, 15),
    "waiting_room": bool,
}
_ZOOM_MEETING = {
    "topic": lambda value: isinstance(value, str) and 0 < len(value) <= 200,
    "type": lambda value: value in (1, 2, 3, 8, 10),
    "start_time": _is_utc_start,
    "duration": lambda value: type(value) is int and value > 0,
    "timezone": str,
    "agenda": lambda value: isinstance(value, str) and len(value) <= 2_000,
    "settings": _ZOOM_SETTINGS,
}
_ZOOM_LIST_TYPES = {"scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"}


@dataclass
class ZoomStandIn(StandIn):
    """https://developers.zoom.us/docs/api/meetings/ and the login of server-to-server apps."""

    account_id: str = "account-1"
    client_id: str = "client-1"
    client_secret: str = "zoom-secret-1"
    users: tuple[str, ...] = ("host@example.com",)
    meetings: dict[int, dict[str, Any]] = field(default_factory=dict)
    created: int = 0
    logins: int = 0
    token_seconds: int = 3_599
    _tokens: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(85_746_065_432))

    def withdraw_tokens(self) -> None:
        """Let all tokens be invalid from now on."""
        self._tokens.clear()

    async def answer(self, request: web.Request) -> Answer:
        if request.path == "/oauth/token":
            return self._log_in(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            return 401, {"code": 124, "message": "Invalid access token."}
        path = request.path.removeprefix("/v2")
        if found := re.fullmatch(r"/users/([^/]+)/meetings", path):
            if found[1] not in self.users:
                return 404, {"code": 1001, "message": f"User does not exist: {found[1]}."}
            if request.method == "POST":
                return 201, self._create(found[1], await request.json())
            if request.method == "GET":
                return 200, self._list(request, found[1])
        if found := re.fullmatch(r"/meetings/(\d+)", path):
            number = int(found[1])
            if number not in self.meetings:
                return 404, {"code": 3001, "message": f"Meeting does not exist: {number}."}
            return await self._change(request, number)
        self.violate(f"{request.method} {request.path} isn't documented")
        return 404, None

    def _log_in(self, request: web.Request) -> Answer:
        if request.method != "POST":
            self.violate("the login needs POST")
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.query.get("grant_type") != "account_credentials":
            return 400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}
        if request.headers.get("Authorization") != f"Basic {pair}":
            return 400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}
        if request.query.get("account_id") != self.account_id:
            return 400, {"reason": "Bad Request", "error": "invalid_request"}
        self.logins += 1
        token = f"token-{self.logins}"
        self._tokens.add(token)
        content = {"access_token": token, "token_type": "bearer", "expires_in": self.token_seconds}
        return 200, {**content, "scope": "meeting:write:meeting:admin"}

    def _create(self, user: str, content: dict[str, Any]) -> dict[str, Any]:
        self.check(content, "POST meeting", _ZOOM_MEETING, {"topic", "type", "start_time"})
        number = next(self._numbers)
        self.created += 1
        self.meetings[number] = {"id": number, "host": user, **content}
        return self._shown(number, whole=True)

    def _shown(self, number: int, *, whole: bool) -> dict[str, Any]:
        meeting = self.meetings[number]
        names = ("id", "topic", "type", "start_time", "duration", "timezone")
        shown = {name: meeting[name] for name in names}
        # Lists have the beginning of the agenda only.
        shown["agenda"] = meeting["agenda"] if whole else meeting["agenda"][:250]
        shown["join_url"] = f"https://us02web.zoom.us/j/{number}?pwd=bGFzdA.{number % 97}"
        return {**shown, "created_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}

    def _list(self, request: web.Request, user: str) -> dict[str, Any]:
        kind, size = request.query.get("type", "scheduled"), request.query.get("page_size", "30")
        if kind not in _ZOOM_LIST_TYPES or not 1 <= int(size) <= 300:
            self.violate(f"GET meetings: type {kind}, page_size {size}")
        first = int(request.query.get("next_page_token") or 0)
        numbers = [number for number, each in self.meetings.items() if each["host"] == user]
        page = numbers[first : first + int(size)]
        rest = numbers[first + int(size) :]
        return {
            "page_size": int(size),
            "total_records": len(numbers),
            "next_page_token": str(first + int(size)) if rest else "",
            "meetings": [self._shown(number, whole=False) for number in page],
        }

    async def _change(self, request: web.Request, number: int) -> Answer:
        if request.method == "GET":
            return 200, self._shown(number, whole=True)
        if request.method == "DELETE":
            known = {"occurrence_id", "schedule_for_reminder", "cancel_meeting_reminder"}
            for name in request.query.keys() - known:
                self.violate(f"DELETE meeting: {name} isn't documented")
            del self.meetings[number]
            return 204, None
        if request.method == "PATCH":
            content = await request.json()
            self.check(content, "PATCH meeting", _ZOOM_MEETING, set())
            self.meetings[number] |= content
            return 204, None
        self.violate(f"{request.method} of a meeting isn't documented")
        return 405, None


_DAILY_PROPERTIES = {"nbf": int, "exp": int, "eject_at_room_exp": bool, "max_participants": int}
_DAILY_ROOM = {
    "name": lambda value: (
        isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value))
    ),
    "privacy": lambda value: value in ("public", "private"),
    "properties": _DAILY_PROPERTIES,
}


@dataclass
class DailyStandIn(StandIn):
    """https://docs.daily.co/reference/rest-api/rooms."""

    api_key: str = "daily-key-1"
    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    created: int = 0

    async def answer(self, request: web.Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return 401, {"error": "authentication-error"}
        path = request.path.removeprefix("/v1")
        if path == "/" and request.method == "GET":
            return 200, {"domain_name": "community", "config": {}}
        if path == "/rooms" and request.method == "POST":
            return self._create(await request.json())
        if found := re.fullmatch(r"/rooms/([A-Za-z0-9_-]{1,128})", path):
            name = found[1]
            if name not in self.rooms:
                return 404, {"error": "not-found"}
            if request.method == "DELETE":
                del self.rooms[name]
                return 200, {"deleted": True, "name": name}
            if request.method == "POST":
                content = await request.json()
                kinds = {name: _DAILY_ROOM[name] for name in ("privacy", "properties")}
                self.check(content, "POST room", kinds, set())
                self.rooms[name]["config"] |= content.get("properties", {})
                return 200, self.rooms[name]
        self.violate(f"{request.method} {request.path} isn't documented")
        return 404, {"error": "not-found"}

    def _create(self, content: dict[str, Any]) -> Answer:
        self.check(content, "POST rooms", _DAILY_ROOM, set())
        name = content.get("name", "random")
        if name in self.rooms:
            info = f"a room named {name} already exists"
            return 400, {"error": "invalid-request-error", "info": info}
        self.created += 1
        self.rooms[name] = {
            "id": f"5e3cf703-5547-47d6-a371-{self.created:012}",
            "name": name,
            "api_created": True,
            "privacy": content.get("privacy", "public"),
            "url": f"https://community.daily.co/{name}",
            "created_at": "2026-01-01T00:00:00.000Z",
            "config": content.get("properties", {}),
        }
        return 200, self.rooms[name]


@asynccontextmanager
async def serving(server: StandIn) -> AsyncIterator[None]:
    """Serve a stand-in at a free port while the context is open."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", server.port)
        await site.start()
        server.port = runner.addresses[0][1]
        yield
    finally:
        await runner.cleanup()
