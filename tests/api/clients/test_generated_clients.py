"""Clients that are generated from the OpenAPI document, through a whole life over real HTTP.

Each applies, is approved, sets its availability, searches, books, confirms, reschedules, completes,
rates, cancels with a refund and joins a group session. The type checkers are strict.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

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
from tests.api.server import ApiServer, create_token, served_document
from tests.mentorship.support.community import Community


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
    environment: Environment, community: Community, tmp_path: Path
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
    )


async def test_a_strict_python_client_lives_a_whole_life(
    environment: Environment, community: Community, tmp_path: Path
) -> None:
    pytest.importorskip("openapi_python_client")
    shutil.copy(HERE / "life_cycle.py", tmp_path)
    write_document(served_document(), tmp_path)
    # Literals instead of enumerations, and the code as it was generated.
    (tmp_path / "config.yml").write_text("literal_enums: true\npost_hooks: []\n")
    await run_tool(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
        *("--path", "openapi.json", "--config", "config.yml"),
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
    )
