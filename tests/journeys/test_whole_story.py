"""From an application to a rating: what each person sees, step by step."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.support.scenarios import submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_from_application_to_rating(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)

    # Oliver applies and reads what happens next.
    answer = await submit_application(guild, oliver)
    assert answer.ephemeral
    assert "with the moderators" in message_text(answer.response)

    # The moderators see the whole application.
    await guild.deliver()
    card = guild.review_channel.last_message
    assert "would like to mentor" in message_text(card)
    assert "python, code review" in message_text(card)
    assert "60 an hour" in message_text(card)
    assert "London" in message_text(card)
    assert button_labels(card) == ["Approve", "Reject", "Ask for changes"]

    # One click decides: the card shows it, the role is given, Oliver gets a message.
    await priya.click(card, label="Approve")
    card = guild.review_channel.last_message
    assert f"Approved by <@{priya.id}>" in message_text(card)
    assert button_labels(card) == []
    await guild.deliver()
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))
    assert guild.has_role(oliver, guild.mentor_role)

    # Oliver sets his hours in his own zone.
    answer = await oliver.slash(
        guild.channel, "mentor hours", hours="mon-fri 18:00-21:30; sat 10-14"
    )
    assert "In your time zone (London)." in message_text(answer.response)
    assert "**Mon–Fri** 18:00–21:30" in message_text(answer.response)
    assert "**Sat** 10:00–14:00" in message_text(answer.response)

    # Maya finds him by a misspelt skill, with slots in her own zone.
    (choice,) = await maya.autocomplete(guild.channel, "book", "mentor", "pyton")
    assert choice["name"].startswith("Oliver · no ratings yet · 🪙 60/h · code review, python")
    slots = await maya.autocomplete(guild.channel, "book", "when", "", mentor=choice["value"])
    assert slots[0]["name"] == "Mon 2 Mar, 13:00 EST"

    card = await maya.slash(
        guild.channel, "book", mentor=choice["value"], when=slots[0]["value"], topic="My *first* PR"
    )
    assert card.ephemeral
    text = message_text(card.response)
    assert "with Oliver?" in text
    assert "Oliver's time (London): Mon 2 Mar, 18:00–19:00" in text
    assert "Price: 🪙 60" in text
    assert "Balance after: 🪙 40" in text
    assert r"Topic: My \*first\* PR" in text
    assert await guild.balance(maya) == 100, "a card holds nothing"

    # She confirms; the points are on hold.
    booked = await maya.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(booked.response)
    assert await guild.balance(maya) == 40
    await guild.deliver()

    # Oliver confirms by direct message, after a restart.
    request = guild.last_dm(oliver)
    assert "Maya would like a session with you" in message_text(request)
    assert r"My \*first\* PR" in message_text(request)
    assert button_labels(request) == ["Confirm", "Decline", "Suggest another time", "Block"]
    await guild.restart_bot()
    await oliver.user.click(request, label="Confirm")
    assert "Your session is confirmed." in message_text(guild.last_dm(oliver))
    await guild.deliver()
    assert "Oliver confirmed" in message_text(guild.last_dm(maya))

    # Both see it in their lists of sessions.
    assert "**Oliver** · confirmed" in message_text(
        (await maya.slash(guild.channel, "sessions")).response
    )
    assert "**Maya** (your mentee)" in message_text(
        (await oliver.slash(guild.channel, "sessions")).response
    )

    # Both are reminded ten minutes before, and notified at the start.
    starts = guild.now.replace(hour=18, minute=0)
    await guild.advance_to(starts - timedelta(minutes=10))
    assert "Your session with Oliver starts in 10 minutes" in message_text(guild.last_dm(maya))
    assert "Your session with Maya starts in 10 minutes" in message_text(guild.last_dm(oliver))
    await guild.advance_to(starts)
    assert "Your session with Oliver starts now" in message_text(guild.last_dm(maya))
    assert "Your session with Maya starts now" in message_text(guild.last_dm(oliver))

    # Afterwards Maya reports that they met: Oliver is paid, and she rates him.
    await guild.advance_to(starts + timedelta(hours=1))
    question = guild.last_dm(maya)
    assert "Did you meet Oliver?" in message_text(question)
    await maya.user.click(question, label="We met")
    assert await guild.balance(oliver) == 60
    question = guild.last_dm(maya)
    assert button_labels(question) == ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]
    await maya.user.click(question, label="5 ★")
    assert "You gave Oliver ★★★★★" in message_text(guild.last_dm(maya))
    form = await maya.user.click(guild.last_dm(maya), label="Write a review")
    await maya.user.submit_modal(form, {"words": "Patient and clear."})
    await guild.deliver()
    assert "You're paid 🪙 60" in message_text(guild.inbox(oliver)[-2])
    assert "Maya rated your session" in message_text(guild.last_dm(oliver))
    assert "Patient and clear" in message_text(guild.last_dm(oliver))

    # The next member who opens the profile sees the rating.
    noor = await guild.add_member("Noor", zone="Asia/Kolkata")
    (choice,) = await noor.autocomplete(guild.channel, "book", "mentor", "oliver")
    assert "★ 5.0 (1)" in choice["name"]
