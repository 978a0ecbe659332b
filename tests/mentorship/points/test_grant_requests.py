"""Grants above the guild's ceiling, and what a moderator has to confirm or may not do at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.delivery import outbox
from mentorship.errors import (
    AlreadyDecided,
    GrantAboveCeiling,
    NotAModerator,
    NotFound,
    OwnCase,
    RecipientNotAMember,
    SecondModeratorNeeded,
    Term,
    TermsChanged,
)
from mentorship.members import members
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure, personal_data
from mentorship.points import adjustments, grant_requests
from mentorship.points.grant_requests import GrantRequestStatus, GrantRequestView
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Receipt, Recipient
from mentorship.sessions import departures
from storage.tables import GrantRequest
from tests.conftest import Clock
from tests.mentorship.support.community import Community

MODERATOR_ROLE = 5


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


@pytest.fixture
async def priya(town: Community) -> Actor:
    return await moderator(town, "Priya")


@pytest.fixture
async def sam(town: Community) -> Actor:
    return await moderator(town, "Sam")


async def moderator(town: Community, name: str) -> Actor:
    await town.configure(moderator_role_id=MODERATOR_ROLE)
    return replace(await town.member(name), role_ids=frozenset({MODERATOR_ROLE}))


async def grant(
    town: Community, actor: Actor, person: Actor, amount: int, **more: Any
) -> Receipt | GrantRequestView:
    to = Recipient(person.user_id, person.name)
    return await town.db.run(
        grant_requests.grant_or_request, actor, to, amount, "First prize", **more
    )


async def request(
    town: Community, actor: Actor, person: Actor, amount: int = 10_001, **more: Any
) -> GrantRequestView:
    result = await grant(town, actor, person, amount, **more)
    assert isinstance(result, GrantRequestView)
    return result


async def test_a_grant_above_the_ceiling_waits_for_a_second_moderator(
    town: Community, maya: Actor, priya: Actor
) -> None:
    assert isinstance(await grant(town, priya, maya, 10_000), Receipt)
    pending = await request(town, priya, await town.member("Noor"))
    assert (pending.status, pending.name, pending.amount, pending.reason) == (
        "pending",
        "Noor",
        10_001,
        "First prize",
    )
    assert (pending.requested_by, pending.decided_by) == (priya.user_id, None)
    assert await town.balance(replace(maya, user_id=pending.user_id)) == 0
    page = await town.db.read(grant_requests.list_pending, priya)
    assert list(page.items) == [pending]
    (card,) = await town.notifications(NotificationKind.GRANT_REQUESTED)
    assert card.facts == {"request": pending.id}
    with pytest.raises(GrantAboveCeiling):
        await town.db.run(adjustments.grant, priya, Recipient(pending.user_id), 10_001, "Around it")


async def test_the_second_moderators_confirmation_grants_the_points(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    pending = await request(town, priya, maya)
    confirmed = await town.db.run(grant_requests.confirm, sam, pending.id)
    assert (confirmed.status, confirmed.decided_by) == ("confirmed", sam.user_id)
    assert confirmed.transfer_id is not None
    assert await town.balance(maya) == 10_001
    assert not (await town.db.read(grant_requests.list_pending, priya)).items
    assert await town.notified_kinds(maya) == ["points"]
    assert await town.notified_kinds(priya) == ["grant_decided"]
    sent = {each.kind: each for each in await town.db.run(outbox.claim_due)}
    decided = sent[NotificationKind.GRANT_DECIDED].grant_request
    assert decided == confirmed
    entries = await town.db.read(audit.list_entries, sam, limit=3)
    assert [(entry.action, entry.actor_id, entry.user_id) for entry in entries] == [
        ("grant_confirmed", sam.user_id, maya.user_id),
        ("points_granted", priya.user_id, maya.user_id),
        ("grant_requested", priya.user_id, maya.user_id),
    ]


async def test_a_rejected_grant_transfers_nothing(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    pending = await request(town, priya, maya)
    rejected = await town.db.run(grant_requests.reject, sam, pending.id)
    assert (rejected.status, rejected.decided_by, rejected.transfer_id) == (
        "rejected",
        sam.user_id,
        None,
    )
    assert await town.balance(maya) == 0
    assert await town.notified_kinds(maya) == []
    assert await town.notified_kinds(priya) == ["grant_decided"]


async def test_the_requester_can_withdraw_but_not_confirm(
    town: Community, maya: Actor, priya: Actor
) -> None:
    pending = await request(town, priya, maya)
    for actor in (priya, replace(priya, manages_guild=True)):
        with pytest.raises(SecondModeratorNeeded):
            await town.db.run(grant_requests.confirm, actor, pending.id)
    assert await town.balance(maya) == 0
    withdrawn = await town.db.run(grant_requests.reject, priya, pending.id)
    assert withdrawn.status is GrantRequestStatus.REJECTED
    assert await town.notified_kinds(priya) == []


async def test_only_another_moderator_of_the_guild_decides(
    town: Community, village: Community, priya: Actor, sam: Actor
) -> None:
    await village.configure()
    pending = await request(town, priya, sam)
    before = await town.dump()
    for decide in (grant_requests.confirm, grant_requests.reject):
        for actor in (sam, replace(sam, manages_guild=True)):
            with pytest.raises(OwnCase):
                await town.db.run(decide, actor, pending.id)
        with pytest.raises(NotAModerator):
            await town.db.run(decide, replace(priya, role_ids=frozenset()), pending.id)
        with pytest.raises(NotFound):
            await town.db.run(decide, village.chief, pending.id)
    assert await town.dump() == before


async def test_the_first_of_concurrent_decisions_counts(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    noor = await moderator(town, "Noor")
    pending = await request(town, priya, maya)
    results = await asyncio.gather(
        town.db.run(grant_requests.confirm, sam, pending.id),
        town.db.run(grant_requests.reject, noor, pending.id),
        town.db.run(grant_requests.confirm, noor, pending.id),
        return_exceptions=True,
    )
    (decided,) = [each for each in results if isinstance(each, GrantRequestView)]
    refused = [each for each in results if isinstance(each, AlreadyDecided)]
    assert len(refused) == 2
    assert {(each.decision, each.decided_by) for each in refused} == {
        (decided.status, decided.decided_by)
    }
    expected = 10_001 if decided.status is GrantRequestStatus.CONFIRMED else 0
    assert await town.balance(maya) == expected


async def test_a_repeated_key_makes_one_request_and_finds_its_outcome(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    first, *more = await asyncio.gather(
        *(request(town, priya, maya, key="card:1", balance_shown=0) for _ in range(4))
    )
    assert more == [first] * 3
    assert await town.count(GrantRequest) == 1
    await town.db.run(grant_requests.confirm, sam, first.id)
    again = await request(town, priya, maya, key="card:1", balance_shown=0)
    assert (again.id, again.status) == (first.id, "confirmed")
    receipts = [await grant(town, priya, maya, 5, key="card:2") for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert await town.balance(maya) == 10_006


async def test_a_grant_to_somebody_who_left_cannot_be_confirmed(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    pending = await request(town, priya, maya)
    with pytest.raises(RecipientNotAMember):
        await town.db.run(grant_requests.confirm, sam, pending.id, is_member=False)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    with pytest.raises(RecipientNotAMember):
        await town.db.run(grant_requests.confirm, sam, pending.id)
    assert (await town.db.read(grant_requests.load, sam, pending.id)).is_pending
    await town.db.run(grant_requests.confirm, sam, pending.id, is_member=True)
    assert await town.balance(maya) == 10_001


async def test_parts_of_a_large_grant_count_together_for_a_day(
    town: Community, clock: Clock, maya: Actor, priya: Actor, sam: Actor
) -> None:
    assert isinstance(await grant(town, priya, maya, 6_000), Receipt)
    pending = await request(town, priya, maya, 4_001)
    assert isinstance(await grant(town, priya, maya, 4_000), Receipt)
    # A confirmed grant doesn't count, nor what other moderators grant, or to other people.
    await town.db.run(grant_requests.confirm, sam, pending.id)
    assert isinstance(await grant(town, sam, maya, 10_000), Receipt)
    assert isinstance(await grant(town, priya, sam, 10_000), Receipt)
    await request(town, priya, maya, 1)
    clock.now += timedelta(hours=24, seconds=1)
    assert isinstance(await grant(town, priya, maya, 10_000), Receipt)


async def test_a_moderator_does_not_evade_the_ceiling_by_being_erased(
    town: Community, maya: Actor, priya: Actor
) -> None:
    assert isinstance(await grant(town, priya, maya, 10_000), Receipt)
    await town.db.run(erasure.erase, priya)
    await request(town, priya, maya, 1)
    assert await town.balance(maya) == 10_000


async def test_the_main_app_is_held_to_the_ceiling_for_each_grant(
    town: Community, maya: Actor, sam: Actor
) -> None:
    main_app = Actor(9, "GrindMap", town.guild_id, manages_guild=True, is_main_app=True)
    for _ in range(3):
        assert isinstance(await grant(town, main_app, maya, 10_000), Receipt)
    pending = await request(town, main_app, maya)
    await town.db.run(grant_requests.confirm, sam, pending.id)
    assert await town.balance(maya) == 40_001
    # The main app is no member, and has no direct messages.
    assert await town.notifications(NotificationKind.GRANT_DECIDED) == []
    assert 9 not in {row.user_id for row in (await town.dump())["members"]}


async def test_an_erased_moderator_cannot_return_and_confirm_their_own_request(
    town: Community, maya: Actor, priya: Actor
) -> None:
    pending = await request(town, priya, maya)
    await town.db.run(erasure.erase, replace(priya, role_ids=frozenset()))
    with pytest.raises(AlreadyDecided):
        await town.db.run(grant_requests.confirm, priya, pending.id)
    left = await town.db.read(grant_requests.load, town.chief, pending.id)
    assert (left.status, left.requested_by, left.reason) == ("rejected", None, "")
    assert await town.balance(maya) == 0
    assert not await town.db.read(personal_data.has_data, town.guild_id, priya.user_id)


async def test_pending_grants_are_listed_in_pages_the_oldest_first(
    town: Community, village: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    ids = [(await request(town, priya, maya)).id for _ in range(5)]
    await village.configure()
    await request(village, village.chief, await village.join(maya))
    await town.db.run(grant_requests.reject, sam, ids.pop(1))
    first = await town.db.read(grant_requests.list_pending, sam, None, 3)
    second = await town.db.read(grant_requests.list_pending, sam, first.next, 3)
    assert [each.id for each in (*first.items, *second.items)] == ids
    back = await town.db.read(grant_requests.list_pending, sam, second.previous, 3)
    assert [each.id for each in back.items] == ids[:3]
    with pytest.raises(NotAModerator):
        await town.db.read(grant_requests.list_pending, maya)


async def test_a_grant_to_an_erased_person_is_gone(
    town: Community, maya: Actor, priya: Actor, sam: Actor
) -> None:
    pending = await request(town, priya, maya)
    await town.db.run(erasure.erase, maya)
    with pytest.raises(NotFound):
        await town.db.run(grant_requests.confirm, sam, pending.id)
    (card,) = [
        each
        for each in await town.db.run(outbox.claim_due)
        if each.kind is NotificationKind.GRANT_REQUESTED
    ]
    assert card.grant_request is None


# --- What a moderator sees, and may not do --------------------------------------------------------


@pytest.mark.parametrize("cause", [Cause.GRANT, Cause.DEDUCTION])
async def test_more_than_1000_points_are_confirmed_first(
    town: Community, priya: Actor, cause: Cause
) -> None:
    maya = await town.member("Maya", points=5_000)
    to = Recipient(maya.user_id, "Maya")
    for amount, is_confirmed in ((1_000, False), (1_001, True)):
        quote = await town.db.read(
            adjustments.before_adjust, priya, cause, to, amount, "First prize"
        )
        assert quote.needs_confirmation is is_confirmed
        change = amount if cause is Cause.GRANT else -amount
        assert (quote.amount, quote.balance, quote.balance_after) == (
            change,
            5_000,
            5_000 + change,
        )
        assert not quote.needs_second_moderator


async def test_only_grants_need_a_second_moderator(town: Community, priya: Actor) -> None:
    maya = await town.member("Maya", points=50_000)
    to = Recipient(maya.user_id, "Maya")
    await town.configure(grant_ceiling=20)
    for amount, cause, needed in (
        (20, Cause.GRANT, False),
        (21, Cause.GRANT, True),
        (20_000, Cause.DEDUCTION, False),
    ):
        quote = await town.db.read(adjustments.before_adjust, priya, cause, to, amount, "Prize")
        assert quote.needs_second_moderator is needed
        assert quote.needs_confirmation is (needed or amount > 1_000)


@pytest.mark.parametrize("amount", [2_000, 20_000])
async def test_nothing_happens_if_the_balance_changed_since_the_card(
    town: Community, maya: Actor, priya: Actor, amount: int
) -> None:
    await town.grant(maya, 7)
    before = await town.dump()
    with pytest.raises(TermsChanged) as refused:
        await grant(town, priya, maya, amount, key="card:1", balance_shown=0)
    assert (refused.value.term, refused.value.seen, refused.value.current) == (Term.BALANCE, 0, 7)
    with pytest.raises(TermsChanged):
        await town.db.run(
            adjustments.deduct,
            priya,
            Recipient(maya.user_id),
            5,
            "A slip",
            key="card:2",
            balance_shown=0,
        )
    assert await town.dump() == before


async def test_nobody_grants_to_or_deducts_from_themselves(town: Community, priya: Actor) -> None:
    before = await town.dump()
    to = Recipient(priya.user_id, "Priya")
    for amount in (5, 20_000):
        with pytest.raises(OwnCase):
            await grant(town, priya, priya, amount)
    with pytest.raises(OwnCase):
        await town.db.run(adjustments.deduct, priya, to, 5, "A slip")
    for cause in (Cause.GRANT, Cause.DEDUCTION):
        with pytest.raises(OwnCase):
            await town.db.read(adjustments.before_adjust, priya, cause, to, 5, "A slip")
    assert await town.dump() == before


async def test_a_managers_grant_to_themselves_is_logged_as_their_own_case(
    town: Community, sam: Actor
) -> None:
    chief = replace(await town.member("Chief"), manages_guild=True)
    await grant(town, chief, chief, 5)
    entry, *_ = await town.db.read(audit.list_entries, sam)
    assert (entry.action, entry.facts.get("own_case")) == ("points_granted", True)
    # Above the ceiling a second person has to agree all the same.
    pending = await request(town, chief, chief)
    with pytest.raises(OwnCase):
        await town.db.run(grant_requests.confirm, chief, pending.id)
    await town.db.run(grant_requests.confirm, sam, pending.id)
    assert await town.balance(chief) == 10_006


async def test_a_moderator_who_lost_the_role_grants_nothing(
    town: Community, maya: Actor, priya: Actor
) -> None:
    before = await town.dump()
    former = replace(priya, role_ids=frozenset())
    for amount in (5, 20_000):
        with pytest.raises(NotAModerator):
            await grant(town, former, maya, amount)
    assert await town.dump() == before


async def test_a_member_has_used_the_bot_from_their_first_act_on(
    town: Community, clock: Clock, priya: Actor
) -> None:
    ada = Actor(987, "Ada", town.guild_id)
    to = Recipient(ada.user_id, "Ada", is_member=True)
    await town.db.run(adjustments.grant, priya, to, 5, "Welcome")

    async def used_at() -> Any:
        (row,) = [row for row in (await town.dump())["members"] if row.user_id == ada.user_id]
        return row.used_at

    assert await used_at() is None
    first = clock.now = clock.now + timedelta(hours=1)
    await town.db.run(members.record, ada)
    clock.now += timedelta(hours=1)
    await town.db.run(members.record, ada)
    assert await used_at() == first
