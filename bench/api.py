"""Two calls of the REST API, compared with an empty handler and with the use case alone.

The server runs in this process. The client is another process with a few connections, so that the
server never waits for a request. Reading a profile verifies a token and queries the database, on
one core if the system allows to choose; its calls are counted by the CPU time of this process, so
that other load on the machine doesn't matter. A booking is durable and has an idempotency key. The
use case alone runs with the same concurrency; both have all cores, and the first bookings of each
round are a warm-up. Rounds of the two alternate, and each is compared with its neighbour.
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
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median

import jwt
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.middleware import BASE_PATH
from api.options import Options, TokenRules
from bench.booking import GUILD, NOW, Call, create_community, use_case_calls
from bench.support import http_client
from bench.support.figures import Figure
from storage import Database
from storage.migrations import upgrade

SECRET = "a secret that is long enough for the benchmark"
RULES = TokenRules(secret=SECRET)
HTTP_CLIENT = http_client.__file__
READS, WARM_UP, CONNECTIONS = 500, 200, 4
WARM_UP_BOOKINGS = 40
ROUNDS, BOOKING_ROUNDS = 15, 7


def token(user_id: int) -> str:
    now = int(time.time())
    claims = {"sub": str(user_id), "guild_id": str(GUILD), "scope": "member", "exp": now + 3_600}
    return jwt.encode(claims | {"iss": RULES.issuer, "aud": RULES.audience}, SECRET, "HS256")


@asynccontextmanager
async def serve(database: Database) -> AsyncIterator[int]:
    """Serve the API, with an additional empty handler; yields the port."""
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
def pin_to_one_core() -> Iterator[str]:
    """Pin this process to a single core; yields the other cores, for the client.

    Yields an empty string, and pins nothing, if there is only one core or the system doesn't
    support it.
    """
    set_affinity = getattr(os, "sched_setaffinity", None)
    cores: set[int] = os.sched_getaffinity(0) if set_affinity else set()
    if set_affinity is None or len(cores) == 1:
        yield ""
        return
    core = min(cores)
    set_affinity(0, {core})
    try:
        yield ",".join(map(str, cores - {core}))
    finally:
        set_affinity(0, cores)


async def time_requests(port: int, calls: list[str], cores: str = "") -> float:
    """Return the seconds in which the client sends `calls`, each a complete HTTP request.

    `cores` are the cores for the client, such as "1,2"; empty for all.
    """
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, HTTP_CLIENT, str(port), str(CONNECTIONS), cores),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await client.communicate(json.dumps(calls).encode())
    if client.returncode:
        raise RuntimeError("a request was refused")
    return float(output)


def get_request(path: str, user_id: int) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token(user_id)}\r\n\r\n"


def booking_calls() -> list[str]:
    """Return the bookings of `bench.booking` as HTTP requests."""
    tokens: dict[int, str] = {}
    calls = []
    for _, actor, request in use_case_calls():
        bearer = tokens.setdefault(actor.user_id, token(actor.user_id))
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
            f"POST {BASE_PATH}/book HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {bearer}\r\n"
            f"Idempotency-Key: {request.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
    return calls


async def time_use_case(db: Database) -> float:
    """Return the seconds per booking of the use case, with `CONNECTIONS` concurrent callers."""

    async def book_all(calls: Sequence[Call]) -> None:
        for call in calls:
            await db.run(*call)

    requests = use_case_calls()
    await book_all(requests[:WARM_UP_BOOKINGS])
    timed = requests[WARM_UP_BOOKINGS:]
    started = time.perf_counter()
    await asyncio.gather(*(book_all(timed[n::CONNECTIONS]) for n in range(CONNECTIONS)))
    return (time.perf_counter() - started) / len(timed)


async def time_rest(db: Database) -> float:
    """Return the seconds per booking over REST."""
    calls = booking_calls()
    timed = calls[WARM_UP_BOOKINGS:]
    async with serve(db) as port:
        await time_requests(port, calls[:WARM_UP_BOOKINGS])
        return await time_requests(port, timed) / len(timed)


async def cpu_time(port: int, call: str, cores: str) -> float:
    """Return the seconds of CPU time that this process takes for a call."""
    started = time.process_time()
    await time_requests(port, [call] * READS, cores)
    return (time.process_time() - started) / READS


async def measure_reads(folder: Path) -> list[tuple[float, float]]:
    """Return the CPU seconds per call of an empty handler and of a profile, for each round."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'community.db'}", clock=lambda: NOW)
    rounds = []
    empty_call, profile_call = (
        get_request("/empty", 5_000),
        get_request(f"{BASE_PATH}/profile/1001", 5_000),
    )
    with pin_to_one_core() as other_cores:
        async with serve(db) as port:
            await time_requests(port, [empty_call, profile_call] * WARM_UP, other_cores)
            for _ in range(ROUNDS):
                empty = await cpu_time(port, empty_call, other_cores)
                rounds.append((empty, await cpu_time(port, profile_call, other_cores)))
    await db.close()
    return rounds


async def measure_writes(folder: Path) -> list[tuple[float, float]]:
    """Return the seconds per booking by the use case and over REST, for each round."""
    rounds = []
    for number in range(BOOKING_ROUNDS):
        seconds = []
        for measure_bookings in (time_use_case, time_rest):
            file = shutil.copy(
                folder / "community.db", folder / f"{measure_bookings.__name__}{number}.db"
            )
            db = Database(f"sqlite+aiosqlite:///{file}", clock=lambda: NOW)
            seconds.append(await measure_bookings(db))
            await db.close()
        rounds.append((seconds[0], seconds[1]))
    return rounds


Rounds = list[tuple[float, float]]
"""What two kinds of calls took in each round, in seconds."""


async def measure(folder: Path) -> tuple[Rounds, Rounds]:
    """Return the results of `measure_reads` and `measure_writes` for one guild."""
    url = f"sqlite+aiosqlite:///{folder / 'community.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await create_community(db)
    await db.close()
    return await measure_reads(folder), await measure_writes(folder)


def figures() -> Iterator[Figure]:
    """Measure calls per second and their baselines, each the median of several rounds."""
    with tempfile.TemporaryDirectory() as folder:
        reads, bookings = asyncio.run(measure(Path(folder)))
    empty, profile = (median(seconds) for seconds in zip(*reads, strict=True))
    relative = median(empty / profile for empty, profile in reads)
    use_case, rest = (median(seconds) for seconds in zip(*bookings, strict=True))
    ratio = median(alone / over_rest for alone, over_rest in bookings)
    yield Figure("GET /profile on one core (token, database)", 1 / profile, "calls/s", 1_000)
    yield Figure("empty handler", 1 / empty, "calls/s")
    yield Figure("GET /profile, relative to the empty handler", relative, "", 0.3)
    yield Figure("POST /book with an idempotency key, durable", 1 / rest, "bookings/s")
    yield Figure("use case with the same concurrency", 1 / use_case, "bookings/s")
    yield Figure("POST /book, relative to the use case", ratio, "", 0.8)
