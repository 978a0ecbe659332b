"""People who come back after their data was erased."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mentorship.actors import Actor
from mentorship.administration import audit, moderation
from mentorship.errors import (
    MentorshipError,
    NotAvailable,
    NotEnoughPoints,
    ReapplyLater,
    Suspended,
)
from mentorship.main_app import identity
from mentorship.members import blocks, returning
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.operations import erasure, guild_purge, personal_data
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import blocking, booking, points_history
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews
from mentorship.statuses import ProfileStatus, SessionStatus
from storage import Transaction
from storage.batches import run_in_batches
from storage.tables import ErasedPerson, Guild
from tests.conftest import Clock
from tests.mentorship.support import exports
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community
from tests.mentorship.support.statements import record_statements

APPLICATION = ProfileContent(["python"], 60, BIO)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    await town.configure(starting_balance=100)
    return await town.mentor("Oliver")


async def erase(town: Community, person: Actor) -> None:
    await town.db.run(erasure.erase, person)


async def test_no_number_of_returns_creates_points(town: Community, oliver: Actor) -> None:
    maya = await town.member("Maya")
    before = await town.balance(oliver)
    await town.db.run(transfers.give, maya, Recipient(oliver.user_id, "Oliver"), 100)
    for _ in range(5):
        await erase(town, maya)
        await town.join(maya)
        assert await town.balance(maya) == 0
        assert await town.balance(oliver) == before + 100


@pytest.mark.parametrize("seed", range(8))
async def test_no_random_sequence_of_gifts_and_erasures_creates_points(
    town: Community, oliver: Actor, seed: int
) -> None:
    choose = random.Random(seed)
    people = [oliver, *[await town.member(name) for name in ("Maya", "Noor")]]
    for _ in range(40):
        giver, receiver = choose.sample(people, 2)
        action = choose.choice(("give", "give", "give", "erase", "erase", "settle", "book"))
        try:
            if action == "give":
                amount = await town.balance(giver) or 1
                to = Recipient(receiver.user_id, receiver.name)
                await town.db.run(transfers.give, giver, to, amount)
            elif action == "erase":
                await erase(town, giver)
                await town.join(giver)
            elif action == "settle":
                await town.configure(starting_balance=choose.choice((0, 100, 100)))
            else:
                start = TUESDAY_NOON + timedelta(hours=choose.randrange(100))
                await town.book(giver, receiver, start)
        except MentorshipError:
            continue
        accounts = (await town.dump())["accounts"]
        issued = -sum(row.balance for row in accounts if row.kind == "issuance")
        assert issued <= 100 * len(people)


async def test_every_balance_of_a_returning_person_is_zero(town: Community, oliver: Actor) -> None:
    maya = await town.member("Maya")
    await erase(town, maya)
    await town.join(maya)
    assert (await town.db.read(points_history.load_wallet, maya)).balance == 0
    assert (await town.db.read(identity.load_details, maya)).balance == 0
    assert (await town.db.read(erasure.preview, maya)).points == 0
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    for use_case in (booking.quote, booking.book):
        with pytest.raises(NotEnoughPoints) as refused:
            await town.db.run(use_case, maya, request)
        assert refused.value.balance == 0


async def test_a_gift_opens_the_account_of_a_returning_person_without_starting_points(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await erase(town, maya)
    await town.join(maya)
    await town.db.run(transfers.give, oliver, Recipient(maya.user_id, "Maya"), 7)
    assert await town.balance(maya) == 7


async def test_somebody_erased_before_using_the_starting_balance_gets_none_later(
    town: Community,
) -> None:
    await town.configure(starting_balance=0)
    maya = await town.member("Maya")
    await erase(town, maya)
    await town.configure(starting_balance=100)
    assert await town.balance(await town.join(maya)) == 0


async def test_other_people_and_guilds_keep_their_starting_balance(
    town: Community, village: Community, oliver: Actor
) -> None:
    await village.configure(starting_balance=30)
    maya = await town.member("Maya")
    await erase(town, maya)
    assert await town.balance(await town.member("Noor")) == 100
    assert await village.balance(await village.join(maya)) == 30


async def test_erasing_a_stranger_remembers_nothing(town: Community, oliver: Actor) -> None:
    stranger = Actor(555, "Stranger", town.guild_id)
    await erase(town, stranger)
    assert await town.count(ErasedPerson) == 0
    assert await town.balance(stranger) == 100


async def test_the_digest_depends_on_a_key_that_goes_with_the_guild(
    town: Community, village: Community, clock: Clock
) -> None:
    await village.configure()
    maya = await town.member("Maya")
    await erase(town, maya)
    await erase(village, await village.join(maya))
    rows = (await town.dump())["erased_people"]
    assert len({row.digest for row in rows}) == 2
    assert all(len(bytes.fromhex(row.digest)) == 32 for row in rows)

    async def leave(tx: Transaction) -> None:
        is_guild = Guild.id == village.guild_id
        await tx.connection.execute(update(Guild).where(is_guild).values(left_at=tx.now))

    await town.db.run(leave)
    clock.now += guild_purge.GUILD_RETENTION
    assert await town.db.run(guild_purge.begin, village.guild_id)
    await run_in_batches(town.db, guild_purge.delete_batch, village.guild_id)
    (left,) = (await town.dump())["erased_people"]
    assert left.guild_id == town.guild_id


async def test_the_key_is_in_no_export_and_no_settings(town: Community) -> None:
    maya = await town.member("Maya")
    await erase(town, maya)
    await town.join(maya)

    async def load_key(tx: Transaction) -> str | None:
        return await tx.connection.scalar(select(Guild.person_key).where(Guild.id == town.guild_id))

    key = await town.db.read(load_key)
    assert key is not None
    assert len(bytes.fromhex(key)) == 32
    exported = await exports.export(town.db, maya)
    assert key not in str(exported)
    assert [row["was_suspended"] for row in exported["erased_people"]] == [False]
    assert "digest" not in exported["erased_people"][0]


async def test_erasure_does_not_shorten_the_wait_after_a_rejection(
    town: Community, clock: Clock
) -> None:
    maya, application = await town.applicant("Maya")
    await town.db.run(
        application_review.decide, town.chief, application.id, Decision.REJECTED, "Not yet."
    )
    again_at = clock.now + timedelta(days=7)
    for _ in range(2):
        await erase(town, maya)
        await town.join(maya)
        for use_case in (applications.before_apply, applications.apply):
            arguments = () if use_case is applications.before_apply else (APPLICATION,)
            with pytest.raises(ReapplyLater) as refused:
                await town.db.run(use_case, maya, *arguments)
            assert refused.value.again_at == again_at
    clock.now = again_at
    assert (await town.db.run(applications.apply, maya, APPLICATION)).is_pending


async def test_a_suspended_mentor_stays_suspended_until_a_moderator_reinstates_them(
    town: Community,
) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "Spam.", cancel_sessions=True)
    for _ in range(2):
        await erase(town, oliver)
        await town.join(oliver)
        with pytest.raises(Suspended):
            await town.db.run(applications.before_apply, oliver)
    status = await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    assert status is ProfileStatus.APPLICANT
    assert (await town.db.run(applications.apply, oliver, APPLICATION)).is_pending
    entry, *_ = await town.db.read(audit.list_entries, town.chief)
    assert (entry.action, entry.user_id) == ("reinstated", oliver.user_id)


async def test_an_erased_mentor_in_good_standing_can_apply_again(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    await erase(town, oliver)
    await town.join(oliver)
    assert (await town.db.run(applications.apply, oliver, APPLICATION)).is_pending


async def test_only_people_without_an_account_are_looked_up_when_they_book(
    town: Community, oliver: Actor
) -> None:
    sam, noor = await town.member("Sam"), await town.member("Noor")
    await erase(town, sam)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    with record_statements(town.db) as statements:
        await town.db.run(booking.book, noor, request)
    assert [text for text, _ in statements if "erased_people" in text]
    later = replace(request, starts_at=TUESDAY_NOON + timedelta(hours=2), minutes=30)
    await town.grant(noor, 100)
    with record_statements(town.db) as statements:
        await town.db.run(booking.book, noor, later)
    assert not [text for text, _ in statements if "erased_people" in text or "person_key" in text]


async def test_nobody_is_remembered_in_plain_text(town: Community) -> None:
    maya = await town.member("Maya")
    await erase(town, maya)
    record = await town.db.read(returning.find, town.guild_id, maya.user_id)
    assert record is not None
    assert (record.may_apply_from, record.was_suspended) == (None, False)
    assert not await town.db.read(personal_data.has_data, town.guild_id, maya.user_id)


async def test_a_block_outlasts_the_erasure_of_the_blocked_person(
    town: Community, oliver: Actor
) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor", points=5)
    for blocker in (oliver, noor):
        await town.db.run(blocking.block, blocker, BlockTarget(maya.user_id, "Maya"))
    for _ in range(2):
        await erase(town, maya)
        assert not await town.db.read(personal_data.has_data, town.guild_id, maya.user_id)
        assert await town.db.read(blocks.list_own, noor) == []
        # Noor blocks the id again before its owner has come back.
        await town.db.run(blocking.block, noor, BlockTarget(maya.user_id, "Maya"))
        await town.join(maya, points=100)
        with pytest.raises(NotAvailable):
            await town.book(maya, oliver)
        with pytest.raises(NotAvailable):
            await town.db.run(transfers.give, maya, Recipient(noor.user_id, "Noor"), 1)
        (blocked,) = await town.db.read(blocks.list_own, noor)
        assert blocked.user_id == maya.user_id
    await town.db.run(blocks.unblock, noor, maya.user_id)
    await town.db.run(transfers.give, maya, Recipient(noor.user_id, "Noor"), 1)


async def test_the_first_act_after_a_return_may_not_reach_a_blocker(
    town: Community, oliver: Actor
) -> None:
    maya = await town.member("Maya")
    await town.db.run(blocking.block, oliver, BlockTarget(maya.user_id, "Maya"))
    await erase(town, maya)
    await town.db.run(
        adjustments.grant, town.chief, Recipient(maya.user_id, "Maya", is_member=True), 5, "Hello"
    )
    with pytest.raises(NotAvailable):
        await town.db.run(transfers.give, maya, Recipient(oliver.user_id, "Oliver"), 5)


async def test_an_erasure_never_lets_someone_count_twice_in_a_rating(
    town: Community, oliver: Actor
) -> None:
    async def rate(person: Actor, start: datetime, stars: int) -> None:
        session = await town.session(SessionStatus.COMPLETED, person, oliver, start)
        await town.db.run(reviews.rate, person, session.id, stars, "Words")

    async def rating() -> tuple[int, int]:
        (profile,) = (await town.dump())["mentor_profiles"]
        return profile.rating_sum, profile.rating_count

    maya, noor = await town.member("Maya", points=100), await town.member("Noor", points=100)
    await rate(noor, TUESDAY_NOON, 3)
    await rate(maya, TUESDAY_NOON + timedelta(hours=2), 5)
    assert await rating() == (8, 2)
    await erase(town, maya)
    assert await rating() == (3, 1)
    await town.join(maya, points=100)
    await rate(maya, TUESDAY_NOON + timedelta(hours=4), 5)
    assert await rating() == (8, 2)
