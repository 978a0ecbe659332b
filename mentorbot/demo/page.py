"""The demo's first page, the control room: its routes, and the JSON that its script asks for."""

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
from mentorbot.demo.session_playback import Play
from mentorbot.demo.simulated_discord import NoSuchPlace

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC = resources.files("mentorbot.demo") / "static"
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
}
SKIPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Refused(Exception):
    """What was asked can't be done; the message says why, in a sentence."""


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket on `port`, or on a free one if that is taken."""
    try:
        found = socket.create_server((host, port))
    except OSError:
        found = socket.create_server((host, 0))
    with found:
        yield found


class ControlRoom:
    """The page from which one chooses whom to be, and moves the clock.

    `curtain` is set while a play is on, and `afresh` once the visitor wants another.
    """

    url = ""
    port = 0

    def __init__(self) -> None:
        self.curtain, self.afresh = asyncio.Event(), asyncio.Event()
        self._play: Play | None = None

    @property
    def play(self) -> Play:
        """What is on. Raises `Refused` while the next play is put up."""
        if self._play is None:
            raise Refused("The stage is being set again; that takes a few seconds.")
        return self._play

    def raise_curtain(self, play: Play) -> None:
        """A play has begun."""
        self._play = play
        self.afresh.clear()
        self.curtain.set()

    def lower_curtain(self) -> None:
        """The play is over; nothing of it is left."""
        self._play = None
        self.curtain.clear()

    @asynccontextmanager
    async def open(self, listening: socket.socket) -> AsyncIterator[ControlRoom]:
        """Answer on a listening socket until left."""
        app = web.Application(middlewares=[self._guarded], client_max_size=4_096)
        app.add_routes(
            [
                web.get("/", self.index),
                web.get("/static/{name}", self.static),
                web.get("/portraits/{key}.png", self.portrait),
                web.get("/open/{person}/{place}", self.show),
                web.get("/api/state", self.state),
                web.post("/api/skip", self.skip),
                web.post("/api/seen", self.seen),
                web.post("/api/afresh", self.begin_afresh),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            host, self.port = listening.getsockname()[:2]
            self.url = f"http://{host}:{self.port}/"
            yield self
        finally:
            await runner.cleanup()

    # ------------------------------------------------------------------ safety

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer this machine's browser only, and turn whatever goes wrong into a sentence."""
        try:
            self._require_ours(request)
            response = await handler(request)
        except NoSuchPlace as error:
            response = self._sentence(request, str(error), 404)
        except Refused as error:
            response = self._sentence(request, str(error), 409)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as error:
            response = self._sentence(
                request, f"That can't be answered: {error.reason}.", error.status
            )
        except Exception:
            log.exception("the control room failed", extra={"path": request.path})
            response = self._sentence(
                request,
                "That went wrong in the demo itself; the details are in the terminal. "
                "You can go on, or end it with Ctrl-C and start afresh.",
                500,
            )
        response.headers.update(_HEADERS)
        return response

    def _require_ours(self, request: web.Request) -> None:
        # A page elsewhere must not reach the demo by a name that it points at this machine.
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if request.host not in hosts:
            raise web.HTTPForbidden(reason="the demo answers at its own address only")
        if request.method == "POST":
            origin = request.headers.get("Origin")
            if origin is not None and origin.removeprefix("http://") not in hosts:
                raise web.HTTPForbidden(reason="another page asked")
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType(reason="JSON is expected")

    def _sentence(self, request: web.Request, text: str, status: int) -> web.Response:
        if request.path.startswith("/api/"):
            return web.json_response({"error": text}, status=status)
        page = (STATIC / "sorry.html").read_text("utf-8").replace("{{text}}", html.escape(text))
        return web.Response(text=page, content_type="text/html", status=status)

    # ------------------------------------------------------------------ pages

    async def index(self, _request: web.Request) -> web.Response:
        return self._file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["name"])

    def _file(self, name: str) -> web.Response:
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in {entry.name for entry in STATIC.iterdir()}:
            raise web.HTTPNotFound(reason="there is no such page")
        return web.Response(text=(STATIC / name).read_text("utf-8"), content_type=kind)

    async def portrait(self, request: web.Request) -> web.Response:
        png = self.play.stage.picture_of(request.match_info["key"])
        if png is None:
            raise web.HTTPNotFound(reason="there is nobody of that name")
        return web.Response(body=png, content_type="image/png")

    async def show(self, request: web.Request) -> web.Response:
        """Show a place as a person sees it, and go there."""
        url = await self.play.stage.show(request.match_info["person"], request.match_info["place"])
        raise web.HTTPSeeOther(url, headers=_HEADERS)

    # ------------------------------------------------------------------ the script's questions

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(await page_state.state(self.play))

    async def seen(self, _request: web.Request) -> web.Response:
        """The person has looked at the place on show."""
        self.play.stage.seen()
        return web.json_response(await page_state.state(self.play))

    async def skip(self, request: web.Request) -> web.Response:
        """Move the clock: `{"to": "hour"}`, `"day"` or `"session"`."""
        try:
            asked = await request.json()
            to = asked["to"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            raise Refused("Say where to skip to: an hour, a day or the next session.") from None
        play = self.play
        done = await play.clock.skip(lambda: self._target(to))
        play.skipped = [page_state.skipped(play, done), *play.skipped][:6]
        return web.json_response(await page_state.state(self.play))

    async def begin_afresh(self, _request: web.Request) -> web.Response:
        """Everything from the beginning; answers once the stage is set again."""
        if self.play is not None:  # which refuses, while it is being set already
            self.lower_curtain()
        self.afresh.set()
        await self.curtain.wait()
        return web.json_response(await page_state.state(self.play))

    async def _target(self, to: object) -> datetime:
        now = self.play.clock.now()
        if to == "session":
            ahead = await self.play.tour.next_session()
            if ahead is None:
                raise Refused("No session is ahead. Book one first: as Maya, in #mentorship.")
            return ahead.skip_to
        span = SKIPS.get(to) if isinstance(to, str) else None
        if span is None:
            raise Refused("The clock can skip an hour, a day, or to the next session.")
        return now + span
