"""From an application to a rating: what each person sees, step by step."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.support.people import apply
from tests.journeys.support.world import World, labels, words


async def test_from_application_to_rating(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    maya = await town.person("Maya", zone="America/New_York", points=100)

    # Oliver applies, and is told what comes next.
    answer = await apply(town, oliver)
    assert answer.ephemeral
    assert "with the moderators" in words(answer.response)

    # The moderators see the whole application.
    await town.deliver()
    card = town.review.last_message
    assert "Oliver wants to mentor" in words(card)
    assert "python, code review" in words(card)
    assert "60 an hour" in words(card)
    assert "Europe/London" in words(card)
    assert labels(card) == ["Approve", "Reject", "Ask for changes"]

    # One click decides: the card says so, the role is given, Oliver gets a message.
    await priya.click(card, label="Approve")
    card = town.review.last_message
    assert f"Approved by <@{priya.id}>" in words(card)
    assert labels(card) == []
    await town.deliver()
    assert "Welcome among the mentors" in words(town.last_dm(oliver))
    assert town.has_role(oliver, town.mentors)

    # Oliver sets his hours on his own clock.
    answer = await oliver.slash(town.square, "mentor hours", hours="mon-fri 18:00-21:30; sat 10-14")
    assert "Europe/London" in words(answer.response)
    assert "**Monday** 18:00–21:30" in words(answer.response)
    assert "**Saturday** 10:00–14:00" in words(answer.response)

    # Maya finds him by a misspelt skill, and his time on her own clock.
    (choice,) = await maya.autocomplete(town.square, "book", "mentor", "pyton")
    assert choice["name"].startswith("Oliver · no ratings yet · 60 points/h · code review, python")
    slots = await maya.autocomplete(town.square, "book", "when", "", mentor=choice["value"])
    assert slots[0]["name"] == "Mon 2 Mar, 13:00 EST"

    card = await maya.slash(
        town.square, "book", mentor=choice["value"], when=slots[0]["value"], topic="My *first* PR"
    )
    assert card.ephemeral
    text = words(card.response)
    assert "Book Oliver?" in text
    assert "On your clock: Mon 2 Mar 2026, 13:00–14:00 EST (UTC−5)" in text
    assert "On Oliver's clock: Mon 2 Mar 2026, 18:00–19:00 GMT (UTC+0)" in text
    assert "Price: 🪙 60" in text
    assert "Balance after: 🪙 40" in text
    assert r"Topic: My \*first\* PR" in text
    assert await town.balance(maya) == 100, "a card holds nothing"

    # She confirms; the points are set aside.
    booked = await maya.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in words(booked.response)
    assert await town.balance(maya) == 40
    await town.deliver()

    # Oliver is asked by direct message, restarts happen, and his button still works.
    asked = town.last_dm(oliver)
    assert "Maya would like a session with you" in words(asked)
    assert r"My \*first\* PR" in words(asked)
    assert labels(asked) == ["Confirm", "Decline", "Propose another time"]
    await town.restart()
    await oliver.user.click(asked, label="Confirm")
    assert "Your session is confirmed." in words(town.last_dm(oliver))
    await town.deliver()
    assert "Oliver confirmed" in words(town.last_dm(maya))

    # Both see it among their sessions.
    assert "**Oliver**, 60 minutes, confirmed" in words(
        (await maya.slash(town.square, "sessions")).response
    )
    assert "You mentor **Maya**" in words((await oliver.slash(town.square, "sessions")).response)

    # Ten minutes before, both are reminded; at the start both are told.
    starts = town.now.replace(hour=18, minute=0)
    await town.wait_until(starts - timedelta(minutes=10))
    assert "You meet Oliver in 10 minutes" in words(town.last_dm(maya))
    assert "You meet Maya in 10 minutes" in words(town.last_dm(oliver))
    await town.wait_until(starts)
    assert "Your session with Oliver starts now" in words(town.last_dm(maya))
    assert "Your session with Maya starts now" in words(town.last_dm(oliver))

    # Afterwards Maya says that it took place: Oliver is paid, and she rates him.
    await town.wait_until(starts + timedelta(hours=1))
    question = town.last_dm(maya)
    assert "Did you meet Oliver?" in words(question)
    await maya.user.click(question, label="It took place")
    assert await town.balance(oliver) == 60
    question = town.last_dm(maya)
    assert labels(question) == ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]
    await maya.user.click(question, label="5 ★")
    assert "You gave Oliver ★★★★★" in words(town.last_dm(maya))
    form = await maya.user.click(town.last_dm(maya), label="Add a few words")
    await maya.user.submit_modal(form, {"words": "Patient and clear."})
    await town.deliver()
    assert "🪙 60 are yours" in words(town.inbox(oliver)[-2])
    assert "Maya rated your session" in words(town.last_dm(oliver))
    assert "Patient and clear" in words(town.last_dm(oliver))

    # The next one to look sees the rating.
    noor = await town.person("Noor", zone="Asia/Kolkata")
    (choice,) = await noor.autocomplete(town.square, "book", "mentor", "oliver")
    assert "★ 5.0 (1)" in choice["name"]
