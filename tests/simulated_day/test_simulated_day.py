"""A day of a community, with everything going wrong: every promise is kept."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulated_day.acts import Outcome
from tests.simulated_day.expected_alerts import check_alerts
from tests.simulated_day.faults import (
    DatabaseLocked,
    DatabaseStopped,
    DiscordTrouble,
    Farewell,
    Fault,
    GatewayGone,
    Kill,
    plan,
)
from tests.simulated_day.promises import check_everything
from tests.simulated_day.scrapes import HAS_PROMTOOL
from tests.simulated_day.simulation import Simulation, simulate
from tests.simulated_day.store import PostgresStore, SqliteStore, Store

SETTLING = 30
"""Minutes without faults at the end."""


@pytest.fixture
def store(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Store:
    if request.config.getoption("engine") == "postgresql":
        return PostgresStore(request.getfixturevalue("server"), "tests")
    return SqliteStore(tmp_path / "mentorbot.db")


async def spend(simulation: Simulation, minutes: int, faults: Sequence[Fault], busy: float) -> None:
    """Let time pass with these faults, and check all promises at the end."""
    await simulation.run(minutes, faults, busy)
    for fault in faults:
        if isinstance(fault, Farewell):
            # Something else may have kept it from succeeding so far.
            await fault.end(simulation)
    await simulation.run(SETTLING, [], busy / 2)
    await check_everything(simulation)
    acknowledged = Counter(
        act.kind for act in simulation.acts if act.outcome is Outcome.ACKNOWLEDGED
    )
    print(f"acknowledged: {dict(acknowledged)}; changes: {dict(simulation.model.changes)}")
    # Enough has happened for the comparisons to mean something.
    assert acknowledged.keys() >= {"book", "status", "gift"}
    has_farewell = any(isinstance(fault, Farewell) for fault in faults)
    assert bool(simulation.forgotten) == has_farewell
    assert simulation.model.changes["booked"] > minutes / 10


def judge_alerts(simulation: Simulation, faults: Sequence[Fault], folder: Path) -> None:
    """Check which alerts these faults have raised, where Prometheus's tool is installed."""
    if HAS_PROMTOOL:
        fired = simulation.scrapes.find_alerts(folder)
        print(f"alerts: {fired}")
        assert check_alerts(fired, faults) == []


async def test_an_hour_of_faults_breaks_no_promise(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with simulate(store, 1, monkeypatch, mentors=3, mentees=6) as simulation:
        faults = plan(random.Random(1), 60, simulation)
        await spend(simulation, 60, faults, busy=0.8)
        judge_alerts(simulation, faults, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_a_day_of_faults_breaks_no_promise(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    minutes = 24 * 60
    async with simulate(store, seed, monkeypatch, mentors=6, mentees=12) as simulation:
        faults = plan(random.Random(seed), minutes, simulation)
        await spend(simulation, minutes, faults, busy=0.6)
        judge_alerts(simulation, faults, tmp_path)


def long_faults(store: Store) -> list[Fault]:
    """Return one long fault of each kind that has an alert of its own, with calm in between."""
    is_file = isinstance(store, SqliteStore)
    database = DatabaseLocked(75, 20) if is_file else DatabaseStopped(75, 20)
    return [
        GatewayGone(45, 10),
        database,
        Kill(170, 15, points=20),
        DiscordTrouble(225, 110, share=1.0),
    ]


@pytest.mark.long
@pytest.mark.skipif(not HAS_PROMTOOL, reason="needs promtool, of Debian's package prometheus")
async def test_each_long_fault_raises_its_alert(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with simulate(store, 7, monkeypatch, mentors=3, mentees=6) as simulation:
        faults = long_faults(store)
        await spend(simulation, 345, faults, busy=0.6)
        judge_alerts(simulation, faults, tmp_path)
