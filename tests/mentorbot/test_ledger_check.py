"""The daily check of the points ledger."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update

from bot.client import MentorBot
from mentorbot.jobs.ledger_check import check_ledger
from mentorbot.jobs.schedule import create_jobs
from mentorbot.settings import JobSettings, RetentionSettings
from mentorship.actors import Actor
from mentorship.operations import reconciliation
from mentorship.operations.reconciliation import FaultKind
from storage import Database, Transaction
from storage.tables import Account
from tests.conftest import Clock
from tests.mentorship.support.community import Community


def reported() -> dict[str, float]:
    """Return the metric's values, by kind of fault."""
    return {
        sample.labels["kind"]: sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == "mentorbot_ledger_faults"
    }


async def change_balance(tx: Transaction, person: Actor, points: int) -> None:
    """Change a balance without a transfer."""
    account = update(Account).where(Account.user_id == person.user_id)
    await tx.connection.execute(account.values(balance=Account.balance + points))


async def test_faults_are_reported_by_kind_until_they_are_fixed(
    db: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    town = Community(db, clock)
    await town.configure()
    maya = await town.member("Maya", points=50)
    assert await check_ledger(db) == 0
    assert reported() == dict.fromkeys(map(str, reconciliation.LEDGER_FAULTS), 0)
    await db.run(change_balance, maya, 7)
    assert await check_ledger(db) == 2
    off = {kind for kind, number in reported().items() if number}
    assert off == {FaultKind.BALANCE_OFF_TRANSFERS, FaultKind.GUILD_OFF_BALANCE}
    assert "the points ledger has faults" in caplog.text
    await db.run(change_balance, maya, -7)
    assert await check_ledger(db) == 0
    assert not any(reported().values())


async def test_a_job_checks_the_ledger(db: Database, clock: Clock) -> None:
    town = Community(db, clock)
    await town.configure()
    maya = await town.member("Maya", points=50)
    await db.run(change_balance, maya, 7)
    jobs = create_jobs(JobSettings(), RetentionSettings(), MentorBot(db), db)
    (job,) = (each for each in jobs if each.name == "check ledger")
    await job.run()
    assert reported()[FaultKind.BALANCE_OFF_TRANSFERS] == 1
