"""What moderators do, what the people concerned see of it, and that nobody else can."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.journeys.support.people import apply, booked, confirmed, mentor
from tests.journeys.support.world import World, labels, words


async def test_the_queue_lists_what_waits(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver = await town.person("Oliver", zone="Europe/London")
    answer = await priya.slash(town.square, "moderation queue")
    assert "Nothing waits for a decision. Well done." in words(answer.response)
    await apply(town, oliver)
    await town.deliver()
    answer = await priya.slash(town.square, "moderation queue")
    assert f"<@{oliver.id}>: an application" in words(answer.response)
    assert f"/{town.review.id}/{town.review.last_message.id})" in words(answer.response)


async def test_a_long_queue_is_turned_page_by_page(town: World) -> None:
    priya = await town.moderator("Priya")
    people = [await town.person(f"Mentor {n}", zone="Europe/London") for n in range(12)]
    for person in people:
        await apply(town, person)

    def listed(answer: object) -> list[str]:
        return re.findall(r"• <@(\d+)>", words(answer))

    answer = await priya.slash(town.square, "moderation queue")
    assert listed(answer.response) == [str(person.id) for person in people[:10]]
    assert "Earlier page" not in labels(answer.response)
    further = await priya.click(answer.response, label="Next page")
    assert listed(further.response) == [str(person.id) for person in people[10:]]
    assert "Next page" not in labels(further.response)
    back = await priya.click(further.response, label="Earlier page")
    assert listed(back.response) == listed(answer.response)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("moderation queue", {}),
        ("moderation suspend", {"mentor": "1", "reason": "x", "sessions": "keep"}),
        ("moderation reinstate", {"mentor": "1"}),
        ("moderation hide-review", {"review": "1"}),
        ("moderation audit", {}),
    ],
)
async def test_nobody_else_can(town: World, command: str, options: dict[str, str]) -> None:
    mallory = await town.person("Mallory")
    answer = await mallory.slash(town.square, command, **options)
    assert answer.ephemeral
    assert "Only this server's moderators can do that" in words(answer.response)


@pytest.mark.parametrize("typed", ["somebody", "9223372036854775808", "9" * 20, "9" * 40])
async def test_what_is_typed_and_not_picked_names_nobody(town: World, typed: str) -> None:
    priya = await town.moderator("Priya")
    for command, option, more in (
        ("suspend", "mentor", {"reason": "x", "sessions": "keep"}),
        ("reinstate", "mentor", {}),
        ("hide-review", "review", {}),
    ):
        picked = {option: typed, **more}
        answer = await priya.slash(town.square, f"moderation {command}", **picked)
        assert f"The {option} must be one of the suggestions" in words(answer.response)


async def test_nobody_else_is_shown_anything_while_typing(town: World) -> None:
    await mentor(town, "Oliver")
    mallory = await town.person("Mallory")
    for command, option in (
        ("moderation suspend", "mentor"),
        ("moderation reinstate", "mentor"),
        ("moderation hide-review", "review"),
        ("moderation audit", "act"),
    ):
        assert await mallory.autocomplete(town.square, command, option, "") == []


async def test_a_suspension_that_cancels_what_is_booked(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(hour=15))
    await booked(town, maya, oliver, town.now.replace(day=4, hour=15))
    assert await town.balance(maya) == 380

    (choice,) = await priya.autocomplete(town.square, "moderation suspend", "mentor", "oli")
    answer = await priya.slash(
        town.square,
        "moderation suspend",
        mentor=choice["value"],
        reason="Three no-shows.",
        sessions="cancel",
    )
    assert "2 sessions were cancelled and refunded" in words(answer.response)
    assert await town.balance(maya) == 500
    await town.deliver()
    assert not town.has_role(oliver, town.mentors)
    texts = [words(message) for message in town.inbox(oliver)]
    (told,) = (text for text in texts if "Three no-shows." in text)
    assert "2 sessions were cancelled, as you hear separately." in told
    assert told.count("Your mentor profile is suspended") == 1
    assert any("Reason: > This mentor profile takes no sessions" in text for text in texts)
    assert "The moderators cancelled your session" in words(town.last_dm(maya))
    assert "All 🪙 60 are back" in words(town.last_dm(maya))

    # No reminder comes, nobody can book, and the mentor is told why.
    before = len(town.inbox(maya))
    await town.wait_until(town.now + timedelta(days=3), step=timedelta(hours=2))
    assert len(town.inbox(maya)) == before
    refused = await maya.slash(town.square, "book", mentor=str(oliver.id))
    assert "Oliver doesn't mentor here" in words(refused.response)
    assert "is suspended" in words((await oliver.slash(town.square, "mentor apply")).response)

    (choice,) = await priya.autocomplete(town.square, "moderation reinstate", "mentor", "")
    await priya.slash(town.square, "moderation reinstate", mentor=choice["value"])
    await town.deliver()
    assert town.has_role(oliver, town.mentors)
    assert "Welcome back" in words(town.last_dm(oliver))
    assert "look at them, or set some, with `/mentor hours`" in words(town.last_dm(oliver))
    (choice,) = await maya.autocomplete(town.square, "book", "mentor", "oliver")
    assert choice["value"] == str(oliver.id)


async def test_a_suspension_that_cancels_one_session_or_none(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver, ines = await mentor(town, "Oliver"), await mentor(town, "Ines")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(hour=15))
    for person, said in ((oliver, " 1 session was cancelled and refunded."), (ines, "")):
        answer = await priya.slash(
            town.square,
            "moderation suspend",
            mentor=str(person.id),
            reason="On leave.",
            sessions="cancel",
        )
        assert words(answer.response) == f"<@{person.id}> is suspended and will hear of it.{said}"
    await town.deliver()
    told = [words(message) for message in town.inbox(oliver)]
    assert any(
        "for now. 1 session was cancelled, as you hear separately. If you" in t for t in told
    )
    assert "booked for now. If you think" in words(town.last_dm(ines))


async def test_a_suspension_that_keeps_what_is_booked(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    await confirmed(town, maya, oliver, town.now.replace(hour=15))
    await priya.slash(
        town.square,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    await town.deliver()
    assert "Sessions that are booked already stand." in words(town.last_dm(oliver))
    assert "cancelled" not in words(town.last_dm(oliver))
    await town.wait_until(town.now.replace(hour=15))
    assert "Your session with Oliver starts now" in words(town.last_dm(maya))


async def test_a_hidden_review_counts_no_more(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="Europe/London", points=500)
    start = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, start)
    await town.wait_until(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(town.last_dm(maya), label="It took place")
    await maya.user.click(town.last_dm(maya), label="1 ★")
    form = await maya.user.click(town.last_dm(maya), label="Add a few words")
    await maya.user.submit_modal(form, {"words": "An insult."})

    noor = await town.person("Noor", zone="Asia/Kolkata")
    shown = await noor.slash(town.square, "mentor profile", member=oliver)
    assert "★ 1.0 (1)" in words(shown.response)
    assert "An insult." in words(shown.response)

    (choice,) = await priya.autocomplete(town.square, "moderation hide-review", "review", "")
    assert choice["name"] == "Oliver ★☆☆☆☆ An insult."
    assert await priya.autocomplete(town.square, "moderation hide-review", "review", "100%") == []
    assert await priya.autocomplete(town.square, "moderation hide-review", "review", "INSULT") == [
        choice
    ]
    await priya.slash(
        town.square, "moderation hide-review", review=choice["value"], reason="Abusive."
    )
    shown = await noor.slash(town.square, "mentor profile", member=oliver)
    assert "no ratings yet" in words(shown.response)
    assert "An insult." not in words(shown.response)
    assert await priya.autocomplete(town.square, "moderation hide-review", "review", "") == []
    again = await priya.slash(town.square, "moderation hide-review", review=choice["value"])
    assert "it is hidden already" in words(again.response)


async def test_every_act_stands_in_the_log(town: World) -> None:
    journal = town.guild.create_text_channel("mod-log")
    await town.settle(log_channel_id=journal.id)
    priya = await town.moderator("Priya")
    oliver = await mentor(town, "Oliver")
    ines = await mentor(town, "Ines")
    for person in (oliver, ines):
        await priya.slash(
            town.square,
            "moderation suspend",
            mentor=str(person.id),
            reason=f"About {person.name}.",
            sessions="keep",
        )
    await town.deliver()
    assert f"<@{priya.id}> **suspended** <@{ines.id}>: About Ines." in words(journal.last_message)
    log = await priya.slash(town.square, "moderation audit")
    assert "approved the application of" in words(log.response)
    log = await priya.slash(town.square, "moderation audit", member=oliver)
    assert "About Oliver." in words(log.response)
    assert "About Ines." not in words(log.response)
    log = await priya.slash(town.square, "moderation audit", act="suspended")
    assert "approved the application of" not in words(log.response)
    log = await priya.slash(town.square, "moderation audit", member=oliver, act="suspended")
    (line,) = words(log.response).splitlines()
    assert f"<@{priya.id}> **suspended** <@{oliver.id}>: About Oliver." in line
    log = await priya.slash(town.square, "moderation audit", member=oliver, act="reinstated")
    assert "The log holds nothing that fits" in words(log.response)
    (kind, *_) = await priya.autocomplete(town.square, "moderation audit", "act", "susp")
    assert kind["value"] == "suspended"


async def test_a_long_log_comes_in_pages(town: World) -> None:
    priya = await town.moderator("Priya")
    oliver = await mentor(town, "Oliver")
    for _ in range(6):
        await priya.slash(
            town.square,
            "moderation suspend",
            mentor=str(oliver.id),
            reason="Again.",
            sessions="keep",
        )
        await priya.slash(town.square, "moderation reinstate", mentor=str(oliver.id))
    log = await priya.slash(town.square, "moderation audit", member=oliver)
    assert labels(log.response) == ["Older"]
    await town.restart()
    older = await priya.click(log.response, label="Older")
    older = await priya.click(older.response, label="Older")
    assert "approved the application of" in words(older.response)
    assert labels(older.response) == []
