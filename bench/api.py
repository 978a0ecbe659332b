"""Two calls of the REST API beside their limits: an empty handler, and the use case alone.

The server runs in this process; whoever calls is another, on a few connections, so that the server
never waits for a call. Reading a profile checks a token and asks the database, on one core where
the system lets a process choose. A booking is durable and has an idempotency key; the use case
beside it is called by as many at once, both have all cores, and the first bookings of each turn
are not timed. Turns of the two follow each other, and each is held against the one beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median

import jwt
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.middleware import BASE
from api.options import Options, TokenRules
from bench.booking import GUILD, NOW, community, requests
from bench.figures import Figure
from mentorship.actors import Actor
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from storage import Database
from storage.migrations import upgrade

SECRET = "a secret that is long enough for the benchmark"
RULES = TokenRules(secret=SECRET)
CALLER = str(Path(__file__).with_name("caller.py"))
READS, WARM_UP, CONNECTIONS = 2_000, 200, 4
WARM_UP_BOOKINGS = 40
TURNS, BOOKING_TURNS = 3, 7


def token(user_id: int) -> str:
    now = int(time.time())
    claims = {"sub": str(user_id), "guild_id": str(GUILD), "scope": "member", "exp": now + 3_600}
    return jwt.encode(claims | {"iss": RULES.issuer, "aud": RULES.audience}, SECRET, "HS256")


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[int]:
    """The API and an empty handler beside it; gives the port."""
    app: FastAPI = create_app(database, Options(RULES, requests_per_minute=1_000_000))

    @app.get("/empty")
    async def empty() -> dict[str, str]:
        return {}

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


@contextmanager
def one_core() -> Iterator[str]:
    """Keep this process to a single core; gives the others, for whoever calls. It gives none
    and keeps to nothing where there is one alone or the system doesn't let a process choose."""
    choose = getattr(os, "sched_setaffinity", None)
    cores: set[int] = os.sched_getaffinity(0) if choose else set()
    if choose is None or len(cores) == 1:
        yield ""
        return
    mine = min(cores)
    choose(0, {mine})
    try:
        yield ",".join(map(str, cores - {mine}))
    finally:
        choose(0, cores)


async def called(port: int, calls: list[str], cores: str = "") -> float:
    """Seconds in which another process makes these calls, each a whole HTTP request, perhaps on
    certain cores."""
    caller = await asyncio.create_subprocess_exec(
        *(sys.executable, CALLER, str(port), str(CONNECTIONS), cores),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await caller.communicate(json.dumps(calls).encode())
    if caller.returncode:
        raise RuntimeError("a call was refused")
    return float(said)


def get(path: str, user_id: int) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token(user_id)}\r\n\r\n"


def bookings() -> list[str]:
    """The bookings of `bench.booking`, as calls."""
    tokens: dict[int, str] = {}
    calls = []
    for actor, request in requests():
        sent = tokens.setdefault(actor.user_id, token(actor.user_id))
        body = json.dumps(
            {
                "mentorId": str(request.mentor_id),
                "duration": request.minutes,
                "scheduledAt": request.starts_at.isoformat(),
                "timezone": "America/New_York",
                "notes": request.topic,
            }
        )
        calls.append(
            f"POST {BASE}/book HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {sent}\r\n"
            f"Idempotency-Key: {request.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
    return calls


async def by_the_use_case(db: Database) -> float:
    """Seconds a booking, by as many callers as there are connections."""

    async def book_all(asked: list[tuple[Actor, BookingRequest]]) -> None:
        for actor, request in asked:
            await db.run(booking.book, actor, request)

    asked = requests()
    await book_all(asked[:WARM_UP_BOOKINGS])
    timed = asked[WARM_UP_BOOKINGS:]
    started = time.perf_counter()
    await asyncio.gather(*(book_all(timed[n::CONNECTIONS]) for n in range(CONNECTIONS)))
    return (time.perf_counter() - started) / len(timed)


async def by_rest(db: Database) -> float:
    """Seconds a booking over REST."""
    calls = bookings()
    timed = calls[WARM_UP_BOOKINGS:]
    async with serving(db) as port:
        await called(port, calls[:WARM_UP_BOOKINGS])
        return await called(port, timed) / len(timed)


async def reads(folder: Path) -> tuple[float, float]:
    """Seconds a call: an empty handler, a profile."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'community.db'}", clock=lambda: NOW)
    nothing, profile = [], []
    empty_handler, shown = get("/empty", 5_000), get(f"{BASE}/profile/1001", 5_000)
    with one_core() as others:
        async with serving(db) as port:
            await called(port, [empty_handler, shown] * WARM_UP, others)
            for _ in range(TURNS):
                nothing.append(await called(port, [empty_handler] * READS, others) / READS)
                profile.append(await called(port, [shown] * READS, others) / READS)
    await db.close()
    return median(nothing), median(profile)


async def writes(folder: Path) -> list[tuple[float, float]]:
    """Seconds a booking, turn by turn: by its use case, and over REST."""
    taken = []
    for turn in range(BOOKING_TURNS):
        beside = []
        for how in (by_the_use_case, by_rest):
            file = shutil.copy(folder / "community.db", folder / f"{how.__name__}{turn}.db")
            db = Database(f"sqlite+aiosqlite:///{file}", clock=lambda: NOW)
            beside.append(await how(db))
            await db.close()
        taken.append((beside[0], beside[1]))
    return taken


async def measure(folder: Path) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """What `reads` and `writes` give, of one community."""
    url = f"sqlite+aiosqlite:///{folder / 'community.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await community(db)
    await db.close()
    return await reads(folder), await writes(folder)


def figures() -> Iterator[Figure]:
    """Calls a second beside the limits of the same run, the median of the turns."""
    with tempfile.TemporaryDirectory() as folder:
        (nothing, profile), booked = asyncio.run(measure(Path(folder)))
    alone, over_rest = (median(seconds) for seconds in zip(*booked, strict=True))
    share = median(use_case / rest for use_case, rest in booked)
    yield Figure("GET /profile on one core: token, database", 1 / profile, "calls/s", 1_000)
    yield Figure("an empty handler", 1 / nothing, "calls/s")
    yield Figure("GET /profile, of the empty handler", nothing / profile, "")
    yield Figure("POST /book with a key, durable", 1 / over_rest, "bookings/s")
    yield Figure("the use case by as many callers", 1 / alone, "bookings/s")
    yield Figure("POST /book, of the use case beside it", share, "", 0.8)
