"""Two bots on one shard, as during a rolling restart: what people do happens once.

Both receive every command, press and form. `pytest --second-bot before tests/journeys` connects a
second bot in all other journeys as well.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import Transaction, UseCaseMetrics
from storage.tables import Block, Event, Session, Transfer
from tests.journeys.support.helpers import at, count_rows
from tests.journeys.support.scenarios import approved_mentor, confirmation_card, submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text, simulated_guild
from tests.mentorship.support.community import assert_ledger_consistent

pytestmark = pytest.mark.parametrize("second_bot", ["before", "after"])


@pytest.fixture
async def guild(
    database_url: str, second_bot: str, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[SimulatedGuild]:
    """A guild in which two bots receive everything. Neither may log an error."""
    async with simulated_guild(database_url, second_bot) as guild:
        yield guild
        await guild.db.read(assert_ledger_consistent)
    ours = [each for each in caplog.records if each.name.partition(".")[0] != "discord"]
    assert [each for each in ours if each.levelno >= logging.ERROR] == []


async def list_events(tx: Transaction) -> Counter[str]:
    return Counter(await tx.connection.scalars(select(Event.type)))


async def list_amounts(tx: Transaction) -> list[tuple[str, int]]:
    rows = await tx.connection.execute(
        select(Transfer.cause, Transfer.amount).order_by(Transfer.id)
    )
    return [(row.cause, row.amount) for row in rows]


async def test_points_are_moved_once(guild: SimulatedGuild) -> None:
    priya, quentin = await guild.add_moderator("Priya"), await guild.add_moderator("Quentin")
    maya, noor = await guild.add_member("Maya"), await guild.add_member("Noor")
    grant = {"member": maya, "reason": "Well done."}
    done = await priya.slash(guild.channel, "moderation grant", amount=100, **grant)
    assert f"<@{maya.id}> got 🪙 100" in message_text(done.response)
    done = await priya.slash(guild.channel, "moderation deduct", amount=30, **grant)
    assert f"<@{maya.id}> lost 🪙 30" in message_text(done.response)
    card = await maya.slash(guild.channel, "points give", member=noor, amount=20)
    await maya.click(card.response, label="Give")
    # A large grant needs a card, and a larger one another moderator.
    card = await priya.slash(guild.channel, "moderation grant", amount=5_000, **grant)
    await priya.click(card.response, label="Confirm")
    card = await priya.slash(guild.channel, "moderation grant", amount=20_000, **grant)
    await priya.click(card.response, label="Confirm")
    await guild.deliver()
    await quentin.click(guild.review_channel.last_message, label="Confirm grant")
    assert await guild.db.read(list_amounts) == [
        ("grant", 100),
        ("deduction", 30),
        ("gift", 20),
        ("grant", 5_000),
        ("grant", 20_000),
    ]
    assert await guild.balance(maya) == 25_050


async def test_a_session_is_booked_moved_held_and_rated_once(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    for hour in (15, 16):
        card = await confirmation_card(guild, maya, oliver, at(guild, hour))
        done = await maya.click(card.response, label="Confirm")
        assert "Request sent to Oliver" in message_text(done.response)
        await guild.deliver()
    first, second = guild.inbox(oliver)[-2:]
    await oliver.user.click(first, label="Confirm")
    form = await oliver.user.click(second, label="Decline")
    await oliver.user.submit_modal(form, {"reason": "One is enough."})
    await guild.deliver()
    starts = at(guild, 15)
    await guild.advance_to(starts + timedelta(hours=1))
    await maya.user.click(guild.last_dm(maya), label="We met")
    await maya.user.click(guild.last_dm(maya), label="5 ★")
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": "Patient and clear."})
    await guild.deliver()
    assert await guild.balance(maya) == 440
    assert await guild.balance(oliver) == 60
    assert await count_rows(guild, Session) == 2
    events = await guild.db.read(list_events)
    assert {name: count for name, count in events.items() if name.startswith("session.")} == {
        "session.booked": 2,
        "session.confirmed": 1,
        "session.declined": 1,
        "session.started": 1,
        "session.completed": 1,
    }
    assert events["review.written"] == 2, "the stars, and then the words"


async def test_moderators_and_mentors_decide_once(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    assert guild.has_role(oliver, guild.mentor_role)
    await oliver.slash(guild.channel, "mentor hours", hours="daily 9-17")
    await oliver.slash(guild.channel, "mentor pause")
    await oliver.slash(guild.channel, "mentor resume")
    whom = {"mentor": str(oliver.id)}
    await priya.slash(
        guild.channel, "moderation suspend", **whom, reason="On leave.", sessions="keep"
    )
    await priya.slash(guild.channel, "moderation reinstate", **whom)
    maya = await guild.add_member("Maya", points=5)
    card = await oliver.slash(guild.channel, "block", member=maya)
    await oliver.click(card.response, label="Block")
    await oliver.slash(guild.channel, "unblock", member=str(maya.id))
    await maya.slash(guild.channel, "privacy export")
    card = await maya.slash(guild.channel, "privacy forget")
    erased = await maya.click(card.response, label="Delete my data")
    assert "Done. Your data in this server is deleted." in message_text(erased.response)
    await oliver.slash(guild.channel, "mentor stop")
    events = await guild.db.read(list_events)
    names = ("application.", "mentor.", "member.data")
    assert {name: count for name, count in events.items() if name.startswith(names)} == {
        "application.submitted": 1,
        "application.approved": 1,
        "mentor.availability_updated": 1,
        "mentor.paused": 1,
        "mentor.resumed": 1,
        "mentor.suspended": 1,
        "mentor.reinstated": 1,
        "member.data_exported": 1,
        "mentor.stopped": 1,
    }
    audit = await priya.slash(guild.channel, "moderation audit")
    assert message_text(audit.response).count("suspended") == 1


async def test_the_acting_bot_answers_although_the_other_acknowledged(
    guild: SimulatedGuild,
) -> None:
    """The other bot acknowledges the press while this one acts."""
    maya, noor = await guild.add_member("Maya"), await guild.add_member("Noor")
    card = await maya.slash(guild.channel, "block", member=noor)

    def acknowledge(measured: UseCaseMetrics) -> None:
        if measured.use_case.endswith("blocking.block"):
            interactions = guild.env.backend.interactions
            interactions[max(interactions)].defer_update()

    guild.db._observe = acknowledge
    done = await maya.click(card.response, label="Block")
    assert "Noor is blocked" in message_text(done.response)
    assert await count_rows(guild, Block) == 1
