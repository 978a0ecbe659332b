"""The demo's first page, the control room: its routes, and the JSON that its script asks for."""

from __future__ import annotations

import html
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from aiohttp import web

from mentorbot.demo.door import Door
from mentorbot.demo.stage import Arrival, NoSuchPlace, Stage
from mentorbot.demo.timekeeping import Skipped, Timekeeper
from mentorbot.demo.tour import Ahead, Tour
from storage import Database

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
    """The page from which one chooses whom to be, and moves the clock."""

    url = ""
    port = 0
    door: Door | None = None

    def __init__(self, stage: Stage, clock: Timekeeper, db: Database) -> None:
        self.stage = stage
        self.clock = clock
        self.tour = Tour(stage, db)
        self._skipped: list[dict[str, Any]] = []

    @asynccontextmanager
    async def open(self, listening: socket.socket) -> AsyncIterator[ControlRoom]:
        """Answer on a listening socket until left."""
        await self.tour.begin()
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
        png = self.stage.picture_of(request.match_info["key"])
        if png is None:
            raise web.HTTPNotFound(reason="there is nobody of that name")
        return web.Response(body=png, content_type="image/png")

    async def show(self, request: web.Request) -> web.Response:
        """Show a place as a person sees it, and go there."""
        url = await self.stage.show(request.match_info["person"], request.match_info["place"])
        raise web.HTTPSeeOther(url, headers=_HEADERS)

    # ------------------------------------------------------------------ the script's questions

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._state())

    async def seen(self, _request: web.Request) -> web.Response:
        """The person has looked at the place on show."""
        self.stage.seen()
        return web.json_response(await self._state())

    async def skip(self, request: web.Request) -> web.Response:
        """Move the clock: `{"to": "hour"}`, `"day"` or `"session"`."""
        try:
            asked = await request.json()
            to = asked["to"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            raise Refused("Say where to skip to: an hour, a day or the next session.") from None
        done = await self.clock.skip(lambda: self._target(to))
        self._skipped = [self._told(done), *self._skipped][:6]
        return web.json_response(await self._state())

    async def _target(self, to: object) -> datetime:
        now = self.clock.now()
        if to == "session":
            ahead = await self.tour.next_session()
            if ahead is None:
                raise Refused("No session is ahead. Book one first: as Maya, in #mentorship.")
            return ahead.skip_to
        span = SKIPS.get(to) if isinstance(to, str) else None
        if span is None:
            raise Refused("The clock can skip an hour, a day, or to the next session.")
        return now + span

    async def _state(self) -> dict[str, Any]:
        await self.tour.bring_on_booked()
        ahead = await self.tour.next_session()
        steps = await self.tour.steps()
        on_show = self.stage.on_show()
        return {
            "now": self.clock.now().isoformat(),
            "utc": self.stage.clock("UTC"),
            "people": [
                {
                    "key": person.key,
                    "name": person.name,
                    "firstName": person.first_name,
                    "does": person.does,
                    "city": person.city,
                    "colour": person.colour,
                    "clock": self.stage.clock(person.zone),
                    "places": [
                        {
                            "key": place.key,
                            "label": place.label,
                            "unread": self.stage.unread(person, place),
                            "onShow": on_show == (person.key, place.key),
                        }
                        for place in person.places
                    ],
                }
                for person in self.stage.people.values()
            ],
            "next": self._ahead(ahead) if ahead else None,
            "steps": [
                {
                    "title": step.title,
                    "text": step.text,
                    "button": step.button,
                    "person": step.person.key if step.person else None,
                    "place": step.place.key if step.place else None,
                    "done": done,
                }
                for step, done in steps
            ],
            "skipped": self._skipped,
        }

    def _ahead(self, ahead: Ahead) -> dict[str, Any]:
        session = ahead.session
        names = (session.mentee.name, session.mentor.name)
        return {
            "who": " meets ".join(name.partition(" ")[0] for name in names),
            "when": self.stage.clock_at(session.starts_at, "UTC"),
            "agreed": ahead.mentor_agreed,
            "mentor": session.mentor.name.partition(" ")[0],
        }

    def _told(self, done: Skipped) -> dict[str, Any]:
        """What a skip brought, for the page: one line for each message on the stage."""

        def line(arrival: Arrival) -> dict[str, str]:
            person = self.stage.people[arrival.person]
            place = next(place for place in person.places if place.key == arrival.place)
            return {
                "person": person.key,
                "name": person.first_name,
                "place": place.key,
                "label": place.label,
                "text": arrival.text,
                "at": self.stage.clock_at(arrival.at, person.zone)["time"],
            }

        return {
            "from": self.stage.clock_at(done.since, "UTC"),
            "to": self.stage.clock_at(done.now, "UTC"),
            "arrivals": [line(arrival) for arrival in done.arrivals],
            "others": done.others,
        }
