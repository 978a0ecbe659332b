"""A session in one's own calendar, by a button that works wherever a card has it."""

from __future__ import annotations

from icalendar import Calendar

from bot.components.persistent import persistent_view
from bot.views.sessions.calendar import CalendarFileButton
from tests.journeys.support.people import confirmed, mentor
from tests.journeys.support.world import World, words


async def test_each_of_the_two_gets_their_own_file_and_nobody_else_any(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    noor = await town.person("Noor", zone="Asia/Kolkata")
    start = town.now.replace(hour=15)
    await confirmed(town, maya, oliver, start)
    channel = town.bot.get_channel(town.square.id)
    card = await channel.send("A card", view=persistent_view(CalendarFileButton(1)))  # type: ignore[union-attr]
    await town.restart()

    for person, other in ((maya, "Oliver"), (oliver, "Maya")):
        answer = await person.click(card, label="Add to calendar")
        assert answer.ephemeral
        assert "Open this file to put the session into your calendar" in words(answer.response)
        (file,) = answer.response.attachments
        assert file.filename == "mentorship-2026-03-02.ics"
        (event,) = Calendar.from_ical(await file.read()).walk("VEVENT")
        assert str(event["SUMMARY"]) == f"Session with {other}"
        assert event["DTSTART"].dt == start
        assert str(event["STATUS"]) == "CONFIRMED"
    refused = await noor.click(card, label="Add to calendar")
    assert "I can't find that session" in words(refused.response)
