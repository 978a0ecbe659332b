"""Triggers and constraints: what the database enforces whatever the code does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from storage import Database, Transaction
from storage.tables import (
    Account,
    Commitment,
    IdempotencyKey,
    MentorProfile,
    Notification,
    Participant,
    ProfileRevision,
    Review,
    Session,
    Transfer,
    TravelRow,
)
from tests.storage.rows import (
    GUILD,
    MENTEE,
    MENTOR,
    OTHER_GUILD,
    add_accounts,
    add_commitment,
    add_profile,
    add_session,
    add_transfer,
    count_rows,
    insert_row,
    load_balances,
    tuesday_at,
)


async def refused(
    db: Database, use_case: Callable[..., Awaitable[object]], *args: Any, **kwargs: Any
) -> None:
    """Assert that the database refuses a use case, which is run without any retries."""
    engine = create_async_engine(db.url)
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            await use_case(Transaction(connection, db.now()), *args, **kwargs)
    await engine.dispose()


# --- commitments ------------------------------------------------------------------------


@pytest.fixture
async def meeting(any_db: Database) -> int:
    """A session with commitments of both people from 10:00 to 11:00."""
    meeting = await any_db.run(add_session)
    await any_db.run(add_commitment, meeting, 10, 11, MENTOR)
    await any_db.run(add_commitment, meeting, 10, 11, MENTEE)
    return meeting


@pytest.mark.parametrize(
    ("start", "end"), [(10, 11), (9.5, 10.5), (10.5, 11.5), (9, 12), (10.25, 10.75), (10.99, 11.01)]
)
async def test_overlapping_commitments_of_a_person_are_refused(
    any_db: Database, meeting: int, start: float, end: float
) -> None:
    other = await any_db.run(add_session)
    await refused(any_db, add_commitment, other, start, end)
    assert await any_db.read(count_rows, Commitment) == 2


@pytest.mark.parametrize(("start", "end"), [(9, 10), (11, 12), (6, 7), (20, 21)])
async def test_adjacent_commitments_are_allowed(
    any_db: Database, meeting: int, start: float, end: float
) -> None:
    other = await any_db.run(add_session)
    await any_db.run(add_commitment, other, start, end)
    assert await any_db.read(count_rows, Commitment) == 3


async def test_commitments_of_different_people_may_overlap(any_db: Database, meeting: int) -> None:
    other = await any_db.run(add_session)
    await any_db.run(add_commitment, other, 10, 11, 103)


async def test_commitments_in_different_guilds_must_not_overlap(
    any_db: Database, meeting: int
) -> None:
    elsewhere = await any_db.run(add_session, OTHER_GUILD)
    await refused(any_db, add_commitment, elsewhere, 10.5, 11.5)


async def test_a_commitment_cannot_be_moved_onto_another(any_db: Database, meeting: int) -> None:
    other = await any_db.run(add_session)
    later = await any_db.run(add_commitment, other, 12, 13)

    async def move(tx: Transaction, **to: Any) -> None:
        await tx.connection.execute(update(Commitment).where(Commitment.id == later).values(**to))

    await refused(any_db, move, starts_at=tuesday_at(10.5), ends_at=tuesday_at(11.5))
    await refused(any_db, move, starts_at=tuesday_at(9))
    await any_db.run(move, user_id=103, starts_at=tuesday_at(10))
    await refused(any_db, move, user_id=MENTEE)
    # Changing it so that it only overlaps itself is allowed.
    await any_db.run(move, user_id=103, starts_at=tuesday_at(11), ends_at=tuesday_at(12.5))


async def test_a_commitment_must_end_after_it_starts(any_db: Database, meeting: int) -> None:
    await refused(any_db, add_commitment, meeting, 14, 14)
    await refused(any_db, add_commitment, meeting, 15, 14)


# --- travel ---------------------------------------------------------------------------------------


async def add_trip(tx: Transaction, profile_id: int, first: int, last: int) -> None:
    await tx.connection.execute(
        insert(TravelRow).values(
            profile_id=profile_id,
            guild_id=GUILD,
            first_date=date(2026, 8, first),
            last_date=date(2026, 8, last),
            timezone="Europe/Lisbon",
        )
    )


async def add_two_profiles(tx: Transaction) -> list[int]:
    for guild in (GUILD, OTHER_GUILD):
        await add_session(tx, guild)
    return list(await tx.connection.scalars(select(MentorProfile.id).order_by(MentorProfile.id)))


@pytest.mark.parametrize(("first", "last"), [(1, 3), (10, 12), (5, 6), (1, 20), (3, 10)])
async def test_overlapping_trips_of_a_mentor_are_refused(
    any_db: Database, first: int, last: int
) -> None:
    profile, other = await any_db.run(add_two_profiles)
    await any_db.run(add_trip, profile, 3, 10)
    await refused(any_db, add_trip, profile, first, last)
    await refused(any_db, add_trip, profile, 13, 12)
    await any_db.run(add_trip, profile, 11, 11)
    await any_db.run(add_trip, profile, 2, 2)
    await any_db.run(add_trip, other, first, last)

    async def extend_backwards(tx: Transaction, first: int) -> None:
        trip = update(TravelRow).where(TravelRow.first_date == date(2026, 8, 11))
        await tx.connection.execute(trip.values(first_date=date(2026, 8, first)))

    await refused(any_db, extend_backwards, 10)


# --- points ---------------------------------------------------------------------------------------


async def test_a_transfer_updates_both_balances(any_db: Database) -> None:
    issuance, member = await any_db.run(add_accounts)
    await any_db.run(add_transfer, issuance, member, 70)
    await any_db.run(add_transfer, member, issuance, 30)
    assert await load_balances(any_db) == {issuance: -40, member: 40}


async def test_balances_cannot_go_below_zero(any_db: Database) -> None:
    issuance, member = await any_db.run(add_accounts)
    await any_db.run(add_transfer, issuance, member, 70)
    await refused(any_db, add_transfer, member, issuance, 71)
    assert await load_balances(any_db) == {issuance: -70, member: 70}

    async def write_off(tx: Transaction) -> None:
        await tx.connection.execute(update(Account).where(Account.id == member).values(balance=-1))

    await refused(any_db, write_off)
    await any_db.run(add_transfer, member, issuance, 70)
    assert await load_balances(any_db) == {issuance: 0, member: 0}


@pytest.mark.parametrize("amount", [0, -5])
async def test_the_amount_of_a_transfer_must_be_positive(any_db: Database, amount: int) -> None:
    issuance, member = await any_db.run(add_accounts)
    await refused(any_db, add_transfer, issuance, member, amount)


async def test_a_transfer_needs_two_different_accounts(any_db: Database) -> None:
    issuance, _ = await any_db.run(add_accounts)
    await refused(any_db, add_transfer, issuance, issuance, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"id": 99},
        {"guild_id": OTHER_GUILD},
        {"debit_account_id": 2},
        {"credit_account_id": 1},
        {"amount": 1},
        {"cause": "fee"},
        {"session_id": 1},
        {"created_at": tuesday_at(9)},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_transfer_cannot_be_changed(any_db: Database, change: dict[str, Any]) -> None:
    issuance, member = await any_db.run(add_accounts)
    made = await any_db.run(add_transfer, issuance, member, 70)

    async def change_transfer(tx: Transaction) -> None:
        await tx.connection.execute(update(Transfer).where(Transfer.id == made).values(**change))

    with pytest.raises(DBAPIError, match="a transfer is never changed"):
        await any_db.run(change_transfer)
    assert await load_balances(any_db) == {issuance: -70, member: 70}


async def test_a_transfer_cannot_be_deleted(any_db: Database) -> None:
    issuance, member = await any_db.run(add_accounts)
    await any_db.run(add_transfer, issuance, member, 70)

    async def forget(tx: Transaction) -> None:
        await tx.connection.execute(delete(Transfer))

    with pytest.raises(DBAPIError, match="a transfer is never changed"):
        await any_db.run(forget)
    assert await any_db.read(count_rows, Transfer) == 1


async def test_the_maker_and_reason_of_a_transfer_can_be_erased(any_db: Database) -> None:
    issuance, member = await any_db.run(add_accounts)
    made = await any_db.run(add_transfer, issuance, member, 70)

    async def forget(tx: Transaction) -> None:
        values = {"made_by": None, "reason": None}
        await tx.connection.execute(update(Transfer).where(Transfer.id == made).values(**values))

    await any_db.run(forget)
    assert await load_balances(any_db) == {issuance: -70, member: 70}


async def test_accounts_are_unique_by_kind_and_owner(any_db: Database) -> None:
    await any_db.run(add_accounts)
    meeting = await any_db.run(add_session)
    await any_db.run(insert_row, Account, guild_id=GUILD, kind="escrow", session_id=meeting)
    await any_db.run(insert_row, Account, guild_id=GUILD, kind="fees")
    for values in (
        {"kind": "issuance"},
        {"kind": "fees"},
        {"kind": "member", "user_id": MENTEE},
        {"kind": "escrow", "session_id": meeting},
        {"kind": "escrow"},
        {"kind": "member", "user_id": 103, "session_id": meeting},
    ):
        await refused(any_db, insert_row, Account, guild_id=GUILD, **values)


# --- uniqueness ----------------------------------------------------------------------------------


async def test_a_member_has_at_most_one_profile(any_db: Database) -> None:
    await any_db.run(add_session)
    await refused(any_db, add_profile)
    await any_db.run(add_profile, GUILD, MENTEE)


async def test_a_participant_has_at_most_one_review(any_db: Database) -> None:
    meeting = await any_db.run(add_session)
    review = {
        "session_id": meeting,
        "profile_id": 1,
        "text": "",
        "created_at": tuesday_at(9),
        "updated_at": tuesday_at(9),
    }
    await any_db.run(insert_row, Review, **review, author_id=MENTEE, stars=5)
    await refused(any_db, insert_row, Review, **review, author_id=MENTEE, stars=4)
    await any_db.run(insert_row, Review, **review, author_id=103, stars=1)
    await refused(any_db, insert_row, Review, **review, author_id=104, stars=0)
    await refused(any_db, insert_row, Review, **review, author_id=104, stars=6)


async def test_a_profile_has_at_most_one_pending_revision(any_db: Database) -> None:
    await any_db.run(add_session)
    text = {
        "profile_id": 1,
        "kind": "application",
        "expertise": ["python"],
        "bio": "",
        "hourly_rate": 0,
        "submitted_at": tuesday_at(9),
    }
    for status in ("rejected", "withdrawn", "rejected", "pending"):
        await any_db.run(insert_row, ProfileRevision, **text, status=status)
    await refused(any_db, insert_row, ProfileRevision, **text, status="pending")
    await any_db.run(insert_row, ProfileRevision, **text, status="approved")


async def test_a_session_has_exactly_one_mentor(any_db: Database) -> None:
    meeting = await any_db.run(add_session)
    place = {"session_id": meeting, "guild_id": GUILD}
    await any_db.run(insert_row, Participant, **place, user_id=MENTOR, role="mentor")
    await refused(any_db, insert_row, Participant, **place, user_id=MENTEE, role="mentor")
    await any_db.run(insert_row, Participant, **place, user_id=MENTEE, role="mentee")
    await refused(any_db, insert_row, Participant, **place, user_id=MENTEE, role="mentee")


async def test_notification_keys_are_unique(any_db: Database) -> None:
    await any_db.run(add_session)
    notice = {"guild_id": GUILD, "kind": "requested", "key": "requested:1:101"}
    notice |= {"due_at": tuesday_at(9), "next_at": tuesday_at(9)}
    await any_db.run(insert_row, Notification, **notice, user_id=MENTOR)
    await refused(any_db, insert_row, Notification, **notice, user_id=MENTEE)


async def test_idempotency_keys_are_unique_per_person(any_db: Database) -> None:
    await any_db.run(add_session)
    act = {"guild_id": GUILD, "key": "abc", "request": "digest", "created_at": tuesday_at(9)}
    await any_db.run(insert_row, IdempotencyKey, **act, user_id=MENTEE)
    await refused(any_db, insert_row, IdempotencyKey, **act, user_id=MENTEE)
    await any_db.run(insert_row, IdempotencyKey, **act, user_id=MENTOR)


# --- copies for lists -------------------------------------------------------------------


async def load_seat(tx: Transaction, session_id: int) -> tuple[Any, ...]:
    query = select(Participant.session_status, Participant.session_starts_at)
    row = await tx.connection.execute(query.where(Participant.session_id == session_id))
    return tuple(row.one())


async def test_a_seat_copies_its_sessions_status_and_start(any_db: Database) -> None:
    session_id = await any_db.run(add_session)
    seat = {"session_id": session_id, "user_id": MENTEE, "guild_id": GUILD, "role": "mentee"}
    await any_db.run(insert_row, Participant, **seat)
    assert await any_db.read(load_seat, session_id) == ("confirmed", tuesday_at(8))

    async def change(tx: Transaction, **values: Any) -> None:
        await tx.connection.execute(update(Session).values(**values))

    await any_db.run(change, status="cancelled")
    assert await any_db.read(load_seat, session_id) == ("cancelled", tuesday_at(8))
    await any_db.run(change, starts_at=tuesday_at(7))
    assert await any_db.read(load_seat, session_id) == ("cancelled", tuesday_at(7))


async def test_reviews_and_revisions_copy_the_guild_of_their_profile(any_db: Database) -> None:
    session_id = await any_db.run(add_session, OTHER_GUILD)
    await any_db.run(
        insert_row,
        Review,
        session_id=session_id,
        author_id=MENTEE,
        profile_id=1,
        stars=5,
        text="",
        created_at=any_db.now(),
        updated_at=any_db.now(),
    )
    await any_db.run(
        insert_row,
        ProfileRevision,
        profile_id=1,
        kind="application",
        status="pending",
        expertise=[],
        bio="",
        hourly_rate=0,
        submitted_at=any_db.now(),
    )

    async def guilds(tx: Transaction, table: type[Review | ProfileRevision]) -> list[Any]:
        return list(await tx.connection.scalars(select(table.guild_id)))

    assert await any_db.read(guilds, Review) == [OTHER_GUILD]
    assert await any_db.read(guilds, ProfileRevision) == [OTHER_GUILD]
