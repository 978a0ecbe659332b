"""Ending all upcoming sessions of a person, in steps that a job takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from mentorbot.jobs.schedule import finish_changes
from mentorship import faults
from mentorship.actors import Actor
from mentorship.administration import audit, moderation
from mentorship.errors import NotAMentor
from mentorship.members import members
from mentorship.sessions import departures
from mentorship.sessions.departures import STEP
from mentorship.sessions.lifecycle import EndReason
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.tables import Session, SessionEnding
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements
from tests.storage.rows import insert_row

FURTHER = 4
NUMBER = STEP + FURTHER


@pytest.fixture
async def oliver(town: Community) -> Actor:
    await town.configure(**HIGH_LIMITS)
    return await town.mentor("Oliver", rate=10)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


@pytest.fixture
async def booked(town: Community, oliver: Actor, maya: Actor) -> list[SessionView]:
    """More sessions than one step ends, the soonest first."""
    return [
        await town.book(maya, oliver, TUESDAY_NOON + hours(2 * number)) for number in range(NUMBER)
    ]


async def statuses(tx: Transaction) -> list[str]:
    return list(await tx.connection.scalars(select(Session.status).order_by(Session.starts_at)))


async def endings(tx: Transaction) -> int:
    return len((await tx.connection.execute(select(SessionEnding))).all())


async def finish(db: Database) -> int:
    steps = 0
    while await db.run(departures.end_next):
        steps += 1
    return steps


async def suspend(town: Community, mentor: Actor) -> int:
    return await town.db.run(
        moderation.suspend,
        town.chief,
        mentor.user_id,
        "No-shows.",
        cancel_sessions=True,
        expected_sessions=NUMBER,
        expected_refund=10 * NUMBER,
    )


async def test_a_suspension_cancels_the_soonest_at_once_and_the_others_in_steps(
    town: Community, oliver: Actor, maya: Actor, booked: list[SessionView]
) -> None:
    assert await suspend(town, oliver) == NUMBER
    assert await town.db.read(statuses) == ["cancelled"] * STEP + ["scheduled"] * FURTHER
    with pytest.raises(NotAMentor):
        await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=20))
    (entry, *_) = await town.db.read(audit.list_entries, town.chief)
    assert entry.facts["cancelled"] == NUMBER

    # Another process goes on where this one stopped.
    other = Database(town.db.url, clock=town.clock)
    steps: list[int] = []
    assert await finish_changes(other, lambda: steps.append(1)) == 1
    assert steps == [1]
    await other.close()
    assert await town.db.read(statuses) == ["cancelled"] * NUMBER
    assert await town.balance(maya) == 1_000
    last = await town.reload(booked[-1])
    assert (last.ended_by, last.ended_reason) == (
        town.chief.user_id,
        EndReason.MENTOR_UNAVAILABLE,
    )
    assert await town.db.read(endings) == 0


async def test_sessions_booked_after_a_reinstatement_stay(
    town: Community, oliver: Actor, maya: Actor, booked: list[SessionView]
) -> None:
    await suspend(town, oliver)
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    later = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=20))
    await finish(town.db)
    assert await town.db.read(statuses) == ["cancelled"] * NUMBER + ["scheduled"]
    assert (await town.reload(later)).status is SessionStatus.SCHEDULED


async def test_a_departure_ends_the_soonest_at_once_and_the_others_in_steps(
    town: Community, oliver: Actor, maya: Actor, booked: list[SessionView]
) -> None:
    leave = departures.record_departure, town.guild_id, oliver.user_id
    assert await town.db.run(*leave) == STEP
    assert await town.db.read(statuses) == ["declined"] * STEP + ["scheduled"] * FURTHER
    await town.db.run(members.record_return, town.guild_id, oliver.user_id)
    await finish(town.db)
    assert await town.db.read(statuses) == ["declined"] * NUMBER
    assert await town.balance(maya) == 1_000
    before = await town.dump()
    assert await town.db.run(departures.end_next) == 0
    assert await town.dump() == before


async def test_others_end_if_one_has_a_cause_of_a_newer_version(
    town: Community, oliver: Actor, booked: list[SessionView]
) -> None:
    async def begin(tx: Transaction) -> None:
        row = {"guild_id": town.guild_id, "user_id": 1, "cause": "unknown", "until_id": 0}
        await insert_row(tx, SessionEnding, **row, began_at=tx.now, next_at=tx.now)

    await town.db.run(begin)
    town.clock.turn(seconds=1)
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    await finish_changes(town.db)
    assert await town.db.read(statuses) == ["declined"] * NUMBER
    assert await town.db.read(endings) == 1


async def test_others_end_if_one_session_cannot_be_ended(
    town: Community, oliver: Actor, maya: Actor, booked: list[SessionView]
) -> None:
    """Neither of the same person nor of others, and it is tried again."""
    priya = await town.mentor("Priya", rate=10)
    await town.book(maya, priya, TUESDAY_NOON + timedelta(days=21))

    async def break_escrow(tx: Transaction, kind: str) -> None:
        # The price is on hold in an account that the ledger doesn't find.
        await tx.connection.execute(
            text("UPDATE sessions SET price = :price WHERE id = :session"),
            {"price": 999 if kind == "broken" else 10, "session": booked[0].id},
        )

    await town.db.run(break_escrow, "broken")
    cancel = {"cancel_sessions": True}
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "No-shows.", **cancel)
    await town.db.run(moderation.suspend, town.chief, priya.user_id, "No-shows.", **cancel)
    await finish(town.db)
    assert await town.db.read(statuses) == ["scheduled"] + ["cancelled"] * NUMBER
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.row_id) == ("cancellation", booked[0].id)
    assert await town.db.read(endings) == 1

    await town.db.run(break_escrow, "mended")
    town.clock.turn(minutes=1)
    await finish(town.db)
    assert await town.db.read(statuses) == ["cancelled"] * (NUMBER + 1)
    assert await town.db.read(faults.list_recent) == []
    assert await town.db.read(endings) == 0


async def test_a_departure_does_not_read_the_end_of_the_sessions_on_postgresql(
    town: Community, oliver: Actor, booked: list[SessionView]
) -> None:
    """It would conflict with everybody who books at that moment."""
    if not town.db.url.startswith("postgresql"):
        pytest.skip("SQLite runs one writing transaction at a time")
    with record_statements(town.db) as executed:
        await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    assert [each for each, _ in executed if "max(" in each] == []
