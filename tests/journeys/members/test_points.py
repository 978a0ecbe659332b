"""Points in Discord: what each person sees of what they have, get, give and lose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from tests.journeys.support.people import booked, confirmed, mentor
from tests.journeys.support.world import World, labels, words


async def test_a_gift_from_the_question_to_the_thanks(town: World) -> None:
    maya = await town.person("Maya", points=100)
    oliver = await town.person("Oli*ver")
    shown = await maya.slash(town.square, "points balance")
    assert "You have **🪙 100** points." in words(shown.response)

    card = await maya.slash(town.square, "points give", member=oliver, amount=30)
    assert card.ephemeral
    text = words(card.response)
    assert "Give 🪙 30 away?" in text
    assert "Oli\\*ver will hear of it. A gift can't be taken back." in text
    assert "To: Oli\\*ver" in text
    assert "Your balance: 🪙 100" in text
    assert "Balance after: 🪙 70" in text
    assert labels(card.response) == ["Give", "Not now"]
    assert await town.balance(maya) == 100, "a card moves nothing"

    await town.restart()
    done = await maya.click(card.response, label="Give")
    assert f"<@{oliver.id}> has 🪙 30 from you" in words(done.response)
    assert "You have 🪙 70 left" in words(done.response)
    assert labels(done.response) == []
    assert (await town.balance(maya), await town.balance(oliver)) == (70, 30)

    await town.deliver()
    assert len(town.inbox(oliver)) == 1
    told = words(town.last_dm(oliver))
    assert "Maya gave you 🪙 30." in told
    assert "You have 🪙 30 now" in told
    history = await maya.slash(town.square, "points history")
    assert "**−🪙 30** your gift to Oli\\*ver" in words(history.response)
    history = await oliver.slash(town.square, "points history")
    assert "**+🪙 30** a gift from Maya" in words(history.response)


async def test_whoever_thinks_better_of_it_keeps_everything(town: World) -> None:
    maya = await town.person("Maya", points=100)
    oliver = await town.person("Oliver")
    card = await maya.slash(town.square, "points give", member=oliver, amount=30)
    answer = await maya.click(card.response, label="Not now")
    assert "your points are yours" in words(answer.response)
    assert await town.balance(maya) == 100


async def test_what_cannot_be_given_is_said_before_any_card(town: World) -> None:
    maya = await town.person("Maya", points=100)
    oliver = await town.person("Oliver")
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    for member, amount, answer in (
        (oliver, 0, "The amount is 0, so nothing would move."),
        (oliver, -5, "The amount is below zero."),
        (oliver, 101, "You have 100 points, so you can't give 101. Give 100 or fewer."),
        (maya, 5, "Those points are yours already."),
        (robot, 5, "That is a bot, and bots have no points."),
    ):
        refused = await maya.slash(town.square, "points give", member=member, amount=amount)
        assert refused.ephemeral
        assert answer in words(refused.response)
    assert await town.balance(maya) == 100


async def test_what_was_spent_between_the_card_and_the_press(town: World) -> None:
    maya = await town.person("Maya", points=100)
    oliver = await town.person("Oliver")
    card = await maya.slash(town.square, "points give", member=oliver, amount=80)
    other = await maya.slash(town.square, "points give", member=oliver, amount=50)
    await maya.click(other.response, label="Give")
    refused = await maya.click(card.response, label="Give")
    assert "You have 50 points, so you can't give 80." in words(refused.response)
    assert (await town.balance(maya), await town.balance(oliver)) == (50, 50)


async def test_moderators_grant_and_deduct_and_everybody_concerned_reads_it(town: World) -> None:
    journal = town.guild.create_text_channel("mod-log")
    chief = Actor(user_id=1, name="chief", guild_id=town.guild.id, manages_guild=True)
    await town.db.run(setup.configure, chief, log_channel_id=journal.id)
    priya = await town.moderator("Priya")
    maya = await town.person("Maya")

    answer = await priya.slash(
        town.square, "moderation grant", member=maya, amount=1_200, reason="For *the* talk."
    )
    assert answer.ephemeral
    assert f"<@{maya.id}> got 🪙 1,200" in words(answer.response)
    assert "They have 🪙 1,200 now" in words(answer.response)
    await town.deliver()
    told = words(town.last_dm(maya))
    assert "The moderators gave you 🪙 1,200." in told
    assert "> For \\*the\\* talk." in told
    assert f"<@{priya.id}> **gave points to** <@{maya.id}>" in words(journal.last_message)
    assert "1,200 points: For \\*the\\* talk." in words(journal.last_message)

    answer = await priya.slash(
        town.square, "moderation deduct", member=maya, amount=200, reason="Counted twice."
    )
    assert f"<@{maya.id}> lost 🪙 200" in words(answer.response)
    await town.deliver()
    told = words(town.last_dm(maya))
    assert "The moderators took 🪙 200 from your account." in told
    assert "> Counted twice." in told
    assert "You have 🪙 1,000 now" in told
    assert "**took points from**" in words(journal.last_message)
    history = await maya.slash(town.square, "points history")
    assert "taken by the moderators: Counted twice." in words(history.response)
    log = await priya.slash(town.square, "moderation audit", act="points_granted")
    assert "1,200 points" in words(log.response)


@pytest.mark.parametrize("command", ["moderation grant", "moderation deduct"])
async def test_a_slip_of_a_moderator_is_answered_and_moves_nothing(
    town: World, command: str
) -> None:
    priya = await town.moderator("Priya")
    maya = await town.person("Maya", points=10)
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    for member, amount, reason, answer in (
        (maya, 0, "help", "The amount is 0, so nothing would move."),
        (maya, -5, "help", "The amount is below zero. Choose 1 or more. To "),
        (maya, 5, " ", "The reason is missing."),
        (robot, 5, "help", "That is a bot"),
    ):
        refused = await priya.slash(
            town.square, command, member=member, amount=amount, reason=reason
        )
        assert answer in words(refused.response)
    mallory = await town.person("Mallory")
    refused = await mallory.slash(town.square, command, member=maya, amount=5, reason="help")
    assert "Only this server's moderators can do that" in words(refused.response)
    assert await town.balance(maya) == 10
    await town.deliver()
    assert town.inbox(maya) == []


async def test_a_deduction_says_what_there_is(town: World) -> None:
    priya = await town.moderator("Priya")
    maya = await town.person("Maya", points=10)
    refused = await priya.slash(
        town.square, "moderation deduct", member=maya, amount=11, reason="help"
    )
    assert "Maya has 10 points, so 11 can't be taken. Take 10 or fewer." in words(refused.response)


async def test_a_history_of_sessions_in_pages(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=1_000)
    start = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, start)
    await town.wait_until(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(town.last_dm(maya), label="It took place")
    for day in (4, 5, 6, 10):
        await booked(town, maya, oliver, town.now.replace(day=day, hour=15, minute=0))
        await oliver.user.click(town.last_dm(oliver), label="Decline")
        form = await oliver.user.click(town.last_dm(oliver), label="Decline")
        await oliver.user.submit_modal(form, {"reason": ""})
    await booked(town, maya, oliver, town.now.replace(day=11, hour=15, minute=0))

    shown = await maya.slash(town.square, "points balance")
    assert "You have **🪙 880** points. 🪙 60 more are set aside" in words(shown.response)
    first = await maya.slash(town.square, "points history")
    lines = words(first.response).splitlines()
    assert lines[1].startswith("**−🪙 60** set aside for your session with Oliver, <t:")
    assert lines[2].endswith("🪙 880 afterwards")
    assert lines[3].startswith("**+🪙 60** back from your session with Oliver")
    assert labels(first.response) == ["Older"]
    await town.restart()
    last = await maya.click(first.response, label="Older")
    assert "given by the moderators" in words(last.response)
    assert "🪙 1,000 afterwards" in words(last.response)
    assert labels(last.response) == ["Newer"]
    again = await maya.click(last.response, label="Newer")
    assert words(again.response) == words(first.response)
    earned = await oliver.slash(town.square, "points history")
    assert "**+🪙 60** for your session with Maya" in words(earned.response)


async def test_a_newcomer_sees_how_points_come_about(town: World) -> None:
    noor = await town.person("Noor")
    shown = await noor.slash(town.square, "points history")
    assert "Nothing has moved yet. You earn points by mentoring" in words(shown.response)
