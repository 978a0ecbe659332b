"""Outcomes that are recorded in one transaction succeed or fail together, for all callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, select

from bot.notifications.outcome_recorder import OutcomeRecorder
from mentorship.delivery import outbox, outcomes
from mentorship.delivery.outcomes import DeliveryOutcome
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from storage import Database, DatabaseUnavailable, Transaction, UseCaseMetrics
from storage.tables import Notification
from tests.conftest import Clock
from tests.mentorship.support.community import Community

PEOPLE = 6


@pytest.fixture
def metrics() -> list[UseCaseMetrics]:
    return []


@pytest.fixture
async def db(
    database_url: str, clock: Clock, metrics: list[UseCaseMetrics]
) -> AsyncIterator[Database]:
    database = Database(database_url, clock=clock, observe=metrics.append)
    yield database
    await database.close()


@pytest.fixture
async def sent(db: Database, clock: Clock) -> list[DeliveryOutcome]:
    """Outcomes of notifications that were claimed and sent, one to each person."""
    town = Community(db, clock)
    await town.configure()
    people = [await town.member(f"Member {number}") for number in range(PEOPLE)]
    await db.run(
        write,
        [
            NotificationDraft(
                NotificationKind.CONFIRMED,
                town.guild_id,
                each.user_id,
                subject="1",
                due_at=clock.now,
            )
            for each in people
        ],
    )
    claimed = await db.run(outbox.claim_due)
    return [outcomes.sent(each, 7, 8) for each in claimed]


async def write(tx: Transaction, drafts: list[NotificationDraft]) -> None:
    await writing.write(tx, drafts)


async def count_sent(tx: Transaction) -> int:
    statuses = await tx.connection.scalars(select(Notification.status))
    return sum(status == "sent" for status in statuses)


async def test_outcomes_that_arrive_at_once_share_a_transaction(
    db: Database, sent: list[DeliveryOutcome], metrics: list[UseCaseMetrics]
) -> None:
    recorder = OutcomeRecorder(db)
    await asyncio.gather(*map(recorder.record, sent))
    assert await db.read(count_sent) == PEOPLE
    assert sum(each.use_case.endswith("outcomes.record") for each in metrics) == 1


async def test_a_transaction_that_fails_fails_for_all_its_callers(
    db: Database, sent: list[DeliveryOutcome]
) -> None:
    """One who isn't told would continue as if the outcome were recorded."""

    def fail(_connection: object) -> None:
        raise OSError("the disk is gone")

    recorder = OutcomeRecorder(db)
    engine = db.engines[0].sync_engine
    event.listen(engine, "commit", fail)
    results = await asyncio.gather(*map(recorder.record, sent), return_exceptions=True)
    event.remove(engine, "commit", fail)
    assert [type(each) for each in results] == [DatabaseUnavailable] * PEOPLE
    assert await db.read(count_sent) == 0
    await asyncio.gather(*map(recorder.record, sent))
    assert await db.read(count_sent) == PEOPLE


async def test_a_cancelled_caller_cancels_no_other(
    db: Database, sent: list[DeliveryOutcome]
) -> None:
    recorder = OutcomeRecorder(db)
    recording = [asyncio.create_task(recorder.record(each)) for each in sent]
    await asyncio.sleep(0)
    recording[0].cancel()
    await asyncio.gather(*recording[1:])
    assert recording[0].cancelled()
    assert await db.read(count_sent) == PEOPLE, "its message was sent, so that is recorded, too"
