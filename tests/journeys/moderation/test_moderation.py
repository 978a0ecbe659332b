"""What moderators do, and what the people concerned see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.journeys.moderation.test_impartiality import open_dispute
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    submit_application,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_the_queue_lists_pending_applications(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    answer = await priya.slash(guild.channel, "moderation queue")
    assert "You're all caught up." in message_text(answer.response)
    await submit_application(guild, oliver)
    await guild.deliver()
    answer = await priya.slash(guild.channel, "moderation queue")
    assert "Oliver: an application" in message_text(answer.response)
    assert f"/{guild.review_channel.id}/{guild.review_channel.last_message.id})" in message_text(
        answer.response
    )


async def test_the_queue_lists_open_disputes(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await open_dispute(guild, oliver, maya)
    queue = await priya.slash(guild.channel, "moderation queue")
    assert "• Oliver and Maya" in message_text(queue.response), "also without applications"
    await submit_application(guild, await guild.add_member("Noor", zone="Asia/Kolkata"))
    queue = await priya.slash(guild.channel, "moderation queue")
    text = message_text(queue.response)
    assert f"• Oliver and Maya, <t:{int(start.timestamp())}:F>, closes automatically <t:" in text
    descriptions = [
        option.get("description")
        for menu in iter_components(queue.response)
        for option in menu.get("options", ())
    ]
    assert "Mon 2 Mar, 15:00 UTC" in descriptions, "told apart from other sessions of the two"
    assert "• Noor: an application" in text
    await guild.restart_bot()
    card = await priya.select(queue.response, ["1"], custom_id="queue:disputes")
    assert "Oliver (mentor) says: We met" in message_text(card.response)
    done = await priya.click(card.response, label="Refund the mentee")
    assert f"was resolved by <@{priya.id}>." in message_text(done.response)
    assert await guild.balance(maya) == 100
    queue = await priya.slash(guild.channel, "moderation queue")
    assert "Oliver and Maya" not in message_text(queue.response)


async def test_a_long_queue_is_paged(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    people = [await guild.add_member(f"Mentor {n}", zone="Europe/London") for n in range(12)]
    for person in people:
        await submit_application(guild, person)

    def listed(answer: object) -> list[str]:
        return re.findall(r"• (Mentor \d+):", message_text(answer))

    answer = await priya.slash(guild.channel, "moderation queue")
    assert listed(answer.response) == [f"Mentor {n}" for n in range(8)]
    assert "Earlier applications" not in button_labels(answer.response)
    further = await priya.click(answer.response, label="More applications")
    assert listed(further.response) == [f"Mentor {n}" for n in range(8, 12)]
    assert "More applications" not in button_labels(further.response)
    back = await priya.click(further.response, label="Earlier applications")
    assert listed(back.response) == listed(answer.response)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("moderation queue", {}),
        ("moderation suspend", {"mentor": "1", "reason": "x", "sessions": "keep"}),
        ("moderation reinstate", {"mentor": "1"}),
        ("moderation hide-review", {"review": "1", "reason": "No."}),
        ("moderation show-review", {"review": "1"}),
        ("moderation audit", {}),
    ],
)
async def test_moderation_commands_are_for_moderators_only(
    guild: SimulatedGuild, command: str, options: dict[str, str]
) -> None:
    mallory = await guild.add_member("Mallory")
    answer = await mallory.slash(guild.channel, command, **options)
    assert answer.ephemeral
    assert "Only this server's moderators can do that" in message_text(answer.response)


@pytest.mark.parametrize("typed", ["somebody", "9223372036854775808", "9" * 20, "9" * 40])
async def test_typed_text_instead_of_a_suggestion_is_refused(
    guild: SimulatedGuild, typed: str
) -> None:
    priya = await guild.add_moderator("Priya")
    for command, option, other_options in (
        ("suspend", "mentor", {"reason": "x", "sessions": "keep"}),
        ("reinstate", "mentor", {}),
        ("hide-review", "review", {"reason": "No."}),
        ("show-review", "review", {}),
    ):
        options = {option: typed, **other_options}
        answer = await priya.slash(guild.channel, f"moderation {command}", **options)
        assert f"The {option} must be one of the suggestions" in message_text(answer.response)


async def test_suggestions_are_for_moderators_only(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver")
    mallory = await guild.add_member("Mallory")
    for command, option in (
        ("moderation suspend", "mentor"),
        ("moderation reinstate", "mentor"),
        ("moderation hide-review", "review"),
        ("moderation show-review", "review"),
        ("moderation audit", "action"),
    ):
        assert await mallory.autocomplete(guild.channel, command, option, "") == []


async def test_a_suspension_may_cancel_and_refund_sessions(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    await book(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    assert await guild.balance(maya) == 380

    (choice,) = await priya.autocomplete(guild.channel, "moderation suspend", "mentor", "oli")
    answer = await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=choice["value"],
        reason="Three no-shows.",
        sessions="cancel",
    )
    card = message_text(answer.response)
    assert "This cancels **2 sessions**. **🪙 120** is refunded to 1 person." in card
    assert "Reason: Three no-shows." in card
    assert await guild.balance(maya) == 380, "nothing is done before the moderator agrees"
    await guild.restart_bot()
    answer = await priya.click(answer.response, label="Suspend and cancel 2 sessions")
    assert "2 sessions were cancelled and refunded" in message_text(answer.response)
    assert await guild.balance(maya) == 500
    await guild.deliver()
    assert not guild.has_role(oliver, guild.mentor_role)
    texts = [message_text(message) for message in guild.inbox(oliver)]
    (message,) = (text for text in texts if "Three no-shows." in text)
    assert "2 upcoming sessions were cancelled." in message
    assert message.count("Your mentor profile is suspended") == 1
    assert any("Reason: > The mentor isn't taking sessions" in text for text in texts)
    assert "The moderators cancelled your session" in message_text(guild.last_dm(maya))
    assert "You're refunded in full: 🪙 60." in message_text(guild.last_dm(maya))

    # No reminder is sent, nobody can book, and the mentor reads the reason.
    before = len(guild.inbox(maya))
    await guild.advance_to(guild.now + timedelta(days=3), step=timedelta(hours=2))
    assert len(guild.inbox(maya)) == before
    refused = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    assert "Oliver doesn't mentor here" in message_text(refused.response)
    assert "is suspended" in message_text(
        (await oliver.slash(guild.channel, "mentor apply")).response
    )

    (choice,) = await priya.autocomplete(guild.channel, "moderation reinstate", "mentor", "")
    await priya.slash(guild.channel, "moderation reinstate", mentor=choice["value"])
    await guild.deliver()
    assert guild.has_role(oliver, guild.mentor_role)
    assert "Welcome back" in message_text(guild.last_dm(oliver))
    assert "can book you with `/mentor hours`" in message_text(guild.last_dm(oliver))
    (choice,) = await maya.autocomplete(guild.channel, "book", "mentor", "oliver")
    assert choice["value"] == str(oliver.id)


async def test_a_suspension_counts_cancelled_sessions(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    leo = await approved_mentor(guild, "Leo", rate="0")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    await book_and_confirm(guild, maya, leo, guild.now.replace(hour=16))
    for person, text in (
        (oliver, " 1 session was cancelled and refunded."),
        (leo, " 1 session was cancelled."),
        (ines, ""),
    ):
        answer = await priya.slash(
            guild.channel,
            "moderation suspend",
            mentor=str(person.id),
            reason="On leave.",
            sessions="cancel",
        )
        if text:
            is_free = "**1 session**. 1 person is affected." in message_text(answer.response)
            assert is_free == (person is leo)
            answer = await priya.click(answer.response, label="Suspend and cancel 1 session")
        assert (
            message_text(answer.response)
            == f"<@{person.id}> is suspended and will be notified.{text}"
        )
    await guild.deliver()
    texts = [message_text(message) for message in guild.inbox(oliver)]
    assert any("for now. 1 upcoming session was cancelled. If you" in t for t in texts)
    assert "book you for now. If you think" in message_text(guild.last_dm(ines))


async def test_a_suspension_that_cancels_more_than_the_card_says_asks_again(
    guild: SimulatedGuild,
) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    noor = await guild.add_member("Noor", zone="Europe/London", points=500)
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    card = await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="*Three* no-shows.",
        sessions="cancel",
    )
    await book(guild, noor, oliver, guild.now.replace(day=4, hour=15))
    again = await priya.click(card.response, label="Suspend and cancel 1 session")
    assert "The number of sessions has changed" in message_text(again.followups[-1])
    assert "This cancels **2 sessions**. **🪙 120** is refunded to 2 people." in message_text(
        again.response
    )
    assert [await guild.balance(each) for each in (maya, noor)] == [440, 440]
    assert "Expertise: python" in message_text(
        (await maya.slash(guild.channel, "mentor profile", member=oliver)).response
    )
    await priya.click(again.response, label="Suspend and cancel 2 sessions")
    assert [await guild.balance(each) for each in (maya, noor)] == [500, 500]
    await guild.deliver()
    texts = [message_text(message) for message in guild.inbox(oliver)]
    assert any(r"> \*Three\* no-shows." in text for text in texts)


async def test_a_suspension_can_be_dismissed(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    card = await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="Three no-shows.",
        sessions="cancel",
    )
    left = await priya.click(card.response, label="Dismiss")
    assert message_text(left.response) == "Nothing was changed."
    assert await guild.balance(maya) == 440


async def test_a_suspension_may_keep_sessions(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    await guild.deliver()
    assert "Sessions already booked will go ahead." in message_text(guild.last_dm(oliver))
    assert "cancelled" not in message_text(guild.last_dm(oliver))
    await guild.advance_to(guild.now.replace(hour=15))
    assert "Your session with Oliver starts now" in message_text(guild.last_dm(maya))


async def test_mentors_of_one_name_are_told_apart(guild: SimulatedGuild) -> None:
    first, second = [await approved_mentor(guild, "Alex") for _ in range(2)]
    await approved_mentor(guild, "Ines")
    priya = await guild.add_moderator("Priya")
    choices = await priya.autocomplete(guild.channel, "moderation suspend", "mentor", "")
    assert {choice["name"]: choice["value"] for choice in choices} == {
        f"Alex · ID {first.id}": str(first.id),
        f"Alex · ID {second.id}": str(second.id),
        "Ines": next(each["value"] for each in choices if each["name"] == "Ines"),
    }
    applicants = [await guild.add_member("Sam", zone="Europe/London") for _ in range(2)]
    for applicant in applicants:
        await submit_application(guild, applicant)
    queue = await priya.slash(guild.channel, "moderation queue")
    options = {
        option["label"]
        for menu in iter_components(queue.response)
        for option in menu.get("options", ())
    }
    for applicant in applicants:
        assert f"• Sam · ID {applicant.id}: an application" in message_text(queue.response)
        assert f"Sam · ID {applicant.id}" in options


async def test_a_hidden_review_leaves_the_rating(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    await maya.user.click(guild.last_dm(maya), label="1 ★")
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": "An insult."})

    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    result = await noor.slash(guild.channel, "mentor profile", member=oliver)
    assert "★ 1.0 from 1 person" in message_text(result.response)
    assert "An insult." in message_text(result.response)

    (choice,) = await priya.autocomplete(guild.channel, "moderation hide-review", "review", "")
    assert choice["name"] == "Maya → Oliver · Mon 2 Mar 2026 · ★☆☆☆☆ An insult."
    assert await priya.autocomplete(guild.channel, "moderation hide-review", "review", "100%") == []
    assert await priya.autocomplete(
        guild.channel, "moderation hide-review", "review", "INSULT"
    ) == [choice]
    for other_text in (choice["value"].split(":")[0], f"{choice['value']}9", "1:" + "9" * 18):
        refused = await priya.slash(
            guild.channel, "moderation hide-review", review=other_text, reason="Abusive."
        )
        assert "has changed since" in message_text(refused.response)
    await priya.slash(
        guild.channel, "moderation hide-review", review=choice["value"], reason="Abusive."
    )
    result = await noor.slash(guild.channel, "mentor profile", member=oliver)
    assert "No ratings yet" in message_text(result.response)
    assert "An insult." not in message_text(result.response)
    assert await priya.autocomplete(guild.channel, "moderation hide-review", "review", "") == []
    second = await priya.slash(
        guild.channel, "moderation hide-review", review=choice["value"], reason="Again."
    )
    assert "It's already hidden" in message_text(second.response)


async def test_every_moderation_action_is_in_the_audit_log(guild: SimulatedGuild) -> None:
    journal = guild.handle.create_text_channel("mod-log")
    await guild.configure(log_channel_id=journal.id)
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    ines = await approved_mentor(guild, "Ines")
    for person in (oliver, ines):
        await priya.slash(
            guild.channel,
            "moderation suspend",
            mentor=str(person.id),
            reason=f"About {person.name}.",
            sessions="keep",
        )
    await guild.deliver()
    assert f"<@{priya.id}> **suspended** <@{ines.id}>: About Ines." in message_text(
        journal.last_message
    )
    log = await priya.slash(guild.channel, "moderation audit")
    assert "approved the application of" in message_text(log.response)
    log = await priya.slash(guild.channel, "moderation audit", member=oliver)
    assert "About Oliver." in message_text(log.response)
    assert "About Ines." not in message_text(log.response)
    log = await priya.slash(guild.channel, "moderation audit", action="suspended")
    assert "approved the application of" not in message_text(log.response)
    log = await priya.slash(guild.channel, "moderation audit", member=oliver, action="suspended")
    (line,) = message_text(log.response).splitlines()
    assert f"<@{priya.id}> **suspended** <@{oliver.id}>: About Oliver." in line
    log = await priya.slash(guild.channel, "moderation audit", member=oliver, action="reinstated")
    assert "No entries match" in message_text(log.response)
    (choice,) = await priya.autocomplete(guild.channel, "moderation audit", "action", "susp")
    assert choice == {"name": "Suspended a mentor", "value": "suspended"}
    typed = await priya.slash(guild.channel, "moderation audit", action="suspended a mentor")
    assert len(message_text(typed.response).splitlines()) == 2


async def test_a_long_audit_log_is_paged(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = await approved_mentor(guild, "Oliver")
    for _ in range(6):
        await priya.slash(
            guild.channel,
            "moderation suspend",
            mentor=str(oliver.id),
            reason="Again.",
            sessions="keep",
        )
        await priya.slash(guild.channel, "moderation reinstate", mentor=str(oliver.id))
    log = await priya.slash(guild.channel, "moderation audit", member=oliver)
    assert button_labels(log.response) == ["Older"]
    await guild.restart_bot()
    older = await priya.click(log.response, label="Older")
    older = await priya.click(older.response, label="Older")
    assert "approved the application of" in message_text(older.response)
    assert button_labels(older.response) == []
