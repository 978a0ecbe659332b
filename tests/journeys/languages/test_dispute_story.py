"""A dispute in every language: the reports don't match, and a moderator decides."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.languages.transcript import Transcript
from tests.journeys.support.helpers import at
from tests.journeys.support.simulated_guild import SimulatedGuild


async def test_a_dispute_in_every_language(guild: SimulatedGuild, transcript: Transcript) -> None:
    await guild.configure(fee_percent=10)
    oliver = await transcript.join_as_mentor("Oliver")
    maya = await transcript.join("Maya", zone="America/New_York", points=100)
    priya = await transcript.join("Priya", roles=(guild.moderator_role,))

    transcript.step("Maya books, and Oliver confirms")
    when = str(int(at(guild, 15).timestamp()))
    await maya.slash("book", mentor=str(oliver.id), when=when)
    await maya.press("Confirm")
    await guild.deliver()
    oliver.read_inbox()
    await oliver.press("Confirm")
    await guild.deliver()
    maya.read_inbox()

    transcript.step("Oliver says that they have met, Maya that he didn't come")
    await guild.advance_to(at(guild, 16) + timedelta(minutes=5))
    maya.read_inbox()
    await maya.press("No-show")
    await maya.press("Report no-show")
    await guild.deliver()
    oliver.read_inbox()
    await oliver.press("We met")
    assert (await guild.balance(maya.person), await guild.balance(oliver.person)) == (40, 0)
    await guild.deliver()
    maya.read_inbox()

    transcript.step("The moderators are asked")
    priya.look_at(guild.review_channel.last_message)

    transcript.step("Nobody has decided after two days")
    await guild.advance_to(guild.now + timedelta(days=2), timedelta(hours=1))
    priya.look_at(guild.review_channel.last_message)

    transcript.step("Priya decides")
    await priya.press("Refund the mentee")
    priya.look_at(guild.review_channel.last_message)
    assert (await guild.balance(maya.person), await guild.balance(oliver.person)) == (100, 0)
    await guild.deliver()
    maya.read_inbox()
    oliver.read_inbox()
    await maya.slash("points history")
    transcript.compare()
