"""Gifts of points, and grants and deductions by moderators."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.delivery import outbox
from mentorship.errors import (
    BalanceTooLow,
    BotsHaveNoPoints,
    GiftToOneself,
    InvalidField,
    KeyReused,
    MentorshipError,
    NotAModerator,
    RecipientNotAMember,
    TooManyPoints,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.points import adjustments, transfers
from mentorship.points.ledger import MAX_POINTS, Cause
from mentorship.points.transfers import Receipt, Recipient
from mentorship.sessions import departures
from storage import Transaction
from storage.tables import Guild, Transfer
from tests.errors import raises, sentence
from tests.mentorship.support.community import Community


def to(person: Actor) -> Recipient:
    return Recipient(person.user_id, person.name)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=50)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.member("Oliver")


# --- By moderators --------------------------------------------------------------------------------


async def grant(
    town: Community, actor: Actor, person: Actor, amount: int, reason: str = "help", **more: Any
) -> Receipt:
    return await town.db.run(adjustments.grant, actor, to(person), amount, reason, **more)


async def deduct(
    town: Community, actor: Actor, person: Actor, amount: int, reason: str = "a slip", **more: Any
) -> Receipt:
    return await town.db.run(adjustments.deduct, actor, to(person), amount, reason, **more)


async def remove_ceiling(town: Community) -> None:
    """Let one moderator grant any number of points."""

    async def update_ceiling(tx: Transaction) -> None:
        await tx.connection.execute(update(Guild).values(grant_ceiling=MAX_POINTS))

    await town.db.run(update_ceiling)


async def test_moderators_grant_and_deduct_with_a_reason(town: Community, maya: Actor) -> None:
    await town.configure(moderator_role_id=5)
    moderator = Actor(77, "Priya", town.guild_id, role_ids=frozenset({4, 5}))
    receipt = await grant(town, moderator, maya, 30)
    assert (receipt.user_id, receipt.amount, receipt.balance) == (maya.user_id, 30, 80)
    second_receipt = await deduct(town, town.chief, maya, 75)
    assert (second_receipt.user_id, second_receipt.amount, second_receipt.balance) == (
        maya.user_id,
        -75,
        5,
    )
    assert await town.balance(maya) == 5


async def test_grants_and_deductions_notify_the_person(town: Community, maya: Actor) -> None:
    await grant(town, town.chief, maya, 30, "  For the talk. ")
    await deduct(town, town.chief, maya, 10, "Twice, sorry.")
    notifications = [
        notification
        for notification in await town.db.run(outbox.claim_due)
        if notification.kind is NotificationKind.POINTS
    ]
    assert [notification.user_id for notification in notifications] == [maya.user_id] * 2
    first, second = (notification.transfer for notification in notifications)
    assert first is not None
    assert second is not None
    assert (first.cause, first.amount, first.reason) == (Cause.GRANT, 30, "For the talk.")
    assert (second.cause, second.amount, second.reason) == (Cause.DEDUCTION, -10, "Twice, sorry.")
    assert second.balance == 70


async def test_grants_and_deductions_are_in_audit_log_and_log_channel(
    town: Community, maya: Actor
) -> None:
    await town.configure(log_channel_id=12)
    await grant(town, town.chief, maya, 1_030, "For the talk.")
    await deduct(town, town.chief, maya, 30, "A slip.")
    deduction, grant_entry, *_ = await town.db.read(audit.list_entries, town.chief)
    assert (grant_entry.action, grant_entry.user_id, grant_entry.note) == (
        "points_granted",
        maya.user_id,
        "For the talk.",
    )
    assert (grant_entry.facts["amount"], grant_entry.facts["currency"]) == (1_030, "points")
    assert (deduction.action, deduction.actor_id, deduction.note) == (
        "points_deducted",
        town.chief.user_id,
        "A slip.",
    )
    assert deduction.facts["amount"] == 30
    logged = [row.facts["entry"] for row in await town.notifications(NotificationKind.LOGGED)]
    assert logged[-2:] == [grant_entry.id, deduction.id]


async def test_only_moderators_grant_and_deduct(town: Community, maya: Actor) -> None:
    before = await town.dump()
    for person in (maya, Actor(77, "Sam", town.guild_id, role_ids=frozenset({4}))):
        for adjust in (grant, deduct):
            with pytest.raises(NotAModerator):
                await adjust(town, person, maya, 30)
    assert await town.dump() == before


INVALID_GRANTS = [
    (0, "help", InvalidField, "The amount is 0. Choose 1 or more."),
    (-5, "help", InvalidField, "The amount is below zero. Choose 1 or more. To take points away, "),
    (
        10**30,
        "help",
        InvalidField,
        "The amount can be up to 9,007,199,254",
    ),
    (MAX_POINTS + 1, "help", InvalidField, "The amount can be "),
    (5, "", InvalidField, "Give a reason. The member will read it."),
    (5, " \n ", InvalidField, "Give a reason."),
    (5, "x" * 301, InvalidField, "The reason can have up to 300 characters."),
]


@pytest.mark.parametrize(("amount", "reason", "kind", "words"), INVALID_GRANTS)
async def test_an_invalid_grant_changes_nothing(
    town: Community, maya: Actor, amount: int, reason: str, kind: type[MentorshipError], words: str
) -> None:
    before = await town.dump()
    with pytest.raises(kind) as raised:
        await grant(town, town.chief, maya, amount, reason, key="k")
    assert sentence(raised.value).startswith(words)
    assert await town.dump() == before


async def test_bots_have_no_points(town: Community, maya: Actor) -> None:
    robot = Recipient(99, "Robot", is_bot=True)
    before = await town.dump()
    for act in (adjustments.grant, adjustments.deduct):
        with pytest.raises(BotsHaveNoPoints):
            await town.db.run(act, town.chief, robot, 5, "help")
    with pytest.raises(BotsHaveNoPoints):
        await town.db.run(transfers.give, maya, robot, 5)
    assert await town.dump() == before


async def test_a_deduction_cannot_exceed_the_balance(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    with pytest.raises(BalanceTooLow) as raised:
        await deduct(town, town.chief, maya, 51)
    assert (
        sentence(raised.value) == "Maya has 50 points, so you can't deduct 51. Deduct 50 or fewer."
    )
    with pytest.raises(BalanceTooLow) as raised:
        await deduct(town, town.chief, oliver, 1)
    assert sentence(raised.value) == "Oliver has 0 points, so you can't deduct 1."
    assert (await deduct(town, town.chief, maya, 50)).balance == 0


async def test_a_grant_adds_to_the_starting_balance(
    town: Community,
) -> None:
    await town.configure(starting_balance=20)
    noor = await town.member("Noor")
    assert await town.balance(noor) == 20
    assert (await grant(town, town.chief, noor, 5)).balance == 25
    assert await town.balance(noor) == 25


async def test_a_grant_by_id_alone_keeps_the_recorded_name(town: Community, maya: Actor) -> None:
    await town.db.run(adjustments.grant, town.chief, Recipient(maya.user_id), 1, "help")
    with raises(BalanceTooLow, saying=r"^Maya has 51 points"):
        await town.db.run(adjustments.deduct, town.chief, Recipient(maya.user_id), 99, "help")
    with raises(BalanceTooLow, saying=r"^A member has 0 points"):
        await town.db.run(adjustments.deduct, town.chief, Recipient(987), 99, "help")


async def test_a_guilds_points_stay_exact_in_json(
    town: Community, village: Community, oliver: Actor
) -> None:
    await town.configure(starting_balance=20)
    maya = await town.member("Maya")
    await remove_ceiling(town)
    await remove_ceiling(village)
    assert (await grant(town, town.chief, maya, MAX_POINTS - 20)).balance == MAX_POINTS
    for person in (maya, oliver):
        with pytest.raises(TooManyPoints) as raised:
            await grant(town, town.chief, person, 1)
        assert sentence(raised.value).endswith("You can still grant 0.")
    # New members start without points, and deducted points can be granted again.
    receipt = await town.db.run(transfers.give, maya, to(oliver), MAX_POINTS)
    assert (receipt.balance, await town.balance(oliver)) == (0, MAX_POINTS)
    assert (await deduct(town, town.chief, oliver, 7)).balance == MAX_POINTS - 7
    noor = await town.member("Noor")
    await town.db.run(transfers.give, oliver, to(noor), 1)
    assert await town.balance(noor) == 7 + 1
    there = await village.join(maya)
    assert (await grant(village, village.chief, there, MAX_POINTS)).balance == MAX_POINTS


async def test_concurrent_grants_all_count(town: Community, maya: Actor) -> None:
    await asyncio.gather(*(grant(town, town.chief, maya, 3) for _ in range(20)))
    assert await town.balance(maya) == 110


async def test_an_idempotency_key_is_used_once(town: Community, maya: Actor) -> None:
    first, *more = await asyncio.gather(
        *(grant(town, town.chief, maya, 5, key="k1") for _ in range(5))
    )
    assert more == [first] * 4
    assert await town.balance(maya) == 55
    again = await deduct(town, town.chief, maya, 5, key="k2")
    assert await deduct(town, town.chief, maya, 5, key="k2") == again
    assert await town.balance(maya) == 50
    assert await town.notified_kinds(maya) == ["points", "points"]
    for adjust, amount in ((grant, 6), (deduct, 5)):
        with pytest.raises(KeyReused):
            await adjust(town, town.chief, maya, amount, key="k1")
    # Another person can use the same key.
    other = Actor(78, "Priya", town.guild_id, manages_guild=True)
    assert (await grant(town, other, maya, 6, key="k1")).balance == 56


async def test_points_belong_to_one_guild(town: Community, village: Community, maya: Actor) -> None:
    there = await village.join(maya, points=7)
    assert (await town.balance(maya), await village.balance(there)) == (50, 7)


# --- By members -----------------------------------------------------------------------------------


async def test_a_gift_moves_points_and_notifies_the_recipient(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    quote = await town.db.read(transfers.before_give, maya, to(oliver), 30)
    assert (quote.balance, quote.balance_after) == (50, 20)
    receipt = await town.db.run(transfers.give, maya, to(oliver), 30)
    assert (receipt.user_id, receipt.amount, receipt.balance) == (maya.user_id, -30, 20)
    assert (await town.balance(maya), await town.balance(oliver)) == (20, 30)
    (notification,) = await town.db.run(outbox.claim_due)
    assert (notification.kind, notification.user_id) == (NotificationKind.POINTS, oliver.user_id)
    assert notification.transfer is not None
    assert notification.transfer.partner is not None
    assert (notification.transfer.amount, notification.transfer.partner.name) == (30, "Maya")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "The amount is 0. Choose 1 or more."),
        (-5, "The amount is below zero. Choose 1 or more."),
        (51, "You have 50 points, so you can't give 51. Give 50 or fewer."),
        (10**30, "The amount can be up to 9,007,199,254,740,992."),
    ],
)
async def test_an_invalid_gift_changes_nothing(
    town: Community, maya: Actor, oliver: Actor, amount: int, words: str
) -> None:
    before = await town.dump()
    for use_case in (
        lambda: town.db.read(transfers.before_give, maya, to(oliver), amount),
        lambda: town.db.run(transfers.give, maya, to(oliver), amount),
    ):
        with pytest.raises(MentorshipError) as raised:
            await use_case()
        assert sentence(raised.value) == words
    assert await town.dump() == before


async def test_a_gift_to_oneself_is_invalid(town: Community, maya: Actor) -> None:
    with pytest.raises(GiftToOneself):
        await town.db.run(transfers.give, maya, to(maya), 5)
    assert await town.balance(maya) == 50


async def test_a_gift_to_an_unknown_id_is_refused(town: Community, maya: Actor) -> None:
    # Somebody else has only named this id; that makes it nobody's.
    main_app = Actor(9, "GrindMap", town.guild_id, manages_guild=True, is_main_app=True)
    await town.db.run(adjustments.grant, main_app, Recipient(987), 5, "A course")
    before = await town.dump()
    for recipient in (Recipient(987), Recipient(988, "Nobody")):
        for use_case in (
            lambda to: town.db.read(transfers.before_give, maya, to, 5),
            lambda to: town.db.run(transfers.give, maya, to, 5),
        ):
            with pytest.raises(RecipientNotAMember):
                await use_case(recipient)
    assert await town.dump() == before


async def test_a_gift_to_somebody_who_left_is_refused(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    gone = Recipient(oliver.user_id, "Oliver", is_member=False)
    with raises(RecipientNotAMember, saying=r"^Oliver doesn't seem to be in this server"):
        await town.db.run(transfers.give, maya, gone, 5)
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    with pytest.raises(RecipientNotAMember):
        await town.db.run(transfers.give, maya, to(oliver), 5)
    assert (await town.balance(maya), await town.balance(oliver)) == (50, 0)
    # Discord knows better than the database.
    back = Recipient(oliver.user_id, "Oliver", is_member=True)
    assert (await town.db.run(transfers.give, maya, back, 5)).balance == 45


async def test_a_repeated_gift_returns_its_receipt_after_the_recipient_left(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    first = await town.db.run(transfers.give, maya, to(oliver), 10, key="card:1")
    gone = Recipient(oliver.user_id, "Oliver", is_member=False)
    assert await town.db.run(transfers.give, maya, gone, 10, key="card:1") == first
    assert await town.balance(oliver) == 10


async def test_only_the_main_app_grants_to_people_unknown_so_far(
    town: Community, oliver: Actor
) -> None:
    with pytest.raises(RecipientNotAMember):
        await town.db.run(adjustments.grant, town.chief, Recipient(987), 5, "help")
    main_app = Actor(9, "GrindMap", town.guild_id, manages_guild=True, is_main_app=True)
    receipt = await town.db.run(adjustments.grant, main_app, Recipient(987), 5, "A course")
    assert receipt.balance == 5
    await town.db.run(departures.record_departure, town.guild_id, oliver.user_id)
    for actor in (town.chief, main_app):
        with pytest.raises(RecipientNotAMember):
            await town.db.run(adjustments.grant, actor, to(oliver), 5, "help")


async def test_points_of_somebody_who_left_can_be_deducted(town: Community, maya: Actor) -> None:
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    gone = Recipient(maya.user_id, "Maya", is_member=False)
    receipt = await town.db.run(adjustments.deduct, town.chief, gone, 50, "Left")
    assert receipt.balance == 0


async def test_a_starting_balance_can_be_given_away(town: Community, oliver: Actor) -> None:
    await town.configure(starting_balance=20)
    noor = Actor(500, "Noor", town.guild_id)
    assert (await town.db.run(transfers.give, noor, to(oliver), 20)).balance == 0
    assert await town.balance(oliver) == 40


async def test_concurrent_submissions_of_a_gift_make_one_transfer(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await asyncio.gather(
        *(town.db.run(transfers.give, maya, to(oliver), 10, key="card:1") for _ in range(6))
    )
    assert (await town.balance(maya), await town.balance(oliver)) == (40, 10)
    assert await town.notified_kinds(oliver) == ["points"]


async def test_concurrent_gifts_cannot_spend_points_twice(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    results = await asyncio.gather(
        *(town.db.run(transfers.give, maya, to(oliver), 50) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Receipt) for result in results) == 1
    assert sum(isinstance(result, BalanceTooLow) for result in results) == 3
    assert await town.balance(oliver) == 50


async def test_concurrent_gifts_to_each_other_both_succeed(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.grant(oliver, 50)
    await asyncio.gather(
        *(town.db.run(transfers.give, maya, to(oliver), 2) for _ in range(10)),
        *(town.db.run(transfers.give, oliver, to(maya), 3) for _ in range(10)),
    )
    assert (await town.balance(maya), await town.balance(oliver)) == (60, 40)
    assert await town.count(Transfer) == 22
