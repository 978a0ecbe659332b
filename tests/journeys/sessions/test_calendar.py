"""The button that sends a session as a calendar file."""

from __future__ import annotations

from icalendar import Calendar

from bot.views.sessions.calendar import CalendarFileButton
from tests.journeys.support.components import iter_components, old_view
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def test_only_participants_get_the_calendar_file(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    channel = guild.bot.get_channel(guild.channel.id)
    card = await channel.send("A card", view=old_view(CalendarFileButton(1)))  # type: ignore[union-attr]
    await guild.restart_bot()

    for person, other in ((maya, "Oliver"), (oliver, "Maya")):
        answer = await person.click(card, label="Add to calendar")
        assert answer.ephemeral
        assert "Open this file to add the session to your calendar" in message_text(answer.response)
        (file,) = answer.response.attachments
        assert file.filename == "mentorship-2026-03-02.ics"
        (event,) = Calendar.from_ical(await file.read()).walk("VEVENT")
        assert str(event["SUMMARY"]) == f"Session with {other}"
        assert event["DTSTART"].dt == start
        assert str(event["STATUS"]) == "CONFIRMED"
        # The same session in a form of an online calendar.
        for label in ("Add to Google Calendar", "Add to Outlook"):
            (link,) = [
                part["url"]
                for part in iter_components(answer.response)
                if part.get("label") == label
            ]
            assert f"Session%20with%20{other}" in link
            assert "T1500" in link or "T15%3A00" in link
    refused = await noor.click(card, label="Add to calendar")
    assert "I can't find that session" in message_text(refused.response)
