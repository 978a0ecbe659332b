"""The API against its own OpenAPI document: schemathesis makes up calls, right and wrong ones.

Whoever calls, nothing breaks: no 5xx, no status that isn't documented, no answer that is not what
its schema says. The server runs in a thread of its own, as schemathesis calls without a loop.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mentorship.actors import Actor
from mentorship.statuses import SessionStatus
from storage import Database
from tests.api.server import served, token
from tests.conftest import Clock
from tests.mentorship.support.community import GUILD, TUESDAY_NOON, Community

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

FEW, MANY = 12, 150
"""Examples of each call, in `make test` and in `make test-long`."""


class Server(threading.Thread):
    """The API over a community in which something has happened, until `stop` is called."""

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(daemon=True)
        self.url, self.clock = url, clock
        self.ready = threading.Event()
        self.address = ""
        self.tokens: dict[str, str] = {}
        self.mentor: dict[str, str] = {}
        self.session: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def known(self, path: str) -> dict[str, str]:
        """Parameters of a path that lead to something."""
        return self.session if "/session/" in path else self.mentor | {"userId": self.mentor["id"]}

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        database = Database(self.url, clock=self.clock, synchronous="OFF")
        await database.open()
        town = Community(database, self.clock)
        await town.settle()
        oliver = await town.mentor("Oliver")
        maya = await town.member("Maya", points=10_000)
        await town.applicant("Amy")
        await town.session(SessionStatus.COMPLETED, maya, oliver)
        booked = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=2))
        self.mentor, self.session = {"id": str(oliver.user_id)}, {"id": str(booked.id)}
        self.tokens = {
            "member": token(maya.user_id, GUILD),
            "mentor": token(oliver.user_id, GUILD),
            "moderator": token(town.chief.user_id, GUILD, "moderator"),
            "service": token(Actor(99, "").user_id, GUILD, "service"),
            "nobody": "not a token",
        }
        async with served(database) as api:
            self.address = api.address
            self.ready.set()
            await self._end.wait()
        await database.close()

    def stop(self) -> None:
        assert self._loop is not None
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self.join(timeout=20)


@pytest.fixture(scope="module")
def server(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("schema") / "mentorbot.db"
    shutil.copy(migrated_file, path)
    running = Server(f"sqlite+aiosqlite:///{path}", Clock(datetime(2026, 3, 2, 12, tzinfo=UTC)))
    running.start()
    assert running.ready.wait(timeout=60)
    yield running
    running.stop()


def test_no_call_breaks(server: Server) -> None:
    _try_all(server, FEW)


@pytest.mark.long
def test_no_call_breaks_however_long_one_tries(server: Server) -> None:
    _try_all(server, int(os.environ.get("MENTORBOT_TEST_EXAMPLES", MANY)))


def _try_all(server: Server, examples: int) -> None:
    """Each call is made by each caller: to think of one takes longer than to answer it."""
    schema = schemathesis.openapi.from_url(f"{server.address}/api/openapi.json")
    operations, tried = 0, Counter[str]()
    for found in schema.get_all_operations():
        operation = found.ok()

        strategy = operation.as_strategy(
            generation_mode=GenerationMode.POSITIVE
        ) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        if "{" in operation.path:
            # Nobody guesses an id, and what is behind it should be met too.
            strategy |= operation.as_strategy(path_parameters=server.known(operation.path))

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def call(case: schemathesis.Case) -> None:
            for caller, credentials in server.tokens.items():
                headers = {"Authorization": f"Bearer {credentials}"}
                case.call_and_validate(headers=headers, checks=CHECKS)
                tried[caller] += 1

        call()
        operations += 1
    assert operations > 15
    assert all(tried[caller] >= operations for caller in server.tokens)
