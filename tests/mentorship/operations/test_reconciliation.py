"""The check of the ledger finds each kind of fault, and none in a consistent ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from mentorship.operations import reconciliation
from mentorship.sessions.groups import creation
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from tests.conftest import Clock
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours
from wording.administration.ledger_faults import sentence
from wording.reader import ENGLISH


@pytest.fixture
async def db(sqlite_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A SQLite file without constraints, whose ledger isn't checked after the test."""
    database = Database(sqlite_url, clock=clock, synchronous="OFF")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    """A guild with sessions in several states."""
    town = Community(db, clock)
    await town.configure(fee_percent=10, starting_balance=500)
    maya, oliver = await town.member("Maya"), await town.mentor("Oliver")
    for number, status in enumerate(
        (
            SessionStatus.CANCELLED,
            SessionStatus.DECLINED,
            SessionStatus.COMPLETED,
            SessionStatus.DISPUTED,
        )
    ):
        await town.session(status, maya, oliver, TUESDAY_NOON + hours(2 * number))
    await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(24))
    return town


async def faults_after(town: Community, *statements: str) -> tuple[str, ...]:
    """Run statements without triggers or constraints, and return the reported faults."""

    async def change(tx: Transaction) -> None:
        for guard in ("transfers_move_balances", "transfers_never_changed"):
            await tx.connection.execute(text(f"DROP TRIGGER {guard}"))
        await tx.connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        for statement in statements:
            await tx.connection.execute(text(statement))

    await town.db.run(change)
    report = await town.db.read(reconciliation.check)
    faults = (
        *report.faults,
        *await town.db.read(reconciliation.check_ratings),
        *await town.db.read(reconciliation.check_seats),
        *await town.db.read(reconciliation.check_tips),
    )
    return tuple(sentence(fault, ENGLISH) for fault in faults)


async def test_consistent_ledger_has_no_faults(town: Community) -> None:
    report = await town.db.read(reconciliation.check)
    assert report.faults == ()
    assert await town.db.read(reconciliation.check_ratings) == ()
    assert report.accounts > 4
    assert report.transfers > 8


async def test_empty_ledger_has_no_faults(db: Database) -> None:
    assert await db.read(reconciliation.check) == reconciliation.LedgerReport(0, 0, ())


async def test_balance_differing_from_its_transfers_is_a_fault(town: Community) -> None:
    faults = await faults_after(
        town, "UPDATE accounts SET balance = balance + 7 WHERE kind = 'fees'"
    )
    assert [fault.split(" (")[1] for fault in faults[:1]] == [
        "the fees) of server 10 is 13, but its transfers come to 6"
    ]
    assert faults[1:] == ("All balances of server 10 come to 7, and should come to 0",)


async def test_changed_transfer_is_a_fault(town: Community) -> None:
    faults = await faults_after(
        town, "UPDATE transfers SET amount = amount + 1 WHERE cause = 'fee'"
    )
    assert len(faults) == 2
    assert all("but its transfers come to" in fault for fault in faults)


async def test_negative_balance_is_a_fault(town: Community) -> None:
    faults = await faults_after(
        town, "UPDATE accounts SET balance = -3 WHERE kind = 'member' AND user_id = 1001"
    )
    assert any("(member 1001) of server 10 is below zero: -3" in fault for fault in faults)


async def test_too_many_issued_points_are_a_fault(town: Community) -> None:
    faults = await faults_after(
        town, "UPDATE accounts SET balance = -9007199254740993 WHERE kind = 'issuance'"
    )
    assert "Server 10 has 9,007,199,254,740,993 points in all, too many to count" in faults


async def test_transfer_between_guilds_is_a_fault(town: Community, village: Community) -> None:
    await village.member("Ines", points=5)
    faults = await faults_after(town, "UPDATE transfers SET guild_id = 20 WHERE cause = 'fee'")
    assert faults == (faults[0],)
    assert faults[0].endswith(" goes from server 10 to server 10")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("confirmed", "is confirmed and should hold 60 points, but holds 0"),
        ("disputed", "is in dispute and should hold 60 points, but holds 0"),
    ],
)
async def test_active_session_without_its_hold_is_a_fault(
    town: Community, status: str, words: str
) -> None:
    (fault,) = await faults_after(
        town, f"UPDATE sessions SET status = '{status}' WHERE status = 'cancelled'"
    )
    assert fault.endswith(words)


async def test_ended_session_with_a_hold_is_a_fault(town: Community) -> None:
    (fault,) = await faults_after(
        town, "UPDATE sessions SET status = 'completed' WHERE status = 'confirmed'"
    )
    assert fault.endswith("is completed and should hold 0 points, but holds 60")


async def test_a_wrong_count_of_seats_is_a_fault(town: Community) -> None:
    ada = await town.mentor("Ada")
    request = GroupRequest("Office hours", TUESDAY_NOON + hours(90), 60, capacity=2, price=0)
    group = await town.db.run(creation.create, ada, request)
    (fault,) = await faults_after(town, "UPDATE group_sessions SET seats_taken = 3")
    assert fault == (f"Group session {group.id} of server 10 counts 3 seats of 2, but 0 are taken")


async def test_number_of_reported_faults_is_limited(town: Community) -> None:
    for number in range(reconciliation.MAX_FAULTS_PER_CHECK + 5):
        await town.member(f"Member {number}", points=1)
    faults = await faults_after(
        town, "UPDATE accounts SET balance = balance + 1 WHERE kind = 'member'"
    )
    assert faults.count("There are more like the last one") == 1
    assert len(faults) == reconciliation.MAX_FAULTS_PER_CHECK + 2


async def test_rating_differing_from_the_latest_reviews_is_a_fault(town: Community) -> None:
    faults = await faults_after(
        town, "UPDATE mentor_profiles SET rating_sum = rating_sum + 5, rating_count = 1"
    )
    assert len(faults) == 1
    assert faults[0].endswith("is 5 stars from 1 person, but the latest reviews come to 0 from 0")


async def test_only_the_latest_visible_review_of_a_pair_may_count(town: Community) -> None:
    """Of four reviews the last one is hidden, so the third counts; here the second does instead."""
    faults = await faults_after(
        town,
        *(
            "INSERT INTO reviews (session_id, author_id, profile_id, stars, text, created_at,"
            " updated_at, hidden_at, counts)"
            f" SELECT min(id) + {number - 1}, 1, min(profile_id), 5, '', min(created_at),"
            f" min(created_at), {'min(created_at)' if number == 4 else 'NULL'}, {number == 2}"
            " FROM sessions"
            for number in (1, 2, 3, 4)
        ),
        "UPDATE mentor_profiles SET rating_sum = 5, rating_count = 1",
    )
    assert [fault.split(" of server")[0] for fault in faults] == ["Review 2", "Review 3"]


async def test_hidden_review_that_counts_is_a_fault(town: Community) -> None:
    faults = await faults_after(
        town,
        "INSERT INTO reviews (session_id, author_id, profile_id, stars, text, created_at,"
        " updated_at, hidden_at) SELECT id, 1, profile_id, 5, '', created_at, created_at,"
        " created_at FROM sessions WHERE status = 'completed'",
    )
    assert len(faults) == 1
    assert faults[0].startswith("Review 1 of server 10 must count")
