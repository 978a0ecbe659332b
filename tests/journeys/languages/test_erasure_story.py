"""An erasure in every language: the export, the preview, and what others are told."""

from __future__ import annotations

from mentorship.operations import personal_data
from tests.journeys.languages.transcript import Transcript
from tests.journeys.support.helpers import at
from tests.journeys.support.simulated_guild import SimulatedGuild


async def test_an_erasure_in_every_language(guild: SimulatedGuild, transcript: Transcript) -> None:
    oliver = await transcript.join_as_mentor("Oliver")
    maya = await transcript.join("Maya", zone="Europe/London", points=500)

    transcript.step("Maya books a session and requests another")
    for day in (4, 5):
        when = str(int(at(guild, 15, day=day).timestamp()))
        await maya.slash("book", mentor=str(oliver.id), when=when)
        await maya.press("Confirm")
        await guild.deliver()
        oliver.read_inbox()
        if day == 4:
            await oliver.press("Confirm")
    await guild.deliver()

    transcript.step("She exports her data")
    await maya.slash("privacy export")

    transcript.step("She sees what would be deleted, and keeps it")
    await maya.slash("privacy forget")
    await maya.press("Cancel")
    assert await guild.balance(maya.person) == 380

    transcript.step("She deletes it")
    await maya.slash("privacy forget")
    await maya.press("Delete my data")
    assert await guild.db.read(personal_data.list_guilds_with_data, maya.id) == []
    await maya.slash("privacy forget")

    transcript.step("Oliver is told that the sessions are cancelled")
    await guild.deliver()
    oliver.read_inbox()
    transcript.compare()
