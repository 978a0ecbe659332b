"""Counters and histograms of what a process has done."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest
from sqlalchemy import text

from api.monitoring import RequestMetrics
from mentorbot.metrics import counters
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.errors import UnknownTimezone
from mentorship.members import members
from storage import Database, Transaction
from tests.conftest import Clock
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import guild_with_failures, simulated_guild
from tests.mentorship.support.community import Community
from tests.signals import Signal


def value(sample: str, /, **labels: str) -> float:
    """Return the current value of a sample."""
    return REGISTRY.get_sample_value(sample, labels) or 0


async def test_use_cases_are_counted_by_outcome(database_url: str) -> None:
    db = Database(database_url, observe=counters.record_use_case)
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


async def test_a_database_error_is_counted_by_its_class(database_url: str) -> None:
    """SQLAlchemy's errors have a `code`, too."""

    async def rename(tx: Transaction, table: str, name: str) -> None:
        await tx.connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))

    error = "OperationalError" if database_url.startswith("sqlite") else "ProgrammingError"

    def count_failures() -> Counter[tuple[str, ...]]:
        # The registry also has what other tests of this process have counted.
        return Counter(
            {
                (sample.name, *sample.labels.values()): int(sample.value)
                for family in REGISTRY.collect()
                for sample in family.samples
                if sample.labels.get("outcome") == error and sample.name.endswith("_total")
            }
        )

    before = count_failures()
    async with guild_with_failures(database_url) as guild:
        guild.bot.observe = counters.record_interaction
        guild.db._observe = counters.record_use_case
        maya = await guild.add_member("Maya", zone="Europe/London", points=500)
        await guild.db.run(rename, "accounts", "accounts_elsewhere")
        await maya.slash(guild.channel, "points balance")
        await guild.db.run(rename, "accounts_elsewhere", "accounts")
    failed = sorted((name, count) for (name, *_), count in (count_failures() - before).items())
    assert failed == [("mentorbot_interactions_total", 1), ("mentorbot_use_cases_total", 1)]


async def test_retries_after_a_conflict_are_counted(database_url: str) -> None:
    """Another program holds the write lock for longer than the first attempt's busy timeout."""
    db = Database(f"{database_url}?timeout=0.1", observe=counters.record_use_case)
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
        guild.bot.observe = counters.record_interaction
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


async def test_events_are_counted_after_the_commit(database_url: str, clock: Clock) -> None:
    async with simulated_guild(database_url) as guild:
        guild.db._observe = counters.record_use_case
        sent = value("mentorbot_notifications_total", kind="approved", status="sent")
        booked = value("mentorbot_events_total", type="session.booked")
        oliver = await approved_mentor(guild, "Oliver")
        maya = await guild.add_member("Maya", zone="Europe/London", points=500)
        await book(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    assert value("mentorbot_events_total", type="session.booked") == booked + 1
    assert value("mentorbot_notifications_total", kind="approved", status="sent") == sent + 1


async def test_rolled_back_events_are_not_counted(database_url: str, clock: Clock) -> None:
    town = Community(Database(database_url, clock=clock, observe=counters.record_use_case), clock)
    await town.configure()
    before = value("mentorbot_events_total", type="guild.left")

    async def fail(tx: Transaction) -> None:
        await setup.record_guild_left(tx, town.guild_id)
        raise UnknownTimezone("nowhere")

    async def undo(tx: Transaction) -> None:
        with pytest.raises(UnknownTimezone):
            async with tx.savepoint():
                await fail(tx)

    with pytest.raises(UnknownTimezone):
        await town.db.run(fail)
    await town.db.run(undo)
    assert value("mentorbot_events_total", type="guild.left") == before
    await town.db.run(setup.record_guild_left, town.guild_id)
    assert value("mentorbot_events_total", type="guild.left") == before + 1
    await town.db.close()


def test_labels_contain_no_person_and_no_server() -> None:
    labels = set(re.findall(r'(\w+)="', generate_latest().decode()))
    assert labels <= {
        "name",
        "outcome",
        "use_case",
        "kind",
        "status",
        "type",
        "method",
        "route",
        "le",
        # prometheus-client's own metrics about Python
        "generation",
        "implementation",
        "major",
        "minor",
        "patchlevel",
        "version",
    }


def test_the_first_error_of_a_kind_is_an_increase() -> None:
    """A counter with labels begins at 1, in which Prometheus sees no increase."""
    errors = ("mentorbot_interaction_errors_total", "mentorbot_http_request_errors_total")
    before = {name: REGISTRY.get_sample_value(name) for name in errors}
    assert None not in before.values()
    counters.record_interaction("points balance", 0.1, "OperationalError")
    counters.record_request(RequestMetrics("GET", "/me", 500, 0.1))
    for outcome in ("done", "slot_taken"):
        counters.record_interaction("points balance", 0.1, outcome)
    for status in (200, 422):
        counters.record_request(RequestMetrics("GET", "/me", status, 0.1))
    after = {name: REGISTRY.get_sample_value(name) for name in errors}
    assert after == {name: (number or 0) + 1 for name, number in before.items()}


def test_everything_that_use_cases_tally_has_a_counter() -> None:
    """A tally without one would fail after its transaction has committed."""
    root = Path(__file__).parents[3]
    tallied = {
        name
        for path in (root / "mentorship").rglob("*.py")
        for name in re.findall(r'tally(?:\.append\(| \+= \[)\("(\w+)"', path.read_text())
    }
    assert {"event", "calendar_entry"} <= tallied
    assert tallied <= set(counters._TALLIES)
