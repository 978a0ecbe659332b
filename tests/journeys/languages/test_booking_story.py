"""A booking in every language: from the mentor's application to the rating."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.languages.transcript import Transcript
from tests.journeys.support.simulated_guild import SimulatedGuild

BIO = "👋 Oliver Hughes · 🐍 Python · 2015–2026 · London"


async def test_a_booking_in_every_language(guild: SimulatedGuild, transcript: Transcript) -> None:
    oliver = await transcript.join("Oliver", zone="Europe/London")
    priya = await transcript.join("Priya", roles=(guild.moderator_role,))
    maya = await transcript.join("Maya", zone="America/New_York", points=100)

    transcript.step("Oliver applies")
    form = await oliver.slash("mentor apply")
    typed = {"expertise": "Python, Code Review", "rate": "60", "bio": BIO}
    await oliver.submit(form, **typed, meeting_link="")

    transcript.step("Priya approves him")
    await guild.deliver()
    priya.look_at(guild.review_channel.last_message)
    await priya.press("Approve")
    priya.look_at(guild.review_channel.last_message)
    await guild.deliver()
    oliver.read_inbox()
    assert guild.has_role(oliver.person, guild.mentor_role)

    transcript.step("He sets his weekly hours")
    await oliver.slash("mentor hours", hours="mon-fri 18:00-21:30; sat 10-14")

    transcript.step("Maya searches")
    (choice,) = await maya.suggestions("book", "mentor", "pyton")
    slots = await maya.suggestions("book", "when", mentor=choice["value"])
    await maya.slash("mentor search", expertise="pyton")

    transcript.step("She books")
    await maya.slash("book", mentor=choice["value"], when=slots[0]["value"], topic="Async 🐍")
    await maya.press("Confirm")
    assert await guild.balance(maya.person) == 40
    await guild.deliver()
    oliver.read_inbox()

    transcript.step("Oliver confirms")
    await oliver.press("Confirm")
    oliver.look_again()
    await guild.deliver()
    maya.read_inbox()
    await maya.slash("sessions")
    await oliver.slash("sessions")

    transcript.step("Both are reminded")
    starts = guild.now.replace(hour=18, minute=0)
    await guild.advance_to(starts - timedelta(minutes=10))
    maya.read_inbox()
    oliver.read_inbox()

    transcript.step("The session starts")
    await guild.advance_to(starts)
    maya.read_inbox()
    oliver.read_inbox()

    transcript.step("They have met")
    await guild.advance_to(starts + timedelta(hours=1))
    maya.read_inbox()
    await maya.press("We met")
    assert await guild.balance(oliver.person) == 60

    transcript.step("Maya rates him")
    maya.look_again()
    await maya.press("5 ★")
    maya.look_again()
    form = await maya.press("Write a review")
    await maya.submit(form, words="🙏")
    maya.look_again()
    await guild.deliver()
    oliver.read_inbox()
    (choice,) = await maya.suggestions("book", "mentor", "oliver")
    assert "5" in choice["name"]
    await maya.slash("points balance")
    transcript.compare()
