"""The history of a person's points, and their points on hold."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from mentorship.delivery import outbox
from mentorship.pagination import Cursor, Direction, Position
from mentorship.points import adjustments, transfers
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Recipient
from mentorship.sessions import points_history, transitions
from mentorship.sessions.points_history import (
    PointsHistoryEntry,
    PointsHistoryPage,
    PriceBreakdown,
    Wallet,
)
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


def summarize(entry: PointsHistoryEntry) -> tuple[str, int, int, str | None]:
    name = entry.partner.name if entry.partner is not None else None
    return entry.cause.value, entry.amount, entry.balance, name


async def newest(town: Community, person: Actor) -> list[tuple[str, int, int, str | None]]:
    return [
        summarize(entry) for entry in (await town.db.read(points_history.list_page, person)).entries
    ]


async def test_history_without_transfers_is_empty(town: Community, maya: Actor) -> None:
    assert await town.db.read(points_history.list_page, maya) == PointsHistoryPage((), None, None)
    assert await town.db.read(points_history.load_wallet, maya) == Wallet(balance=0, held=0)


async def test_history_has_each_cause_with_partner_and_reason(town: Community) -> None:
    await town.configure(starting_balance=200, fee_percent=10, late_refund_percent=50)
    maya = await town.member("Maya")
    oliver = await town.mentor("Oliver")
    paid = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.db.run(transfers.give, maya, Recipient(oliver.user_id), 15)
    await town.db.run(adjustments.grant, town.chief, Recipient(maya.user_id), 40, "For the talk.")
    await town.db.run(adjustments.deduct, town.chief, Recipient(maya.user_id), 5, "A slip.")
    late = await town.session(SessionStatus.CONFIRMED, maya, oliver, town.clock.now + hours(3))
    town.clock.turn(minutes=16)  # the grace period after the confirmation
    await town.db.run(transitions.cancel, maya, late.id)
    assert await newest(town, maya) == [
        ("refund", 30, 130, "Oliver"),
        ("hold", -60, 100, "Oliver"),
        ("deduction", -5, 160, None),
        ("grant", 40, 165, None),
        ("gift", -15, 125, "Oliver"),
        ("hold", -60, 140, "Oliver"),
        ("starting_balance", 200, 200, None),
    ]
    assert await town.db.read(points_history.load_price_breakdown, paid.id) == PriceBreakdown(
        refunded=0, paid=54, fee=6
    )
    assert await town.db.read(points_history.load_price_breakdown, late.id) == PriceBreakdown(
        refunded=30, paid=30, fee=0
    )
    page = await town.db.read(points_history.list_page, maya)
    outcomes = [entry.outcome for entry in page.entries if entry.cause is Cause.HOLD]
    assert outcomes == [PriceBreakdown(30, 30, 0), PriceBreakdown(0, 54, 6)]
    assert all(entry.outcome is None for entry in page.entries if entry.cause is not Cause.HOLD)
    assert [entry.reason for entry in page.entries[2:4]] == ["A slip.", "For the talk."]
    assert (page.entries[0].session_id, page.entries[0].session_starts_at) == (
        late.id,
        late.starts_at,
    )
    assert page.entries[5].session_id == paid.id
    assert page.entries[0].balance == await town.balance(maya)
    assert await newest(town, oliver) == [
        ("payment", 30, 299, "Maya"),
        ("gift", 15, 269, "Maya"),
        ("payment", 54, 254, "Maya"),
        ("starting_balance", 200, 200, None),
    ]


async def test_points_on_hold_are_not_in_the_balance(town: Community) -> None:
    maya = await town.member("Maya", points=200)
    oliver = await town.mentor("Oliver")
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.session(SessionStatus.SCHEDULED, maya, oliver, TUESDAY_NOON + hours(2))
    await town.session(SessionStatus.CANCELLED, maya, oliver, TUESDAY_NOON + hours(4))
    assert await town.db.read(points_history.load_wallet, maya) == Wallet(balance=80, held=120)
    assert await town.db.read(points_history.load_wallet, oliver) == Wallet(balance=0, held=0)


@pytest.mark.parametrize("size", [1, 3, 5])
async def test_history_pages_stay_stable_while_transfers_arrive(
    town: Community, maya: Actor, size: int
) -> None:
    noor = await town.member("Noor", points=100)
    for amount in range(1, 8):
        await town.grant(maya, amount)
        await town.db.run(transfers.give, maya, Recipient(noor.user_id), 1)
    whole = (await town.db.read(points_history.list_page, maya, None, 100)).entries
    assert [entry.amount for entry in whole] == [
        amount for granted in range(7, 0, -1) for amount in (-1, granted)
    ]
    seen: list[PointsHistoryEntry] = []
    page = await town.db.read(points_history.list_page, maya, None, size)
    assert page.newer is None
    while True:
        seen += page.entries
        await town.grant(maya, 1_000)
        if page.older is None:
            break
        page = await town.db.read(points_history.list_page, maya, page.older, size)
    assert seen == list(whole)

    back: list[PointsHistoryEntry] = list(reversed(page.entries))
    while page.newer is not None:
        page = await town.db.read(points_history.list_page, maya, page.newer, size)
        back += reversed(page.entries)
        assert page.entries[0].balance - page.entries[0].amount >= 0
    newest_id = max(entry.id for entry in back)
    latest = (await town.db.read(points_history.list_page, maya, None, 100)).entries
    assert newest_id == latest[0].id
    assert {entry.id for entry in back} == {entry.id for entry in latest}
    assert all(entry in latest for entry in back), "with the same balances"


@pytest.mark.parametrize("cursor", ["", "x", "a0", "a0.1", "a0.1.2.3.4", "a0.zzzzzzzzzzzzz.1"])
async def test_a_malformed_cursor_starts_at_the_newest_transfer(
    town: Community, maya: Actor, cursor: str
) -> None:
    await town.grant(maya, 5)
    assert len((await town.db.read(points_history.list_page, maya, cursor)).entries) == 1


async def test_a_forged_cursor_shows_only_own_transfers(town: Community, maya: Actor) -> None:
    noor = await town.member("Noor", points=100)
    await town.grant(maya, 5)
    for direction in Direction:
        forged = Cursor(
            direction, Position(0, (1 if direction is Direction.BACKWARD else 10_000, 10**15))
        ).text
        page = await town.db.read(points_history.list_page, maya, forged)
        assert [entry.amount for entry in page.entries] == [5]
    assert len((await town.db.read(points_history.list_page, noor)).entries) == 1


async def test_points_belong_to_one_guild(town: Community, village: Community, maya: Actor) -> None:
    there = await village.join(maya, points=7)
    assert await newest(town, maya) == []
    assert [
        summarize(entry) for entry in (await town.db.read(points_history.list_page, there)).entries
    ] == [("grant", 7, 7, None)]


async def test_a_transfer_is_loaded_from_its_readers_side(town: Community, maya: Actor) -> None:
    noor = await town.member("Noor", points=100)
    receipt = await town.db.run(transfers.give, noor, Recipient(maya.user_id), 30)
    transfer = await town.db.read(points_history.find_entry, receipt.transfer_id, noor.user_id)
    assert transfer is not None
    assert (transfer.cause, transfer.amount, transfer.balance) == (Cause.GIFT, -30, 70)
    assert await town.db.read(points_history.find_entry, receipt.transfer_id, 424242) is None
    await town.db.run(outbox.claim_due)
