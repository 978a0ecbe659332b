"""Node's tools and generated clients: finding them, and living a life with one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

PACKAGES = ROOT / "build" / "node" / "node_modules"
"""Where `make` installs the packages of package.json."""

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (PACKAGES / ".package-lock.json").exists(),
    reason="needs Node and its packages: install Node and run `make build/node/.installed`",
)

Environment = dict[str, str]


async def run_tool(*command: str | Path, folder: Path) -> str:
    """Run a command in `folder` and return its output. Fails with the output if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=os.environ | _QUIET, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


# None of the tools should look for updates or send statistics.
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}


def node_tool(name: str) -> Path:
    """Return the path of a command of one of the packages."""
    return PACKAGES / ".bin" / name


def write_document(document: dict[str, Any], folder: Path) -> Path:
    """Write the OpenAPI document into `folder`, and return its path."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


async def live(
    *command: str | Path,
    folder: Path,
    environment: Environment,
    wait_until: Callable[[datetime], Awaitable[None]],
    send_webhooks: Callable[[], Awaitable[None]],
) -> None:
    """Run a client's program until it says that it is done.

    It writes lines of JSON: `{"waitUntil": instant}` asks to move the server's clock, and
    `{"sendWebhooks": true}` to send what has happened. It gets an empty line when that is done.
    Fails with the program's errors if it fails.
    """
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=os.environ | environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(120):
            finished = await _answer(process, wait_until, send_webhooks)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    assert finished


async def _answer(
    process: Process,
    wait_until: Callable[[datetime], Awaitable[None]],
    send_webhooks: Callable[[], Awaitable[None]],
) -> bool:
    """Answer the program's requests. Returns whether it said that it is done."""
    assert process.stdin is not None
    assert process.stdout is not None
    async for line in process.stdout:
        message = json.loads(line)
        if message.get("done"):
            return True
        if message.get("sendWebhooks"):
            await send_webhooks()
        else:
            await wait_until(datetime.fromisoformat(message["waitUntil"]))
        process.stdin.write(b"\n")
        await process.stdin.drain()
    return False
