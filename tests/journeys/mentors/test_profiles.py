"""A mentor's profile, as others see it and as its owner changes it."""

from __future__ import annotations

from datetime import timedelta

import simcord

from tests.journeys.support.people import BIO, apply, card, confirmed, fields_of, mentor
from tests.journeys.support.world import World, labels, words


async def test_what_a_member_sees_of_a_mentor(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="mon-fri 18-20", expertise="python, testing")
    sana = await town.person("Sana", zone="Asia/Kolkata", points=100)
    shown = await sana.slash(town.square, "mentor profile", member=oliver)
    text = words(shown.response)
    assert "Expertise: python, testing" in text
    assert "An hour: 🪙 60" in text
    assert "Rating: no ratings yet" in text
    assert "Usual hours on the clock of Asia/Kolkata: **Mon** 23:30–01:30" in text
    assert "Next open times: • <t:" in text
    slots = await sana.click(shown.response, label="Book a session")
    assert "When would you like to meet Oliver?" in words(slots.response)


async def test_the_same_from_a_persons_menu(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    sana = await town.person("Sana", zone="Asia/Kolkata", points=100)
    shown = await sana.context_menu(town.square, "Mentor profile", oliver)
    assert "Expertise: python" in words(shown.response)
    slots = await sana.context_menu(town.square, "Book a session", oliver)
    assert "When would you like to meet Oliver?" in words(slots.response)
    none = await oliver.context_menu(town.square, "Mentor profile", sana)
    assert "This member doesn't mentor here" in words(none.response)


async def test_a_new_text_waits_and_a_new_rate_does_not(town: World) -> None:
    oliver = await mentor(town, "Oliver", rate="60")
    priya = await town.moderator("Priya")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    start = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, start)

    form = await oliver.slash(town.square, "mentor edit")
    answer = await oliver.submit_modal(
        form, {"expertise": "python, rust", "rate": "80", "bio": BIO + " In Rust, too."}
    )
    assert "Your new rate holds for new bookings from now on" in words(answer.response)
    assert "members see the old one" in words(answer.response)

    shown = await maya.slash(town.square, "mentor profile", member=oliver)
    assert "Expertise: python\n" in words(shown.response)
    assert "An hour: 🪙 80" in words(shown.response)
    (booked,) = (
        line
        for line in words((await maya.slash(town.square, "sessions")).response).splitlines()
        if "Oliver" in line
    )
    assert "confirmed" in booked
    assert await town.balance(maya) == 440, "what is booked keeps its price"

    await town.deliver()
    review = town.review.last_message
    assert "Oliver wants to change their profile" in words(review)
    assert f"{BIO} In Rust, too.\nExpertise: python, rust\n" in words(review)
    assert f"Expertise now: python\nText now: {BIO}\n" in words(review), "what would change"
    await priya.click(review, label="Approve")
    await town.deliver()
    assert "Your new text can be seen" in words(town.last_dm(oliver))
    assert "Expertise now" not in words(town.review.last_message)
    shown = await maya.slash(town.square, "mentor profile", member=oliver)
    assert "Expertise: python, rust" in words(shown.response)


async def test_a_text_that_waits_is_changed_and_taken_back_with_the_same_form(
    town: World,
) -> None:
    oliver = await mentor(town, "Oliver", rate="60")
    old = {"expertise": "python", "rate": "60", "bio": BIO}
    new = {"expertise": "python, rust", "rate": "60", "bio": BIO}
    form = await oliver.slash(town.square, "mentor edit")
    await oliver.submit_modal(form, new)
    await town.deliver()
    cards = len(town.review.history())

    form = await oliver.slash(town.square, "mentor edit")
    assert fields_of(form) == new
    await oliver.submit_modal(form, {**new, "expertise": "python, go", "rate": "70"})
    await town.deliver()
    assert len(town.review.history()) == cards, "the card is edited, not posted again"
    assert "Expertise: python, go" in words(town.review.last_message)
    assert "Expertise now: python\nText now: the same\n" in words(town.review.last_message)
    assert "An hour: 🪙 70" in words((await oliver.slash(town.square, "mentor profile")).response)

    form = await oliver.slash(town.square, "mentor edit")
    same = await oliver.submit_modal(form, fields_of(form))
    assert "Nothing has changed" in words(same.response)
    form = await oliver.slash(town.square, "mentor edit")
    back = await oliver.submit_modal(form, {**old, "rate": "70"})
    assert "is taken back; the old one stays" in words(back.response)
    await town.deliver()
    assert "Oliver withdrew" in words(town.review.last_message)


async def test_a_guild_that_trusts_its_mentors_shows_new_texts_at_once(town: World) -> None:
    await town.settle(approve_profile_changes=False)
    oliver = await mentor(town, "Oliver")
    form = await oliver.slash(town.square, "mentor edit")
    answer = await oliver.submit_modal(form, {**fields_of(form), "expertise": "python, rust"})
    assert "Your new text can be seen now" in words(answer.response)
    shown = await oliver.slash(town.square, "mentor profile")
    assert "Expertise: python, rust" in words(shown.response)


