"""The API against its own OpenAPI document: schemathesis generates valid and invalid requests.

For every caller there must be no 5xx, no undocumented status and no response that differs from its
schema. The server runs in a thread of its own, since schemathesis sends requests without a loop.
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
import requests
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

from mentorship import web_addresses
from mentorship.actors import Actor
from mentorship.sessions.groups import creation
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.statuses import SessionStatus
from mentorship.webhooks import deliveries, endpoints, feed
from mentorship.webhooks.endpoints import NewEndpoint
from storage import Database
from tests.api.server import create_token, serve_api
from tests.conftest import Clock
from tests.mentorship.support.community import GUILD, TUESDAY_NOON, Community

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

FEW, MANY = 8, 150
"""Requests for each operation, in `make test` and in `make test-long`."""


class Server(threading.Thread):
    """Serves the API of a community with some sessions, until `stop` is called."""

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(daemon=True)
        self.url, self.clock = url, clock
        self.ready = threading.Event()
        self.address = ""
        self.tokens: dict[str, str] = {}
        self.mentor: dict[str, str] = {}
        self.session: dict[str, str] = {}
        self.group: dict[str, str] = {}
        self.webhook: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def path_parameters(self, path: str) -> dict[str, str]:
        """Return path parameters with ids that exist."""
        if "/session/" in path:
            return self.session
        if "/groups/" in path:
            return self.group
        if "/webhooks/" in path:
            return self.webhook
        return self.mentor | {"userId": self.mentor["id"]}

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        database = Database(self.url, clock=self.clock, synchronous="OFF")
        await database.open()
        community = Community(database, self.clock)
        await community.configure()
        oliver = await community.mentor("Oliver")
        maya = await community.member("Maya", points=10_000)
        await community.applicant("Amy")
        await community.session(SessionStatus.COMPLETED, maya, oliver)
        booked = await community.book(maya, oliver, TUESDAY_NOON + timedelta(days=2))
        request = GroupRequest(
            "Office hours", TUESDAY_NOON + timedelta(days=3), 60, capacity=2, price=30
        )
        group = await database.run(creation.create, oliver, request)
        self.mentor, self.session = {"id": str(oliver.user_id)}, {"id": str(booked.id)}
        self.group = {"id": str(group.id), "userId": str(maya.user_id)}
        new = NewEndpoint(web_addresses.parse("https://app.example/hooks"))
        endpoint_id = (await database.run(endpoints.create, oliver, new)).endpoint.id
        delivery = await database.run(deliveries.send_test, oliver, endpoint_id)
        await database.run(feed.assign)
        self.webhook = {"id": str(endpoint_id), "deliveryId": str(delivery.id)}
        self.tokens = {
            "member": create_token(maya.user_id, GUILD),
            "mentor": create_token(oliver.user_id, GUILD),
            "moderator": create_token(community.chief.user_id, GUILD, "moderator"),
            "service": create_token(Actor(99, "").user_id, GUILD, "service"),
            "nobody": "not a token",
        }
        async with serve_api(database) as api:
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


def test_responses_match_the_openapi_document(server: Server) -> None:
    _check_all(server, FEW)


@pytest.mark.long
def test_more_responses_match_the_openapi_document(server: Server) -> None:
    _check_all(server, int(os.environ.get("MENTORBOT_TEST_EXAMPLES", MANY)))


def _check_all(server: Server, examples: int) -> None:
    """Send each generated request as each caller: generating one takes longer than answering it."""
    schema = schemathesis.openapi.from_url(f"{server.address}/api/openapi.json", timeout=60)
    operations, sent = 0, Counter[str]()
    connection = requests.Session()
    # Looking for proxies takes longer than a request.
    connection.trust_env = False
    for result in schema.get_all_operations():
        operation = result.ok()

        strategy = operation.as_strategy(
            generation_mode=GenerationMode.POSITIVE
        ) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        if "{" in operation.path:
            # Random ids never exist, so add requests with ids that do.
            strategy |= operation.as_strategy(
                path_parameters=server.path_parameters(operation.path)
            )

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def check(case: schemathesis.Case) -> None:
            for caller, bearer in server.tokens.items():
                headers = {"Authorization": f"Bearer {bearer}"}
                case.call_and_validate(headers=headers, checks=CHECKS, session=connection)
                sent[caller] += 1

        check()
        operations += 1
    assert operations > 15
    assert all(sent[caller] >= operations for caller in server.tokens)
    connection.close()
