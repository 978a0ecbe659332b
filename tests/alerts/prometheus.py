"""A real Prometheus with the shipped configuration and rules, whose durations are shorter."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.alerts.rules import CONFIGURATION, RULES, load_rules, scale

SCRAPE_INTERVAL = "3s"
"""A scrape may take 2.5 seconds while the database doesn't answer."""

POLL_S = 0.5

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Alert:
    """A firing alert: its name and labels."""

    name: str
    labels: Labels

    def __str__(self) -> str:
        distinct = {
            name: value
            for name, value in self.labels.items()
            if name not in ("alertname", "severity", "job")
        }
        return self.name + (f" ({', '.join(distinct.values())})" if distinct else "")


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    address: str
    session: aiohttp.ClientSession

    async def firing(self) -> list[Alert]:
        """Return the alerts that are firing now."""
        alerts = (await self._get("alerts"))["alerts"]
        return [
            Alert(each["labels"]["alertname"], each["labels"])
            for each in alerts
            if each["state"] == "firing"
        ]

    async def query(self, expression: str) -> list[float]:
        """Return the values of an instant vector."""
        result = (await self._get("query", query=expression))["result"]
        return [float(each["value"][1]) for each in result]

    async def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression has a result. Raises `TimeoutError` after `seconds`."""

        async def has_result() -> bool:
            return bool(await self.query(expression))

        if not await wait_until(has_result, seconds):
            raise TimeoutError(f"after {seconds} seconds there is no result of {expression}")

    async def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"{self.address}/api/v1/{path}"
        async with self.session.get(url, params=parameters) as response:
            response.raise_for_status()
            data: dict[str, Any] = (await response.json())["data"]
            return data


async def wait_until(condition: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Wait until a condition is met; return whether that was within `seconds`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(POLL_S)
            return True
    return False


@asynccontextmanager
async def run_prometheus(
    folder: Path, targets: list[str], factor: float
) -> AsyncIterator[Prometheus]:
    """Run Prometheus while the context is open. It stores its data in `folder`.

    It reads the metrics of `targets`, and divides all durations of the rules by `factor`.
    """
    (folder / RULES.name).write_text(yaml.safe_dump(scale(load_rules(), factor)))
    (folder / CONFIGURATION.name).write_text(yaml.safe_dump(_configuration(targets)))
    address = f"127.0.0.1:{free_port()}"
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={folder / CONFIGURATION.name}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        async with aiohttp.ClientSession() as session:
            server = Prometheus(f"http://{address}", session)

            async def is_ready() -> bool:
                if process.returncode is not None:
                    raise RuntimeError(f"Prometheus has ended:\n{log.read_text()}")
                with contextlib.suppress(aiohttp.ClientConnectionError):
                    async with session.get(f"{server.address}/-/ready") as response:
                        return response.status == 200
                return False

            if not await wait_until(is_ready, 60):
                raise RuntimeError(f"Prometheus doesn't get ready:\n{log.read_text()}")
            yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _configuration(targets: list[str]) -> dict[str, Any]:
    """Return the shipped configuration, with these targets and shorter intervals."""
    configuration = load_rules(CONFIGURATION)
    configuration["global"] = {
        "scrape_interval": SCRAPE_INTERVAL,
        "scrape_timeout": SCRAPE_INTERVAL,
        "evaluation_interval": "1s",
    }
    for job in configuration["scrape_configs"]:
        job["static_configs"] = [{"targets": targets}]
    return configuration


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
