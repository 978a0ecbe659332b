"""The control room, the demo's first page: its routes, and the JSON for its script."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from importlib import resources

from aiohttp import web

from mentorbot.demo import page_state
from mentorbot.demo.page_state import Demo
from mentorbot.demo.simulated_discord import ChannelNotFound

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC = resources.files("mentorbot.demo") / "static"
_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "ics": "text/calendar",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
}
SKIP_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
MAX_SKIPS_SHOWN = 6


class RequestRefused(Exception):
    """The request can't be fulfilled now; `str()` says why, in a sentence for the visitor."""


@contextmanager
def bind_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Open a listening socket on `port`, or on a free port if that is taken."""
    try:
        sock = socket.create_server((host, port))
    except OSError:
        sock = socket.create_server((host, 0))
    with sock:
        yield sock


class ControlRoom:
    """The page on which the visitor chooses a persona and moves the clock.

    `ready` is set while there is a demo; `restart_requested` once the visitor wants a new one.
    """

    url = ""
    port = 0

    def __init__(self) -> None:
        self.ready, self.restart_requested = asyncio.Event(), asyncio.Event()
        self._demo: Demo | None = None

    @property
    def demo(self) -> Demo:
        """The running demo. Raises `RequestRefused` while the next one is being created."""
        if self._demo is None:
            raise RequestRefused("The demo is starting again; that takes a few seconds.")
        return self._demo

    def set_demo(self, demo: Demo) -> None:
        """Start answering for a new demo."""
        self._demo = demo
        self.restart_requested.clear()
        self.ready.set()

    def clear_demo(self) -> None:
        """Stop answering for the current demo."""
        self._demo = None
        self.ready.clear()

    @asynccontextmanager
    async def open(self, sock: socket.socket) -> AsyncIterator[ControlRoom]:
        """Serve the page on a listening socket while the context is open."""
        app = web.Application(middlewares=[self._middleware], client_max_size=4_096)
        app.add_routes(
            [
                web.get("/", self.index),
                web.get("/static/{name}", self.static),
                web.get("/avatars/{key}.png", self.avatar),
                web.get("/open/{person}/{channel}", self.open_channel),
                web.get("/api/state", self.state),
                web.post("/api/skip", self.skip),
                web.post("/api/seen", self.seen),
                web.post("/api/restart", self.restart),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.SockSite(runner, sock).start()
            host, self.port = sock.getsockname()[:2]
            self.url = f"http://{host}:{self.port}/"
            yield self
        finally:
            await runner.cleanup()

    # ------------------------------------------------------------------ security and errors

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse requests from other pages, and turn every error into a sentence."""
        try:
            self._require_own_page(request)
            response = await handler(request)
        except ChannelNotFound as error:
            response = self._error_response(request, str(error), 404)
        except RequestRefused as error:
            response = self._error_response(request, str(error), 409)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as error:
            response = self._error_response(
                request, f"The request failed: {error.reason}.", error.status
            )
        except Exception:
            log.exception("control room request failed", extra={"path": request.path})
            response = self._error_response(
                request,
                "Something went wrong in the demo; the terminal has the details. You can go on, or "
                "stop it with Ctrl-C and start it again.",
                500,
            )
        response.headers.update(_HEADERS)
        return response

    def _require_own_page(self, request: web.Request) -> None:
        # Prevents DNS rebinding: another site's host name may resolve to this machine.
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if request.host not in hosts:
            raise web.HTTPForbidden(reason="the demo only answers at its own address")
        if request.method == "POST":
            origin = request.headers.get("Origin")
            if origin is not None and origin.removeprefix("http://") not in hosts:
                raise web.HTTPForbidden(reason="it came from another page")
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType(reason="the body must be JSON")

    def _error_response(self, request: web.Request, text: str, status: int) -> web.Response:
        if request.path.startswith("/api/"):
            return web.json_response({"error": text}, status=status)
        page = (STATIC / "error.html").read_text("utf-8").replace("{{text}}", html.escape(text))
        return web.Response(text=page, content_type="text/html", status=status)

    # ------------------------------------------------------------------ pages

    async def index(self, _request: web.Request) -> web.Response:
        return self._file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["name"])

    def _file(self, name: str) -> web.Response:
        content_type = _TYPES.get(name.rpartition(".")[2])
        if content_type is None or name not in {entry.name for entry in STATIC.iterdir()}:
            raise web.HTTPNotFound(reason="there is no such page")
        return web.Response(text=(STATIC / name).read_text("utf-8"), content_type=content_type)

    async def avatar(self, request: web.Request) -> web.Response:
        png = self.demo.server.avatar_png(request.match_info["key"])
        if png is None:
            raise web.HTTPNotFound(reason="there is nobody of that name")
        return web.Response(body=png, content_type="image/png")

    async def open_channel(self, request: web.Request) -> web.Response:
        """Open a channel as a persona, and redirect to its page."""
        url = await self.demo.server.open_channel(
            request.match_info["person"], request.match_info["channel"]
        )
        raise web.HTTPSeeOther(url, headers=_HEADERS)

    # ------------------------------------------------------------------ JSON for the script

    async def state(self, _request: web.Request) -> web.Response:
        """Return what the page shows."""
        return web.json_response(await page_state.load_state(self.demo))

    async def seen(self, _request: web.Request) -> web.Response:
        """Mark the open channel as read, and return the state."""
        self.demo.server.mark_read()
        return web.json_response(await page_state.load_state(self.demo))

    async def skip(self, request: web.Request) -> web.Response:
        """Move the clock by `{"to": "hour"}`, `"day"` or `"session"`, and return the state."""
        try:
            body = await request.json()
            target = body["to"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            raise RequestRefused(
                "Say where to skip to: an hour, a day or the next session."
            ) from None
        demo = self.demo
        result = await demo.clock.skip(lambda: self._skip_target(target))
        demo.skips = [page_state.skip_to_json(demo, result), *demo.skips][:MAX_SKIPS_SHOWN]
        return web.json_response(await page_state.load_state(self.demo))

    async def restart(self, _request: web.Request) -> web.Response:
        """Create a new demo, and return its state once it is ready."""
        if self.demo is not None:  # raises `RequestRefused` if one is being created already
            self.clear_demo()
        self.restart_requested.set()
        await self.ready.wait()
        return web.json_response(await page_state.load_state(self.demo))

    async def _skip_target(self, target: object) -> datetime:
        now = self.demo.clock.now()
        if target == "session":
            next_session = await self.demo.sessions.next()
            if next_session is None:
                raise RequestRefused(
                    "No later session is booked. Book one first: as Maya, in #mentorship."
                )
            return next_session.skip_to
        span = SKIP_SPANS.get(target) if isinstance(target, str) else None
        if span is None:
            raise RequestRefused("The clock can skip an hour, a day, or to the next session.")
        return now + span
