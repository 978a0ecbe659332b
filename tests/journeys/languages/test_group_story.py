"""A group session in every language: created, joined, waited for, left, held."""

from __future__ import annotations

from datetime import timedelta

from bot.guilds.announcements import update_announcements
from tests.journeys.languages.transcript import Participant, Transcript
from tests.journeys.support.simulated_guild import SimulatedGuild


async def test_a_group_session_in_every_language(
    guild: SimulatedGuild, transcript: Transcript
) -> None:
    channel = guild.handle.create_text_channel("sessions")
    await guild.configure(sessions_channel_id=channel.id)
    oliver = await transcript.join_as_mentor("Oliver")
    maya, ken, priya = [
        await transcript.join(name, zone="Europe/London", points=100)
        for name in ("Maya", "Ken", "Priya")
    ]

    async def announce() -> None:
        await update_announcements(guild.bot, guild.db)
        await guild.deliver()

    def look(person: Participant) -> None:
        person.look_at(channel.last_message, "announcement")

    transcript.step("Oliver creates it")
    form = await oliver.slash("session create")
    typed = {"title": "Rust 🦀", "description": "2026 edition", "when": "15:00", "seats": "2"}
    await oliver.submit(form, **typed, price="30")
    await oliver.press("Create")
    await announce()

    transcript.step("Maya joins")
    look(maya)
    await maya.press("Join")
    await maya.press("Join")
    assert await guild.balance(maya.person) == 70
    await announce()

    transcript.step("Ken takes the last seat, and Priya waits")
    look(ken)
    await ken.press("Join")
    await ken.press("Join")
    await announce()
    look(priya)
    await priya.press("Join waitlist")
    await priya.press("Join waitlist")
    assert await guild.balance(priya.person) == 100
    await announce()
    look(ken)
    await ken.press("Details")

    transcript.step("Ken leaves, and Priya gets his seat")
    look(ken)
    await ken.press("Leave")
    await ken.press("Leave session")
    assert await guild.balance(ken.person) == 100
    await guild.advance_to(guild.now + timedelta(minutes=1))
    await announce()
    priya.read_inbox()
    look(priya)

    transcript.step("It starts")
    await guild.advance_to(guild.now.replace(hour=15, minute=0))
    for person in (oliver, maya, priya):
        person.read_inbox()

    transcript.step("Who was there")
    await guild.advance_to(guild.now.replace(hour=16, minute=0))
    for person in (oliver, maya, priya):
        person.read_inbox()
    await maya.press("I attended")
    assert await guild.balance(oliver.person) == 30
    await guild.deliver()
    oliver.look_again()
    await oliver.select("Who didn't come?", 0)
    await oliver.press("Report no-shows")
    await guild.deliver()
    priya.read_inbox()
    await oliver.slash("sessions")
    transcript.compare()
