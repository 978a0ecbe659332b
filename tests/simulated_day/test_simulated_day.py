"""A day of a community, with everything going wrong: every promise is kept."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulated_day.acts import Outcome
from tests.simulated_day.faults import Fault, plan
from tests.simulated_day.promises import check_everything
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
    await simulation.run(SETTLING, [], busy / 2)
    await check_everything(simulation)
    acknowledged = Counter(
        act.kind for act in simulation.acts if act.outcome is Outcome.ACKNOWLEDGED
    )
    print(f"acknowledged: {dict(acknowledged)}; changes: {dict(simulation.model.changes)}")
    # Enough has happened for the comparisons to mean something.
    assert acknowledged.keys() >= {"book", "status", "gift"}
    assert simulation.model.changes["booked"] > minutes / 6


async def test_an_hour_of_faults_breaks_no_promise(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with simulate(store, 1, monkeypatch, mentors=3, mentees=6) as simulation:
        await spend(simulation, 60, plan(random.Random(1), 60, simulation), busy=0.8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_a_day_of_faults_breaks_no_promise(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    minutes = 24 * 60
    async with simulate(store, seed, monkeypatch, mentors=6, mentees=12) as simulation:
        await spend(simulation, minutes, plan(random.Random(seed), minutes, simulation), busy=0.6)