async def test_the_price_changes_between_card_and_confirm(town: World) -> None:
    oliver = await mentor(town, "Oliver", rate="60")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    shown = await card(town, maya, oliver, town.now.replace(hour=15), topic="Loops")
    form = await oliver.slash(town.square, "mentor edit")
    await oliver.submit_modal(form, {"expertise": "python", "rate": "80", "bio": BIO})
    asked = await maya.click(shown.response, label="Confirm")
    assert "Price: 🪙 80" in words(asked.response)
    assert "Topic: Loops" in words(asked.response)
    assert "The price has changed from 60 to 80" in words(asked.response)
    assert await town.balance(maya) == 500
    await maya.click(asked.response, label="Confirm")
    assert await town.balance(maya) == 420


async def test_a_pause_hides_and_ends_by_itself(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    shown = await card(town, maya, oliver, town.now.replace(hour=15))
    answer = await oliver.slash(town.square, "mentor pause", until="tomorrow")
    assert "You take no new bookings until <t:" in words(answer.response)

    assert await maya.autocomplete(town.square, "book", "mentor", "") == []
    refused = await maya.click(shown.response, label="Confirm")
    told = [message for message in (refused.response, *refused.followups) if message]
    assert any("takes no new bookings at the moment" in words(each) for each in told)
    profile = await maya.slash(town.square, "mentor profile", member=oliver)
    assert "Takes no new bookings until" in words(profile.response)
    assert labels(profile.response) == []

    await town.env.advance_time(timedelta(hours=13).total_seconds())
    (choice,) = await maya.autocomplete(town.square, "book", "mentor", "")
    assert choice["name"].startswith("Oliver")


async def test_a_pause_that_is_past_or_no_time_and_one_that_is_ended_early(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    for until, refusal in (
        ("1 january 2020", "is past already"),
        ("when pigs fly", "I couldn't read `when pigs fly` as a time"),
    ):
        answer = await oliver.slash(town.square, "mentor pause", until=until)
        assert refusal in words(answer.response)
    assert len(await maya.autocomplete(town.square, "book", "mentor", "")) == 1
    await oliver.slash(town.square, "mentor pause")
    assert await maya.autocomplete(town.square, "book", "mentor", "") == []
    answer = await oliver.slash(town.square, "mentor resume")
    assert "Members can find and book you again" in words(answer.response)
    assert len(await maya.autocomplete(town.square, "book", "mentor", "")) == 1


async def test_stopping_and_coming_back(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(hour=15))
    answer = await oliver.slash(town.square, "mentor stop")
    assert "What is booked stands" in words(answer.response)
    assert "doesn't mentor here" in words(
        (await maya.slash(town.square, "mentor profile", member=oliver)).response
    )
    assert "confirmed" in words((await maya.slash(town.square, "sessions")).response)
    for command in ("apply", "hours", "edit", "pause", "stop"):
        refused = await oliver.slash(town.square, f"mentor {command}")
        assert "You have stopped mentoring here. `/mentor resume` brings" in words(refused.response)
    await oliver.slash(town.square, "mentor resume")
    assert "Expertise: python" in words(
        (await maya.slash(town.square, "mentor profile", member=oliver)).response
    )


async def test_each_who_does_not_mentor_hears_why_wherever_they_ask(town: World) -> None:
    acts = ("hours", "edit", "pause", "resume", "stop")

    async def hears(person: simcord.MemberActor, sentence: str, *also: str) -> None:
        for command in (*acts, *also):
            answer = await person.slash(town.square, f"mentor {command}")
            assert answer.ephemeral
            assert sentence in words(answer.response), command

    priya = await town.moderator("Priya")
    suspended = await mentor(town, "Oliver")
    await priya.slash(
        town.square,
        "moderation suspend",
        mentor=str(suspended.id),
        reason="Complaints.",
        sessions="keep",
    )
    await hears(suspended, "Your mentor profile is suspended. Please talk to", "apply")
    await hears(await town.person("Maya", zone="Europe/London"), "You aren't a mentor here yet")

    sam = await town.person("Sam", zone="Europe/London")
    await apply(town, sam)
    await hears(sam, "Your application is still with the moderators")
    await town.deliver()
    form = await priya.click(town.review.last_message, label="Ask for changes")
    await priya.submit_modal(form, {"reason": "Which languages?"})
    await hears(sam, "The moderators asked you to change your application")
    await town.deliver()
    form = await sam.user.click(town.last_dm(sam), label="Change it")
    await sam.user.submit_modal(form, {"expertise": "go", "rate": "5", "bio": BIO})
    await town.deliver()
    form = await priya.click(town.review.last_message, label="Reject")
    await priya.submit_modal(form, {"reason": "Not now."})
    await hears(sam, "The moderators did not approve your application")


async def test_a_suspended_mentor_can_still_move_to_another_zone(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="mon 9-17")
    priya = await town.moderator("Priya")
    await priya.slash(
        town.square,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    asked = await oliver.slash(town.square, "timezone set", zone="Europe/Paris")
    assert "They are on the clock of **Europe/London**" in words(asked.response)
    await oliver.click(asked.response, label="Same moments")
    await priya.slash(town.square, "moderation reinstate", mentor=str(oliver.id))
    panel = await oliver.slash(town.square, "mentor hours")
    assert "**Monday** 10:00–18:00" in words(panel.response)
