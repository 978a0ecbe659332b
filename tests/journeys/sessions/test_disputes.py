"""Disputes, no-show claims and downtime, as both participants and the moderators see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorship.sessions import clock as sessions_clock
from tests.journeys.sessions.test_session_life import THURSDAY, chooses, over, says_missed
from tests.journeys.support.concurrency import Press, send_concurrently
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

HOUR = timedelta(hours=1)


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=100)


@pytest.mark.parametrize(
    ("who", "question", "maya_has", "oliver_has", "other_reads"),
    [
        ("maya", "Oliver is paid 🪙 54", 40, 54, "Maya conceded the dispute"),
        ("oliver", "Maya is refunded 🪙 60", 100, 0, "Oliver conceded the dispute"),
    ],
)
async def test_a_participant_concedes_a_dispute(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    who: str,
    question: str,
    maya_has: int,
    oliver_has: int,
    other_reads: str,
) -> None:
    await guild.configure(fee_percent=10)
    person, other = (maya, oliver) if who == "maya" else (oliver, maya)
    await over(guild, maya, oliver)
    await says_missed(guild, other)
    await person.user.click(
        guild.last_dm(person), label="We met" if person is oliver else "No-show"
    )
    if person is maya:
        sure = guild.last_dm(maya)
        await maya.user.click(sure, label="Report no-show")
    await guild.deliver()
    assert button_labels(guild.last_dm(person)) == ["Concede", "Notes and next steps"]
    assert "it's split: you're" in message_text(guild.last_dm(person))
    asked = await person.user.click(guild.last_dm(person), label="Concede")
    assert question in message_text(asked.response)
    kept = await person.user.click(asked.response, label="Dismiss")
    asked = await person.user.click(kept.response, label="Concede")
    await guild.restart_bot()
    done = await person.user.click(asked.response, label="Concede")
    assert "You conceded the dispute." in message_text(done.response)
    assert (await guild.balance(maya), await guild.balance(oliver)) == (maya_has, oliver_has)
    await guild.deliver()
    assert other_reads in message_text(guild.last_dm(other))
    # The moderators' card, which was posted before, shows how it ended.
    card = guild.review_channel.last_message
    assert f"<@{person.id}> conceded." in message_text(card)
    assert button_labels(card) == []


async def test_a_concession_names_the_points_that_its_reader_saw(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await over(guild, maya, oliver)
    await says_missed(guild, maya)
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    listed = await oliver.slash(guild.channel, "sessions")
    one = await chooses(oliver, listed, "Maya")
    asked = await oliver.click(one.response, label="Concede")
    press = Press(oliver, asked.response, "session:1:really-concede:1")
    (shown,) = await send_concurrently(guild, [press])
    assert await guild.balance(maya) == 40, "nothing happens"
    assert "Maya is refunded 🪙 60" in message_text(shown.response), "it is asked again"


async def test_moderators_are_reminded_of_a_dispute_until_it_is_split(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await over(guild, maya, oliver)
    await says_missed(guild, maya)
    await oliver.user.click(guild.last_dm(oliver), label="We met")
    opened_at = guild.now
    split_on = f"<t:{int((opened_at + timedelta(days=14)).timestamp())}:F>"
    assert split_on in message_text(guild.last_dm(oliver))
    await guild.advance_to(opened_at + timedelta(days=2))
    reminder = guild.review_channel.last_message
    assert "has been open for 2 days." in message_text(reminder)
    assert split_on in message_text(reminder)
    assert button_labels(reminder) == ["Pay the mentor", "Refund the mentee", "Split it"]
    await guild.advance_to(opened_at + timedelta(days=5))
    assert "has been open for 5 days." in message_text(guild.review_channel.last_message)
    await guild.advance_to(opened_at + timedelta(days=14), HOUR)
    assert (await guild.balance(maya), await guild.balance(oliver)) == (70, 30)
    assert "Nobody resolved the dispute" in message_text(guild.last_dm(maya))
    assert "You're paid 🪙 30" in message_text(guild.last_dm(oliver))


async def test_a_free_dispute_asks_whether_the_session_counts(
    guild: SimulatedGuild, maya: simcord.MemberActor
) -> None:
    gift = await approved_mentor(guild, "Gift", rate="0")
    await over(guild, maya, gift)
    await says_missed(guild, maya)
    await gift.user.click(guild.last_dm(gift), label="We met")
    await guild.deliver()
    card = guild.review_channel.last_message
    text = message_text(card)
    assert "No points are at stake. If they met, the session counts as completed" in text
    assert "Maya can rate it" in text
    assert "On hold" not in text
    assert "🪙" not in text
    assert button_labels(card) == ["They met", "They didn't meet"]
    assert "whether the session took place." in message_text(guild.last_dm(maya))
    priya = await guild.add_moderator("Priya")
    await priya.click(card, label="They didn't meet")
    decided = message_text(guild.review_channel.last_message)
    assert "Decided: They didn't meet, so the session doesn't count." in decided
    assert "🪙" not in decided


@pytest.mark.parametrize(
    ("claimant", "conceding", "label", "question", "headline", "rates"),
    [
        ("Maya", "Gift", "We didn't meet", "doesn't count", "This session didn't take place.", 0),
        ("Maya", "Maya", "We met", "You can rate it", "Your session is completed.", 1),
        ("Gift", "Maya", "We didn't meet", "doesn't count", "This session didn't take place.", 0),
        ("Gift", "Gift", "We met", "Maya can rate it", "Your session is completed.", 1),
    ],
)
async def test_either_side_ends_a_free_dispute_by_agreeing(
    guild: SimulatedGuild,
    maya: simcord.MemberActor,
    claimant: str,
    conceding: str,
    label: str,
    question: str,
    headline: str,
    rates: int,
) -> None:
    gift = await approved_mentor(guild, "Gift", rate="0")
    people = {"Maya": maya, "Gift": gift}
    await over(guild, maya, gift)
    await says_missed(guild, people[claimant])
    contradicting = gift if claimant == "Maya" else maya
    await contradicting.user.click(guild.last_dm(contradicting), label="We met")
    await guild.deliver()
    person, other = people[conceding], gift if conceding == "Maya" else maya
    listed = await person.slash(guild.channel, "sessions")
    card = await chooses(person, listed, other.name)
    text = message_text(card.response)
    assert "Your reports don't match." in text
    assert "whether the session took place" in text
    assert "🪙" not in text, "there are no points to decide about"
    assert "refund" not in text
    assert label in button_labels(card.response)
    asked = await person.click(card.response, label=label)
    assert question in message_text(asked.response)
    done = await person.click(asked.response, label=label)
    assert headline in message_text(done.response)
    assert f"You agreed that {label.replace('We', 'you')}." in message_text(done.response)
    await guild.deliver()
    past = await chooses(maya, await maya.slash(guild.channel, "sessions"), "Past")
    mayas = await chooses(maya, past, "Gift")
    assert button_labels(mayas.response).count("Rate") == rates
    assert "🪙" not in message_text(mayas.response)


# --- claims and deadlines -------------------------------------------------------------------------


@pytest.mark.parametrize("claimant", ["maya", "oliver"])
async def test_the_question_after_a_session_shows_an_early_no_show_claim(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor, claimant: str
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await guild.advance_to(THURSDAY + timedelta(minutes=11))
    person, other = (maya, oliver) if claimant == "maya" else (oliver, maya)
    listed = await person.slash(guild.channel, "sessions")
    one = await chooses(person, listed, other.name)
    sure = await person.click(one.response, label="No-show")
    deadline = f"<t:{int((THURSDAY + 25 * HOUR).timestamp())}:F>"
    assert f"has until {deadline}" in message_text(sure.response)
    await person.click(sure.response, label="Report no-show")
    before = len(guild.inbox(other))
    await guild.advance_to(THURSDAY + HOUR + timedelta(minutes=5))
    claim, question = guild.inbox(other)[before:]
    assert f"{person.name} reported that you didn't come." in message_text(claim)
    assert button_labels(claim) == [], "the question has the buttons now"
    payment = {"maya": "Maya is refunded 🪙 60", "oliver": "Oliver is paid 🪙 60"}[claimant]
    for message in (question,):
        text = message_text(message)
        assert f"{person.name} reported that you didn't come." in text
        assert f"If you don't answer by {deadline}" in text
        assert f"that report counts and {payment}." in text
        assert "nothing to do" not in text
        assert button_labels(message) == ["We met", "No-show"]


async def run_jobs(guild: SimulatedGuild) -> None:
    """Advance sessions as the running program does, and deliver."""
    while await guild.db.run(sessions_clock.advance):
        pass
    await guild.deliver()


async def test_after_downtime_people_are_asked_before_anyone_is_paid(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await run_jobs(guild)
    await guild.env.advance_time(timedelta(days=6).total_seconds())
    for _ in range(2):
        await run_jobs(guild)
        await guild.env.advance_time(30)
    assert await guild.balance(oliver) == 0
    question = message_text(guild.last_dm(maya))
    assert "Did you meet Oliver?" in question
    returned_at = guild.now - timedelta(seconds=30)
    assert f"<t:{int((returned_at + 24 * HOUR).timestamp())}:F>" in question
    await says_missed(guild, maya)
    assert "Maya reported that you didn't come." in message_text(guild.last_dm(oliver))
