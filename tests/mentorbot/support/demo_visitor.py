"""A visitor of the demo's control room, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

pytest.importorskip("simcord", reason="the demo needs simcord")

from mentorbot.demo import lifespan
from mentorbot.demo.community import MAYA, OLIVER, START
from mentorbot.demo.page import ControlRoom
from mentorbot.demo.past.plans import Plan
from mentorbot.demo.simulated_discord import DIRECT_MESSAGES, MENTORSHIP
from mentorship.availability import slot_queries
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest


class Visitor:
    """Sends the requests that the page's script sends."""

    def __init__(self, room: ControlRoom, http: aiohttp.ClientSession) -> None:
        self.room = room
        self.http = http

    async def state(self) -> dict[str, Any]:
        async with self.http.get("/api/state") as answer:
            assert answer.status == 200
            state: dict[str, Any] = await answer.json()
            return state

    async def skip(self, to: object) -> tuple[int, dict[str, Any]]:
        async with self.http.post("/api/skip", json={"to": to}) as answer:
            return answer.status, await answer.json()

    async def open(self, person: str, channel: str) -> str:
        """Open a channel; returns the address of its page."""
        async with self.http.get(f"/open/{person}/{channel}", allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]

    async def channel(self, person_key: str, channel_key: str) -> dict[str, Any]:
        """Return a channel of a person as the page shows it."""
        state = await self.state()
        person = next(each for each in state["people"] if each["key"] == person_key)
        channel: dict[str, Any] = next(
            each for each in person["channels"] if each["key"] == channel_key
        )
        return channel

    async def steps(self, tour: str = "booking") -> list[dict[str, Any]]:
        """Return the steps of a tour as the page shows them."""
        tours = {each["key"]: each["steps"] for each in (await self.state())["tours"]}
        steps: list[dict[str, Any]] = tours[tour]
        return steps

    async def steps_done(self, tour: str = "booking") -> list[bool]:
        return [step["done"] for step in await self.steps(tour)]

    async def settled(self) -> None:
        """Wait until pending notifications are delivered."""
        await asyncio.sleep(0.05)
        await self.room.demo.server.exclusively(_nothing)


async def _nothing() -> None:
    pass


@asynccontextmanager
async def visiting(plans: Sequence[Plan] = ()) -> AsyncIterator[Visitor]:
    """Start a demo, and yield a visitor of it.

    `plans` are the sessions of its regular members. Most tests don't need their nine months.

    One task starts and stops the demo, because the simulation sets context variables.
    """
    ready: asyncio.Future[ControlRoom] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def run() -> None:
        async with lifespan.open_demo(plans=plans) as room:
            ready.set_result(room)
            await done.wait()

    running = asyncio.create_task(run())
    await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not ready.done():
            await running
        async with aiohttp.ClientSession(ready.result().url) as http:
            yield Visitor(ready.result(), http)
    finally:
        done.set()
        await running


async def book(visitor: Visitor, mentor: str = OLIVER.key) -> int:
    """Book the mentor's next open slot as Maya; returns the session's id."""
    server, db = visitor.room.demo.server, visitor.room.demo.clock.db
    maya, host = server.actor(MAYA.key), server.actor(mentor)
    open_slots = await db.read(slot_queries.suggest_slots, maya, host.user_id)
    request = BookingRequest(host.user_id, open_slots.starts[0], open_slots.minutes, "Async")
    session = await db.run(booking.book, maya, request)
    await visitor.settled()
    return session.id


async def press(visitor: Visitor, person: str, label: str) -> None:
    """Press a button in someone's direct messages."""
    server = visitor.room.demo.server
    await server.exclusively(lambda: server.press_button(person, label))
    await visitor.settled()


async def complete_tour(visitor: Visitor) -> None:
    """Complete the guided tour, from booking to reminder, and check its progress."""
    assert visitor.room.demo.clock.now() == START
    assert await visitor.steps_done() == [False, False, False, False]
    await visitor.open(MAYA.key, MENTORSHIP.key)

    await book(visitor)

    assert await visitor.steps_done() == [True, False, False, False]
    assert (await visitor.channel(OLIVER.key, DIRECT_MESSAGES.key))["unread"] == 1
    state = await visitor.state()
    assert state["next"]["who"] == "Maya meets Oliver"
    assert not state["next"]["confirmed"]

    await visitor.open(OLIVER.key, DIRECT_MESSAGES.key)
    await press(visitor, OLIVER.key, "Confirm")

    assert await visitor.steps_done() == [True, True, False, False]
    assert (await visitor.state())["next"]["confirmed"]
    assert (await visitor.channel(MAYA.key, DIRECT_MESSAGES.key))["unread"] == 1

    status, state = await visitor.skip("session")

    assert status == 200
    assert await visitor.steps_done() == [True, True, True, False]
    messages = state["skips"][0]["messages"]
    times = [(each["name"], each["at"]["time"].replace("\xa0", " ")) for each in messages]
    assert times == [
        ("Oliver", "5:00 PM"),
        ("Maya", "1:00 PM"),
        ("Oliver", "5:50 PM"),
        ("Maya", "1:50 PM"),
    ], "an hour and ten minutes before, in each person's time zone"
    texts = [each["text"] for each in messages if each["name"] == "Maya"]
    assert ["1 hour" in texts[0], "10 minutes" in texts[1]] == [True, True], "as they were sent"

    await visitor.open(MAYA.key, DIRECT_MESSAGES.key)

    assert await visitor.steps_done() == [True, True, True, True]
    await visitor.skip("day")
    await book(visitor)
    assert await visitor.steps_done() == [True, True, True, True], (
        "neither later messages nor another booking undo a tour"
    )
