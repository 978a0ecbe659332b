"""The Prometheus metrics, and the dashboard that uses them."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY, generate_latest

from mentorbot import metrics
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.errors import UnknownTimezone
from mentorship.members import members
from mentorship.operations import health
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from tests.conftest import Clock
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import simulated_guild
from tests.mentorbot.support.processes import ROOT
from tests.mentorship.support.community import Community
from tests.signals import Signal

DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"


def value(sample: str, /, **labels: str) -> float:
    """Return the current value of a sample."""
    return REGISTRY.get_sample_value(sample, labels) or 0


def test_the_dashboard_uses_exactly_the_existing_metrics() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    used = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"mentorbot_\w+", target["expr"])
    }
    existing = set()
    for family in REGISTRY.collect():
        if family.name.startswith("mentorbot_"):
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
            existing |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
    assert used <= existing
    bases = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in used}
    assert {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in existing} == bases


async def test_use_cases_are_counted_by_outcome(database_url: str) -> None:
    db = Database(database_url, observe=metrics.record_use_case)
    maya = Actor(7, "Maya", 10)
    labels = {"use_case": "mentorship.availability.timezone_change.set_timezone"}
    done, refused = (
        value("mentorbot_use_cases_total", outcome=outcome, **labels)
        for outcome in ("done", "unknown_timezone")
    )
    timed = value("mentorbot_use_case_seconds_count", **labels)
    waits = value("mentorbot_database_wait_seconds_count")
    await db.run(timezone_change.set_timezone, maya, "Europe/London")
    with pytest.raises(UnknownTimezone):
        await db.run(timezone_change.set_timezone, maya, "Atlantis")
    await db.read(members.load, maya)
    assert value("mentorbot_use_cases_total", outcome="done", **labels) == done + 1
    assert value("mentorbot_use_cases_total", outcome="unknown_timezone", **labels) == refused + 1
    assert value("mentorbot_use_case_seconds_count", **labels) == timed + 2
    assert value("mentorbot_database_wait_seconds_count") == waits + 3
    await db.close()


async def test_retries_after_a_conflict_are_counted(database_url: str) -> None:
    """Another program holds the write lock for longer than the first attempt's busy timeout."""
    db = Database(f"{database_url}?timeout=0.1", observe=metrics.record_use_case)
    other = Database(database_url)
    locked, release = Signal(), Signal()

    async def hold(_tx: Transaction) -> None:
        locked.set()
        await release.wait()

    async def write(_tx: Transaction) -> None:
        """Do nothing; only the lock matters."""

    name = f"{write.__module__}.{write.__qualname__}"
    await db.run(write)  # Opens the connection, so that the attempts below start immediately.
    holder = asyncio.create_task(other.run(hold))
    await locked.wait()
    writer = asyncio.create_task(db.run(write))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.15, release.set)
    await asyncio.gather(holder, writer)
    assert value("mentorbot_use_case_retries_total", use_case=name) >= 1
    await db.close()
    await other.close()


async def test_commands_and_buttons_are_timed_by_name(database_url: str) -> None:
    async with simulated_guild(database_url) as guild:
        guild.bot.observe = metrics.record_interaction
        oliver = await approved_mentor(guild, "Oliver")
        maya = await guild.add_member("Maya", zone="Europe/London", points=500)
        before = value("mentorbot_interaction_seconds_count", name="book")
        await book(guild, maya, oliver, guild.now.replace(day=4, hour=15))
        await maya.slash(guild.channel, "mentor hours")
    assert value("mentorbot_interaction_seconds_count", name="book") == before + 1
    assert (
        value("mentorbot_interactions_total", name="booking.ConfirmBookingButton", outcome="done")
        >= 1
    )
    outcomes = {
        sample.labels["outcome"]
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == "mentorbot_interactions_total"
        and sample.labels["name"].startswith(("book", "mentor hours"))
    }
    assert {"done", "not_a_mentor"} <= outcomes


async def test_sessions_and_notifications_are_counted(database_url: str, clock: Clock) -> None:
    town = Community(Database(database_url, clock=clock), clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    metrics.update_counts(await town.db.read(health.load_counts))
    assert value("mentorbot_sessions", status="confirmed") == 1
    assert value("mentorbot_sessions", status="completed") == 0
    assert value("mentorbot_notifications", kind="confirmed", status="waiting") == 1
    assert value("mentorbot_notifications_overdue") == 0
    clock.now = datetime(2026, 3, 3, 12, tzinfo=UTC) + timedelta(minutes=6)
    metrics.update_counts(await town.db.read(health.load_counts))
    assert value("mentorbot_notifications_overdue") > 0
    assert value("mentorbot_sessions_overdue") == 1
    await town.db.close()


def test_labels_contain_no_person_and_no_server() -> None:
    labels = set(re.findall(r'(\w+)="', generate_latest().decode()))
    assert labels <= {
        "name",
        "outcome",
        "use_case",
        "kind",
        "status",
        "le",
        # prometheus-client's own metrics about Python
        "generation",
        "implementation",
        "major",
        "minor",
        "patchlevel",
        "version",
    }


def test_gateway_gauges_are_read_on_each_scrape() -> None:
    now = 0.25
    metrics.observe_gateway(lambda: now, lambda: 3)
    assert value("mentorbot_gateway_latency_seconds") == 0.25
    now = 0.5
    assert value("mentorbot_gateway_latency_seconds") == 0.5
    assert value("mentorbot_guilds") == 3
