"""Old direct messages of people who have left the server: they give up what they have, no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord
from sqlalchemy import select

from storage import Transaction
from storage.tables import Event, Member, Review, Session
from tests.journeys.support.helpers import at, count_rows
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

REFUSAL = "You don't seem to be in that server"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="Europe/London", points=500)


async def complete_session(
    guild: SimulatedGuild, maya: simcord.MemberActor, oliver: simcord.MemberActor
) -> None:
    start = at(guild, 15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")


async def load_departure(guild: SimulatedGuild, person: simcord.MemberActor):
    async def query(tx: Transaction):
        return await tx.connection.scalar(
            select(Member.left_at).where(Member.guild_id == guild.id, Member.user_id == person.id)
        )

    return await guild.db.read(query)


async def load_session(guild: SimulatedGuild):
    async def query(tx: Transaction):
        return (await tx.connection.execute(select(*Session.__table__.c))).one()

    return await guild.db.read(query)


async def test_somebody_who_left_writes_no_review(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await complete_session(guild, maya, oliver)
    card = guild.last_dm(maya)
    await maya.user.click(card, label="3 ★")
    card = guild.last_dm(maya)
    open_form = await maya.user.click(card, label="Write a review")
    guild.handle.remove_member(maya)
    for label in ("1 ★", "Write a review"):
        answer = await maya.user.click(card, label=label)
        assert answer.modal is None
        assert REFUSAL in message_text(answer.response)
    # A form that was open already is refused, too.
    answer = await maya.user.submit_modal(open_form, {"words": "An insult."})
    assert REFUSAL in message_text(answer.response)
    assert await load_departure(guild, maya) == guild.now, "the departure is recorded"
    profile = await oliver.slash(guild.channel, "mentor profile", member=oliver)
    assert "★ 3.0 from 1 person" in message_text(profile.response)
    assert "An insult." not in message_text(profile.response)


async def test_a_mentor_who_left_writes_no_reply(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await complete_session(guild, maya, oliver)
    await maya.user.click(guild.last_dm(maya), label="1 ★")
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": "Late."})
    await guild.deliver()
    guild.handle.remove_member(oliver)
    answer = await oliver.user.click(guild.last_dm(oliver), label="Reply")
    assert answer.modal is None
    assert REFUSAL in message_text(answer.response)


async def test_a_mentor_who_left_declines_and_does_not_confirm(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, at(guild, 12, day=5))
    request = guild.last_dm(oliver)
    open_form = await oliver.user.click(request, label="Decline")
    guild.handle.remove_member(oliver)
    before = await count_rows(guild, Event)
    # Giving up is no act of a member: Discord isn't even asked.
    await oliver.user.submit_modal(open_form, text_fields(open_form))
    assert (await load_session(guild)).status == "declined"
    assert await load_departure(guild, oliver) is None
    assert await guild.balance(maya) == 500
    assert await count_rows(guild, Event) > before


async def test_confirming_after_leaving_is_refused_and_ends_the_request(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, at(guild, 12, day=5))
    request = guild.last_dm(oliver)
    guild.handle.remove_member(oliver)
    answer = await oliver.user.click(request, label="Confirm")
    assert REFUSAL in message_text(answer.response)
    assert (await load_session(guild)).status == "declined", "as after any departure"
    assert await guild.balance(maya) == 500


async def test_no_show_claims_need_a_member(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = at(guild, 15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    question = guild.last_dm(maya)
    guild.handle.remove_member(maya)
    for label in button_labels(question):
        answer = await maya.user.click(question, label=label)
        assert REFUSAL in message_text(answer.response), label
    assert (await load_session(guild)).status == "in_progress"


async def test_a_member_who_returned_acts_from_old_messages(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await complete_session(guild, maya, oliver)
    card = guild.last_dm(maya)
    guild.handle.remove_member(maya)
    await maya.user.click(card, label="5 ★")
    assert await load_departure(guild, maya) is not None
    assert await count_rows(guild, Review) == 0
    guild.handle.add_member(maya.user)
    await maya.user.click(card, label="5 ★")
    assert await count_rows(guild, Review) == 1


@pytest.mark.parametrize("is_recorded", [False, True])
async def test_the_record_decides_while_discord_does_not_answer(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    is_recorded: bool,
) -> None:
    await complete_session(guild, maya, oliver)
    card = guild.last_dm(maya)
    if is_recorded:
        guild.handle.remove_member(maya)
        await maya.user.click(card, label="5 ★")
    guild.env.inject_error("GET", "/guilds/*/members/*", status=403, code=50001)
    answer = await maya.user.click(card, label="4 ★")
    assert (await count_rows(guild, Review) == 0) == is_recorded
    if is_recorded:
        assert REFUSAL in message_text(answer.response)
