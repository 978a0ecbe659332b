"""Somebody at the demo's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

pytest.importorskip("simcord", reason="the demo needs simcord")

from mentorbot.demo import lifespan
from mentorbot.demo.community import MAYA, OLIVER, TODAY
from mentorbot.demo.page import ControlRoom
from mentorbot.demo.simulated_discord import MENTORSHIP, MESSAGES
from mentorship.availability import slot_queries
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest


class Visitor:
    """Somebody at the page: what its script asks, and what it is answered."""

    def __init__(self, room: ControlRoom, http: aiohttp.ClientSession) -> None:
        self.room = room
        self.http = http

    async def look(self) -> dict[str, Any]:
        async with self.http.get("/api/state") as answer:
            assert answer.status == 200
            state: dict[str, Any] = await answer.json()
            return state

    async def skip(self, to: object) -> tuple[int, dict[str, Any]]:
        async with self.http.post("/api/skip", json={"to": to}) as answer:
            return answer.status, await answer.json()

    async def open(self, person: str, place: str) -> str:
        """Where the link of a place leads."""
        async with self.http.get(f"/open/{person}/{place}", allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]

    async def place(self, person: str, place: str) -> dict[str, Any]:
        state = await self.look()
        shown = next(each for each in state["people"] if each["key"] == person)
        found: dict[str, Any] = next(each for each in shown["places"] if each["key"] == place)
        return found

    async def steps_done(self) -> list[bool]:
        return [step["done"] for step in (await self.look())["steps"]]

    async def settled(self) -> None:
        """Wait until what an act has caused is delivered."""
        await asyncio.sleep(0.05)
        await self.room.play.stage.alone(_nothing)


async def _nothing() -> None:
    pass


@asynccontextmanager
async def visiting() -> AsyncIterator[Visitor]:
    """A visitor of a demo of their own.

    It is put up and taken down by one task, since the simulation sets variables of its context.
    """
    ready: asyncio.Future[ControlRoom] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def show() -> None:
        async with lifespan.opened() as room:
            ready.set_result(room)
            await over.wait()

    showing = asyncio.create_task(show())
    await asyncio.wait((showing, ready), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not ready.done():
            await showing
        async with aiohttp.ClientSession(ready.result().url) as http:
            yield Visitor(ready.result(), http)
    finally:
        over.set()
        await showing


async def book(visitor: Visitor, mentor: str = OLIVER.key) -> int:
    """Book the mentor's next open time as Maya; the id of the session."""
    stage, db = visitor.room.play.stage, visitor.room.play.clock.db
    maya, host = stage.actor(MAYA.key), stage.actor(mentor)
    open_slots = await db.read(slot_queries.open_slots, maya, host.user_id)
    request = BookingRequest(host.user_id, open_slots.starts[0], open_slots.minutes, "Async")
    session = await db.run(booking.book, maya, request)
    await visitor.settled()
    return session.id


async def press(visitor: Visitor, person: str, label: str) -> None:
    stage = visitor.room.play.stage
    await stage.alone(lambda: stage.press(person, label))
    await visitor.settled()


async def walk_the_path(visitor: Visitor) -> None:
    assert visitor.room.play.clock.now() == TODAY
    assert await visitor.steps_done() == [False, False, False, False]
    await visitor.open(MAYA.key, MENTORSHIP.key)

    await book(visitor)

    assert await visitor.steps_done() == [True, False, False, False]
    assert (await visitor.place(OLIVER.key, MESSAGES.key))["unread"] == 1
    state = await visitor.look()
    assert state["next"]["who"] == "Maya meets Oliver"
    assert not state["next"]["agreed"]

    await visitor.open(OLIVER.key, MESSAGES.key)
    await press(visitor, OLIVER.key, "Confirm")

    assert await visitor.steps_done() == [True, True, False, False]
    assert (await visitor.look())["next"]["agreed"]
    assert (await visitor.place(MAYA.key, MESSAGES.key))["unread"] == 1

    status, state = await visitor.skip("session")

    assert status == 200
    assert [step["done"] for step in state["steps"]] == [True, True, True, False]
    latest = state["skipped"][0]["arrivals"]
    assert [(each["name"], each["at"]) for each in latest] == [
        ("Oliver", "17:00"),
        ("Maya", "13:00"),
        ("Oliver", "17:50"),
        ("Maya", "13:50"),
    ], "an hour and ten minutes before, each on their own clock"
    assert "10 minutes" in latest[-1]["text"]

    await visitor.open(MAYA.key, MESSAGES.key)

    assert await visitor.steps_done() == [True, True, True, True]
    await visitor.skip("day")
    assert await visitor.steps_done() == [True, True, True, True], "later messages undo nothing"
