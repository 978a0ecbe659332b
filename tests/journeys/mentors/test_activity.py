"""A mentor whose requests expire is asked, and then paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=100)


async def let_expire(
    guild: SimulatedGuild, maya: simcord.MemberActor, oliver: simcord.MemberActor
) -> None:
    """Book a session, and let time pass until the request has expired."""
    start = guild.now.replace(hour=10, minute=0) + timedelta(days=3)
    await book(guild, maya, oliver, start)
    await guild.advance_to(guild.now + timedelta(hours=25))


async def profile_text(
    guild: SimulatedGuild, maya: simcord.MemberActor, oliver: simcord.MemberActor
) -> str:
    shown = await maya.slash(guild.channel, "mentor profile", member=oliver)
    return message_text(shown.response)


async def test_a_mentor_who_does_not_answer_is_asked_and_then_paused(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await let_expire(guild, maya, oliver)
    await let_expire(guild, maya, oliver)
    question = guild.last_dm(oliver)
    assert "Your last 2 booking requests expired" in message_text(question)
    assert button_labels(question) == ["I'm still mentoring", "Pause"]
    await let_expire(guild, maya, oliver)
    paused = guild.last_dm(oliver)
    assert "3 booking requests in a row expired" in message_text(paused)
    assert "Takes no new bookings" in await profile_text(guild, maya, oliver)
    # The earlier question still answers, and offers the way back.
    await guild.restart_bot()
    late = await oliver.user.click(question, label="I'm still mentoring")
    assert "Your profile is paused" in message_text(late.response)
    assert button_labels(late.response) == ["Resume"]
    resumed = await oliver.user.click(paused, label="Resume")
    assert "Members can book you again" in message_text(resumed.response)
    assert "Takes no new bookings" not in await profile_text(guild, maya, oliver)


async def test_a_mentor_who_is_asked_says_so_or_pauses(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await let_expire(guild, maya, oliver)
    await let_expire(guild, maya, oliver)
    question = guild.last_dm(oliver)
    here = await oliver.user.click(question, label="I'm still mentoring")
    assert "Members can keep booking you" in message_text(here.response)
    await let_expire(guild, maya, oliver)
    assert "Takes no new bookings" not in await profile_text(guild, maya, oliver)
    pausing = await oliver.user.click(question, label="Pause")
    assert "Your profile is paused" in message_text(pausing.response)
    assert "Takes no new bookings" in await profile_text(guild, maya, oliver)


async def test_a_profile_shows_how_a_mentor_treats_requests_and_sessions(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    for hour in range(5):
        text = await profile_text(guild, maya, oliver)
        assert "Answers" not in text
        assert "Reliability" not in text
        member = await guild.add_member(f"Member {hour}", zone="America/New_York", points=60)
        await book(guild, member, oliver, guild.now.replace(hour=10 + hour) + timedelta(days=2))
        await oliver.user.click(guild.last_dm(oliver), label="Confirm")
        await guild.deliver()
    text = await profile_text(guild, maya, oliver)
    assert "Answers: 5 of 5 requests, usually within 1 hour" in text
    found = await maya.slash(guild.channel, "mentor search")
    assert "Usually answers within 1 hour" in message_text(found.response)
    await guild.advance_to(guild.now + timedelta(days=4), timedelta(hours=1))
    text = await profile_text(guild, maya, oliver)
    assert "Reliability: 100% of sessions took place as agreed" in text


async def test_a_mentor_who_left_does_not_resume_from_an_old_message(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await let_expire(guild, maya, oliver)
    await let_expire(guild, maya, oliver)
    question = guild.last_dm(oliver)
    await let_expire(guild, maya, oliver)
    paused = guild.last_dm(oliver)
    guild.handle.remove_member(oliver)
    for card, label in ((question, "I'm still mentoring"), (paused, "Resume")):
        answer = await oliver.user.click(card, label=label)
        assert "You don't seem to be in that server" in message_text(answer.response)
    found = await maya.slash(guild.channel, "mentor search")
    assert "Oliver" not in message_text(found.response)
