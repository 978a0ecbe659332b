"""Clients that are generated from the OpenAPI document, through a whole life over real HTTP.

Each applies, is approved, sets its availability, searches, books, confirms, reschedules, completes,
rates, cancels with a refund, joins a group session, and receives and verifies webhooks of it all.
The type checkers are strict.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.webhooks import rendering
from integrations.egress import Egress
from integrations.webhooks import WebhookSender
from storage import Database
from tests.api.clients.tools import (
    HERE,
    PACKAGES,
    Environment,
    live,
    needs_node,
    node_tool,
    run_tool,
    write_document,
)
from tests.api.server import OPTIONS, ApiServer, create_token, serve_api, served_document
from tests.conftest import Clock
from tests.mentorship.support.community import Community


@pytest.fixture
def clock() -> Clock:
    """A Monday noon (UTC) two weeks ago, so that the life is over when its webhooks are sent."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return Clock(noon - timedelta(days=14 + noon.weekday()))


@pytest.fixture
async def api(db: Database) -> AsyncIterator[ApiServer]:
    """An API that sends webhooks to this machine, too."""
    async with serve_api(db, replace(OPTIONS, allow_private_addresses=True)) as api:
        yield api


SendWebhooks = Callable[[], Awaitable[None]]


@pytest.fixture
async def send_webhooks(database_url: str) -> AsyncIterator[SendWebhooks]:
    """A function that sends what has happened. Receivers verify the time, so it is that of now."""
    database = Database(database_url, synchronous="OFF")
    await database.open()
    async with Egress(allow_private=True) as egress:
        bodies = rendering.render_bodies, rendering.test_body

        async def send() -> None:
            await WebhookSender(database, egress, *bodies).run()

        yield send
    await database.close()


@pytest.fixture
async def environment(community: Community, api: ApiServer) -> Environment:
    """The address of the API and the tokens of those who take part in the life."""
    oliver = await community.member("Oliver", zone=None)
    maya = await community.member("Maya", zone=None)
    guild = community.guild_id
    return {
        "API": api.address,
        "OLIVER": create_token(oliver.user_id, guild, name="Oliver"),
        "MAYA": create_token(maya.user_id, guild, name="Maya"),
        "MODERATOR": create_token(community.chief.user_id, guild, "moderator"),
        "SERVICE": create_token(99, guild, "service"),
    }


@needs_node
async def test_a_strict_typescript_client_lives_a_whole_life(
    environment: Environment, community: Community, send_webhooks: SendWebhooks, tmp_path: Path
) -> None:
    for name in ("life_cycle.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    write_document(served_document(), tmp_path)
    # A field with a default value may be left out of a request.
    generate = (node_tool("openapi-typescript"), "--default-non-nullable=false", "openapi.json")
    await run_tool(*generate, "--output", "schema.ts", folder=tmp_path)
    await run_tool(node_tool("tsc"), folder=tmp_path)
    await live(
        *("node", "build/life_cycle.js"),
        folder=tmp_path,
        environment=environment,
        wait_until=community.wait_until,
        send_webhooks=send_webhooks,
    )


async def test_a_strict_python_client_lives_a_whole_life(
    environment: Environment, community: Community, send_webhooks: SendWebhooks, tmp_path: Path
) -> None:
    pytest.importorskip("openapi_python_client")
    shutil.copy(HERE / "life_cycle.py", tmp_path)
    write_document(served_document(), tmp_path)
    shutil.copy(HERE / "python_client.yml", tmp_path)
    await run_tool(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
        *("--path", "openapi.json", "--config", "python_client.yml"),
        *("--meta", "none", "--output-path", "mentorbot_client"),
        folder=tmp_path,
    )
    await run_tool(
        *(sys.executable, "-m", "mypy", "--strict", "life_cycle.py", "mentorbot_client"),
        folder=tmp_path,
    )
    await live(
        *(sys.executable, "life_cycle.py"),
        folder=tmp_path,
        environment=environment,
        wait_until=community.wait_until,
        send_webhooks=send_webhooks,
    )
