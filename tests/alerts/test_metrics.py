"""Rules and dashboard name only metrics that the program has: a real process is scraped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx

from mentorship.operations import backup_log
from storage import Database
from tests.alerts.rules import DEPLOY, list_alerts, load_rules
from tests.api.server import SECRET
from tests.mentorbot.support.fake_discord import fake_discord
from tests.mentorbot.support.processes import Program, run_program

SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}

FROM_PROMETHEUS = {"up", "ALERTS"}
"""Series that Prometheus makes itself."""

METRIC = re.compile(r"\b(?:mentorbot_\w+|process_\w+|up|ALERTS)\b")


SETTINGS = {
    "MENTORBOT_LOG__FORMAT": "json",
    "MENTORBOT_METRICS__ENABLED": "true",
    "MENTORBOT_METRICS__PORT": "0",
    "MENTORBOT_API__ENABLED": "true",
    "MENTORBOT_API__PORT": "0",
    "MENTORBOT_API__SECRET": SECRET,
}


def expressions() -> Iterator[str]:
    """Yield the expressions of all alerts and of all panels."""
    yield from (rule["expr"] for rule in list_alerts(load_rules()))
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def metric_names(exposition: str) -> set[str]:
    """Return the names of all series that Prometheus's text format declares."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", exposition, re.MULTILINE):
        names |= {name + suffix for suffix in SUFFIXES.get(kind, ("",))}
    return names


def test_no_rule_needs_what_the_systemd_unit_hides() -> None:
    """The client library reads `process_*` from /proc, and has none with `ProcSubset=pid`."""
    assert "ProcSubset=pid" in (DEPLOY / "mentorbot.service").read_text("utf-8")
    assert not [expression for expression in expressions() if "process_" in expression]


async def test_rules_and_dashboard_use_metrics_that_a_process_exposes(
    migrated_file: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "mentorbot.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    await database.run(backup_log.record, size_bytes=1, duration=timedelta(seconds=1))
    await database.close()
    used = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(used) > 30
    missing = used - FROM_PROMETHEUS
    async with (
        fake_discord() as discord,
        run_program(tmp_path, discord.address, **SETTINGS) as program,
        httpx.AsyncClient() as client,
    ):
        metrics = await address_of("metrics server listening", program)
        await client.get(f"{await address_of('API listening', program)}/api/mentorship/me")
        # Some metrics are absent until there is something to say, such as a latency.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while missing:
                    missing -= metric_names((await client.get(f"{metrics}/metrics")).text)
                    await asyncio.sleep(0.2)
    assert missing == set()


async def address_of(event: str, program: Program) -> str:
    """Return where a server listens that has logged this event."""
    await program.wait_for_event(event)
    (port,) = re.findall(rf'"{event}".*"port": (\d+)', program.log)
    return f"http://127.0.0.1:{port}"
