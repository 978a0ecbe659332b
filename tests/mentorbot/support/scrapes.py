"""Scrape a process's metrics over HTTP, as Prometheus does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from mentorbot import api_server
from mentorbot.monitor import ProcessMonitor
from mentorbot.settings import MetricsSettings


@dataclass(frozen=True)
class Scrape:
    """The samples of one scrape."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, /, **labels: str) -> float | None:
        """Return the value of a sample, None if it is absent."""
        return self.samples.get((name, frozenset(labels.items())))

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """Return the values of a metric by one of its labels."""
        return {
            dict(labels)[label]: value
            for (sample, labels), value in self.samples.items()
            if sample == name
        }

    @property
    def names(self) -> set[str]:
        """The names of all samples."""
        return {name for name, _ in self.samples}


def parse(text: str) -> Scrape:
    """Return the samples of a response."""
    return Scrape(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
    )


async def scrape(port: int) -> Scrape:
    """Scrape the process that serves its metrics at a local port."""
    response = await get(port, "metrics")
    assert response.status_code == 200
    return parse(response.text)


async def get(port: int, path: str) -> httpx.Response:
    """Send a request to the process that serves at a local port."""
    async with httpx.AsyncClient(timeout=20, verify=False) as client:
        return await client.get(f"http://127.0.0.1:{port}/{path}")


async def readiness(port: int) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of `/readyz`."""
    response = await get(port, "readyz")
    return response.status_code, response.json()


@asynccontextmanager
async def serve_monitor(monitor: ProcessMonitor) -> AsyncIterator[int]:
    """Serve what `monitor` observes at a free local port; yields the port."""
    async with api_server.serve_metrics(MetricsSettings(enabled=True, port=0), monitor) as port:
        yield port
