"""What people see who have reached a limit of bookings."""

from __future__ import annotations

from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import approved_mentor, book, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_request_above_the_limit_is_refused_before_the_card_and_leads_to_the_others(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="0")
    maya = await guild.add_member("Maya", zone="America/New_York")
    for hour in (14, 15):
        await book(guild, maya, oliver, at(guild, hour))
    refused = await confirmation_card(guild, maya, oliver, at(guild, 16), topic="Loops")
    text = message_text(refused.response)
    assert "You already have 2 pending requests with this mentor, the most allowed." in text
    assert "You can send another <t:" in text
    assert "Topic: Loops" in text, "what was typed is kept"
    assert "Confirm" not in button_labels(refused.response)
    sessions = await maya.click(refused.response, label="My sessions")
    assert message_text(sessions.response).count("**Oliver**") == 2


async def test_a_limit_reached_after_the_card_refuses_the_booking(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await guild.configure(limit_pending=1)
    other = await approved_mentor(guild, "Noor", rate="0")
    await book(guild, maya, other, at(guild, 14))
    answer = await maya.click(card.response, label="Confirm")
    assert "You already have 1 pending request, the most allowed." in (
        message_text(answer.response)
    )
    assert await guild.balance(maya) == 100
