"""A mentor's profile, as others see it and as its owner changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from bot.formatting import unplain
from bot.guilds.roll_call import check_everyone
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    book_and_confirm,
    confirmation_card,
    make_mentor,
    submit_application,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_profile_as_another_member_sees_it(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(
        guild, "Oliver", hours="mon-fri 18-20", expertise="python, testing"
    )
    sana = await guild.add_member("Sana", zone="Asia/Kolkata", points=100)
    result = await sana.slash(guild.channel, "mentor profile", member=oliver)
    text = message_text(result.response)
    assert "Expertise: python, testing" in text
    assert "No ratings yet · 🪙 60 an hour" in text
    assert "Usual hours (your time): **Mon–Fri** 23:30–01:30 (next day)" in text
    assert "Next open slots: • <t:" in text
    (gallery,) = (part for part in iter_components(result.response) if part["type"] == 12)
    assert gallery["items"][0]["description"].startswith(
        "The week from Mon 2 Mar, Kolkata time. "
        "Oliver's time (London) is 5 hours 30 minutes behind yours.\n"
        "Mon 2 Mar: open 23:30–24:00."
    )
    slots = await sana.click(result.response, label="Book a session")
    assert "When would you like to meet Oliver?" in message_text(slots.response)


async def test_usual_hours_are_equal_on_all_days_of_a_clock_change(guild: SimulatedGuild) -> None:
    """New York's clocks change on 8 March 2026, and London's on 29 March."""
    oliver = await approved_mentor(guild, "Oliver", hours="daily 18-20")
    maya = await guild.add_member("Maya", zone="America/New_York")
    for day in (2, 9, 28):
        await guild.advance_to(guild.now.replace(day=day, hour=12), step=timedelta(days=7))
        result = await maya.slash(guild.channel, "mentor profile", member=oliver)
        text = message_text(result.response)
        assert "Usual hours (your time): **Mon–Sun** 13:00–15:00" in text


async def test_a_profile_shows_its_owner(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    sana = await guild.add_member("Sana", zone="Asia/Kolkata")
    guild.env.backend.users[oliver.id].avatar = "a1b2"
    await check_everyone(guild.bot, guild.db)
    result = await sana.slash(guild.channel, "mentor profile", member=oliver)
    (picture,) = (part for part in iter_components(result.response) if part["type"] == 11)
    assert picture["media"]["url"].startswith(f"https://cdn.discordapp.com/avatars/{oliver.id}")


async def test_the_longest_profile_is_not_cut(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    tags = [f"{letter}*_" * 10 + letter * 2 for letter in "abcdefghij"]
    bio = ("<@1> *everything* [here](x) " * 40)[:1_000]
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await make_mentor(guild, oliver, hours="daily 9-17", expertise=", ".join(tags), bio=bio)
    sana = await guild.add_member("Sana", zone="Asia/Kolkata")
    result = await sana.slash(guild.channel, "mentor profile", member=oliver)
    assert "too long" not in caplog.text
    text = message_text(result.response)
    assert unplain(text).count("*everything*") == bio.count("*everything*")
    assert all(tag in unplain(text) for tag in tags)
    assert "Next open slots" in text


async def test_the_context_menu_shows_the_profile(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    sana = await guild.add_member("Sana", zone="Asia/Kolkata", points=100)
    result = await sana.context_menu(guild.channel, "Mentor profile", oliver)
    assert "Expertise: python" in message_text(result.response)
    slots = await sana.context_menu(guild.channel, "Book a session", oliver)
    assert "When would you like to meet Oliver?" in message_text(slots.response)
    none = await oliver.context_menu(guild.channel, "Mentor profile", sana)
    assert "This member doesn't mentor here" in message_text(none.response)


async def test_a_new_bio_needs_approval_and_a_new_rate_does_not(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="60")
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)

    form = await oliver.slash(guild.channel, "mentor edit")
    answer = await oliver.submit_modal(
        form, {"expertise": "python, rust", "rate": "80", "bio": BIO + " In Rust, too."}
    )
    assert "Your new rate applies to new bookings" in message_text(answer.response)
    assert "members see the old one" in message_text(answer.response)

    result = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Expertise: python\n" in message_text(result.response)
    assert "🪙 80 an hour" in message_text(result.response)
    (booked,) = (
        line
        for line in message_text(
            (await maya.slash(guild.channel, "sessions")).response
        ).splitlines()
        if "Oliver" in line
    )
    assert "confirmed" in booked
    assert await guild.balance(maya) == 440, "what is booked keeps its price"

    await guild.deliver()
    review = guild.review_channel.last_message
    assert "would like to change their profile" in message_text(review)
    assert f"{BIO} In Rust, too.\nExpertise: python, rust\n" in message_text(review)
    assert f"Current expertise: python\nCurrent bio: {BIO}\n" in message_text(review), (
        "what would change"
    )
    await priya.click(review, label="Approve")
    await guild.deliver()
    assert "Profile updated" in message_text(guild.last_dm(oliver))
    assert "Current expertise" not in message_text(guild.review_channel.last_message)
    result = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Expertise: python, rust" in message_text(result.response)


async def test_a_pending_profile_change_is_edited_and_reverted(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="60")
    old = {"expertise": "python", "rate": "60", "bio": BIO, "meeting_link": ""}
    new = {"expertise": "python, rust", "rate": "60", "bio": BIO, "meeting_link": ""}
    form = await oliver.slash(guild.channel, "mentor edit")
    await oliver.submit_modal(form, new)
    await guild.deliver()
    cards = len(guild.review_channel.history())

    form = await oliver.slash(guild.channel, "mentor edit")
    assert text_fields(form) == new
    await oliver.submit_modal(form, {**new, "expertise": "python, go", "rate": "70"})
    await guild.deliver()
    assert len(guild.review_channel.history()) == cards, "the card is edited, not posted again"
    assert "Expertise: python, go" in message_text(guild.review_channel.last_message)
    assert "Current expertise: python\nCurrent bio: unchanged\n" in message_text(
        guild.review_channel.last_message
    )
    assert "🪙 70 an hour" in message_text(
        (await oliver.slash(guild.channel, "mentor profile")).response
    )

    form = await oliver.slash(guild.channel, "mentor edit")
    same = await oliver.submit_modal(form, text_fields(form))
    assert "Nothing has changed" in message_text(same.response)
    form = await oliver.slash(guild.channel, "mentor edit")
    back = await oliver.submit_modal(form, {**old, "rate": "70"})
    assert "is withdrawn. Members still see the old one" in message_text(back.response)
    await guild.deliver()
    assert "withdrew their profile change." in message_text(guild.review_channel.last_message)


async def test_profile_changes_may_need_no_approval(
    guild: SimulatedGuild,
) -> None:
    await guild.configure(approve_profile_changes=False)
    oliver = await approved_mentor(guild, "Oliver")
    form = await oliver.slash(guild.channel, "mentor edit")
    answer = await oliver.submit_modal(form, {**text_fields(form), "expertise": "python, rust"})
    assert "Your new text is live" in message_text(answer.response)
    result = await oliver.slash(guild.channel, "mentor profile")
    assert "Expertise: python, rust" in message_text(result.response)


async def test_a_new_rate_asks_to_confirm_the_new_price(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="60")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    result = await confirmation_card(guild, maya, oliver, guild.now.replace(hour=15), topic="Loops")
    form = await oliver.slash(guild.channel, "mentor edit")
    await oliver.submit_modal(form, {"expertise": "python", "rate": "80", "bio": BIO})
    refused = await maya.click(result.response, label="Confirm")
    assert "Price: 🪙 80" in message_text(refused.response)
    assert "Topic: Loops" in message_text(refused.response)
    assert "The price has changed from 60 to 80" in message_text(refused.response)
    assert await guild.balance(maya) == 500
    await maya.click(refused.response, label="Confirm")
    assert await guild.balance(maya) == 420


async def test_a_paused_mentor_is_hidden_until_the_pause_ends(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    result = await confirmation_card(guild, maya, oliver, guild.now.replace(hour=15))
    answer = await oliver.slash(guild.channel, "mentor pause", until="tomorrow")
    assert "Nobody can book you until <t:" in message_text(answer.response)

    assert await maya.autocomplete(guild.channel, "book", "mentor", "") == []
    refused = await maya.click(result.response, label="Confirm")
    messages = [message for message in (refused.response, *refused.followups) if message]
    assert any("isn't taking new bookings right now" in message_text(each) for each in messages)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Takes no new bookings until" in message_text(profile.response)
    assert button_labels(profile.response) == ["Tell me when there's a slot"]

    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "Nobody can book you until <t:" in message_text(panel.response)
    assert "Next open slots" not in message_text(panel.response)

    await guild.env.advance_time(timedelta(hours=13).total_seconds())
    (choice,) = await maya.autocomplete(guild.channel, "book", "mentor", "")
    assert choice["name"].startswith("Oliver")
    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "Next open slots" in message_text(panel.response)
    assert "Resume mentoring" not in button_labels(panel.response)


async def test_pauses_need_a_future_time_and_can_end_early(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    for until, refusal in (
        ("1 january 2020", "already passed"),
        ("when pigs fly", "I couldn't read `when pigs fly` as a time"),
    ):
        answer = await oliver.slash(guild.channel, "mentor pause", until=until)
        assert refusal in message_text(answer.response)
    assert len(await maya.autocomplete(guild.channel, "book", "mentor", "")) == 1
    await oliver.slash(guild.channel, "mentor pause")
    assert await maya.autocomplete(guild.channel, "book", "mentor", "") == []
    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "Nobody can book you until you resume." in message_text(panel.response)
    answer = await oliver.click(panel.response, label="Resume mentoring")
    assert "Members can find and book you again" in message_text(answer.response)
    assert len(await maya.autocomplete(guild.channel, "book", "mentor", "")) == 1


async def test_a_mentor_stops_and_resumes(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    answer = await oliver.slash(guild.channel, "mentor stop")
    assert "Your booked sessions still go ahead" in message_text(answer.response)
    assert "doesn't mentor here" in message_text(
        (await maya.slash(guild.channel, "mentor profile", member=oliver)).response
    )
    assert "confirmed" in message_text((await maya.slash(guild.channel, "sessions")).response)
    for command in ("apply", "hours", "edit", "pause", "stop"):
        refused = await oliver.slash(guild.channel, f"mentor {command}")
        assert "You've stopped mentoring here. Use `/mentor resume`" in message_text(
            refused.response
        )
    await oliver.slash(guild.channel, "mentor resume")
    assert "Expertise: python" in message_text(
        (await maya.slash(guild.channel, "mentor profile", member=oliver)).response
    )


async def test_mentor_commands_explain_why_one_is_not_a_mentor(guild: SimulatedGuild) -> None:
    acts = ("hours", "edit", "pause", "resume", "stop")

    async def assert_refused(person: simcord.MemberActor, sentence: str, *also: str) -> None:
        for command in (*acts, *also):
            answer = await person.slash(guild.channel, f"mentor {command}")
            assert answer.ephemeral
            assert sentence in message_text(answer.response), command

    priya = await guild.add_moderator("Priya")
    suspended = await approved_mentor(guild, "Oliver")
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(suspended.id),
        reason="Complaints.",
        sessions="keep",
    )
    await assert_refused(suspended, "Your mentor profile is suspended. Please talk to", "apply")
    await assert_refused(
        await guild.add_member("Maya", zone="Europe/London"), "You aren't a mentor here yet"
    )

    sam = await guild.add_member("Sam", zone="Europe/London")
    await submit_application(guild, sam)
    await assert_refused(sam, "Your application is still with the moderators")
    await guild.deliver()
    form = await priya.click(guild.review_channel.last_message, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "Which languages?"})
    await assert_refused(sam, "The moderators asked you to change your application")
    await guild.deliver()
    form = await sam.user.click(guild.last_dm(sam), label="Edit and resend")
    await sam.user.submit_modal(form, {"expertise": "go", "rate": "5", "bio": BIO})
    await guild.deliver()
    form = await priya.click(guild.review_channel.last_message, label="Reject")
    await priya.submit_modal(form, {"reason": "Not now."})
    await assert_refused(sam, "The moderators didn't approve your application")


async def test_a_suspended_mentor_can_change_the_time_zone(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 9-17")
    priya = await guild.add_moderator("Priya")
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    question = await oliver.slash(guild.channel, "timezone set", zone="Europe/Paris")
    assert "They're set for **London**" in message_text(question.response)
    await oliver.click(question.response, label="Keep same moments")
    await priya.slash(guild.channel, "moderation reinstate", mentor=str(oliver.id))
    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "**Mon** 10:00–18:00" in message_text(panel.response)
