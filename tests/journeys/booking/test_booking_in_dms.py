"""Booking in a direct message, where Discord does not say who is in a server."""

from __future__ import annotations

from datetime import timedelta

import simcord

from bot.views.booking.items import StepButton
from bot.views.booking.steps import BookingStep, Selection
from tests.journeys.support.bookings import at, choose, on_record
from tests.journeys.support.crowds import Press, at_once
from tests.journeys.support.people import card, mentor
from tests.journeys.support.world import World, labels, words


async def expired(town: World) -> tuple[simcord.MemberActor, simcord.MemberActor]:
    """Maya, whose request to Oliver has expired, and Ines, who is like Oliver."""
    oliver = await mentor(town, "Oliver", expertise="python, testing")
    ines = await mentor(town, "Ines", zone="Europe/Lisbon", expertise="testing", hours="daily 9-24")
    await mentor(town, "Dora", expertise="design")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15, day=4), topic="Loops")
    await maya.click(shown.response, label="Confirm")
    await town.wait_until(town.now + timedelta(hours=24), step=timedelta(hours=1))
    return maya, ines


async def test_who_got_no_answer_is_offered_others_and_books_there(town: World) -> None:
    maya, ines = await expired(town)
    message = town.last_dm(maya)
    assert "Oliver didn't answer in time." in words(message)
    assert "Below are times near yours with mentors of the same expertise." in words(message)
    assert labels(message) == ["Ines · Wed 4 Mar, 10:00 EST"]
    await town.restart()

    shown = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    assert "Book Ines?" in words(shown.response)
    assert "Topic: Loops" in words(shown.response)
    # The whole way is there, up to the expertise and down again.
    shown = await maya.user.click(shown.response, label="Back")
    assert "Wed 4 Mar with Ines: at what time?" in words(shown.response)
    shown = await maya.user.click(shown.response, label="Back")
    shown = await maya.user.click(shown.response, label="Back")
    shown = await maya.user.click(shown.response, label="Back")
    for choice in ("testing", "Ines", "Thu 5 Mar", "11:00 EST"):
        shown = await choose(maya.user, shown.response, choice)
    done = await maya.user.click(shown.response, label="Confirm")
    assert "Request sent to Ines" in words(done.response)
    assert await town.balance(maya) == 40
    await town.deliver()
    assert "Maya would like a session with you." in words(town.last_dm(ines))


async def test_who_has_left_the_server_books_nothing_there(town: World) -> None:
    maya, _ = await expired(town)
    message = town.last_dm(maya)
    shown = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    await on_record(town, maya, left_at=town.now)
    for label in ("Confirm", "Back"):
        answer = await maya.user.click(shown.response, label=label)
        said = "\n".join(words(each) for each in (answer.response, *answer.followups) if each)
        assert "a server which you aren't in" in said
    answer = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    assert "a server which you aren't in" in words(answer.response)
    assert await town.balance(maya) == 100
    # Whoever is back and says so by a command is known again.
    await maya.slash(town.square, "book")
    shown = await card(town, maya, town.people[oliver_of(town)], at(town, 15, day=5))
    await maya.click(shown.response, label="Confirm")
    answer = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    assert "Not enough for this one" in words(answer.response)


def oliver_of(town: World) -> int:
    return next(person.id for person in town.people.values() if person.name == "Oliver")


async def test_nothing_of_another_server_is_shown_to_whoever_makes_up_an_id(town: World) -> None:
    maya, _ = await expired(town)
    stranger = town.env.create_user("Stranger")
    message = town.last_dm(maya)
    other = town.env.create_guild("Elsewhere")
    visitor = other.add_member(stranger)
    place = other.create_text_channel("lobby")
    shown = await visitor.slash(place, "book")
    here = Selection(town.guild.id)
    for step in BookingStep:
        forged = Press(visitor, shown.response, StepButton(step, here).item.custom_id)
        (answer,) = await at_once(world_of(town, other), [forged])
        said = "\n".join(words(each) for each in (answer.response, *answer.followups) if each)
        assert "a server which you aren't in" in said
    assert message is not None


def world_of(town: World, guild: simcord.GuildHandle) -> World:
    return World(town.env, town.db, guild, town.square, town.review, town.moderators, town.mentors)
