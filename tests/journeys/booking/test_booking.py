"""Booking, when somebody or something interferes."""

from __future__ import annotations

from datetime import timedelta

from mentorship.actors import Actor
from mentorship.points import ledger
from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
    submit_application,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_losing_a_slot_race_offers_nearest_slots(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    noor = await guild.add_member("Noor", zone="Asia/Kolkata", points=100)
    mayas_card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    noors_card = await confirmation_card(guild, noor, oliver, at(guild, 15), topic="Testing")

    await maya.click(mayas_card.response, label="Confirm")
    refused = await noor.click(noors_card.response, label="Confirm")

    assert "That slot was just taken." in message_text(refused.response)
    assert await guild.balance(noor) == 100
    # The nearest slots are buttons in Noor's zone, which lead to the next card.
    slots = [label for label in button_labels(refused.response) if label.endswith("IST")]
    assert slots[:2] == ["Mon 2 Mar, 18:30 IST", "Mon 2 Mar, 19:00 IST"], "in order of time"
    assert "Mon 2 Mar, 20:30 IST" not in slots, "it was taken"
    next_card = await noor.click(refused.response, label="Mon 2 Mar, 19:30 IST")
    assert "with Oliver?" in message_text(next_card.response)
    assert "Topic: Testing" in message_text(next_card.response), "what was typed is still there"
    done = await noor.click(next_card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_the_confirmation_card_leads_with_the_time(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver Hughes")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    start = at(guild, 15)
    card = await confirmation_card(guild, maya, oliver, start)
    lines = message_text(card.response).splitlines()
    assert lines[:5] == [
        f"<t:{int(start.timestamp())}:F>",
        "Book 60 minutes with Oliver Hughes?",
        "Oliver's time (London): Mon 2 Mar, 15:00–16:00",
        "Price: 🪙 60",
        "Balance after: 🪙 40",
    ]
    assert lines[5].startswith("If Oliver doesn't confirm by <t:")
    assert lines[5].endswith("you're refunded in full.")
    assert button_labels(card.response) == ["Confirm", "Repeat…", "Back", "Add topic", "Cancel"]


async def test_the_card_after_booking_has_the_next_actions(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    booked = await maya.click(card.response, label="Confirm")
    text = message_text(booked.response)
    assert text.startswith("Request sent to Oliver")
    assert "🪙 60 on hold until after the session." in text
    assert button_labels(booked.response) == ["Add to calendar", "View", "Cancel session"]
    file = await maya.click(booked.response, label="Add to calendar")
    assert "Open this file" in message_text(file.response)
    # The buttons work after a restart, and View shows the session as it is by then.
    await guild.deliver()
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.restart_bot()
    viewed = await maya.click(booked.response, label="View")
    assert "confirmed" in message_text(viewed.response)
    assert viewed.response.id == booked.response.id, "in place of the card"
    preview = await maya.click(viewed.response, label="Cancel session")
    assert "You're refunded in full: 🪙 60." in message_text(preview.response)


async def test_confirm_works_after_a_restart(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await guild.restart_bot()
    done = await maya.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)
    assert await guild.balance(maya) == 40


async def test_dismissing_the_card_books_nothing(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, oliver, at(guild, 15))
    dismissed = await maya.click(card.response, label="Cancel")
    assert "Nothing was booked" in message_text(dismissed.response)
    assert button_labels(dismissed.response) == []
    assert await guild.balance(maya) == 100


async def test_a_balance_below_the_price_is_explained(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="60")
    maya = await guild.add_member("Maya", zone="America/New_York", points=40)
    answer = await confirmation_card(guild, maya, oliver, at(guild, 15))
    assert "This costs 60 points and you have 40, so you need 20 more." in message_text(
        answer.response
    )
    assert "You earn points by" in message_text(answer.response)


async def test_points_spent_after_the_card_prevent_confirming(guild: SimulatedGuild) -> None:
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    first = await confirmation_card(guild, maya, oliver, at(guild, 15))
    second = await confirmation_card(guild, maya, ines, at(guild, 16))
    await maya.click(first.response, label="Confirm")
    answer = await maya.click(second.response, label="Confirm")
    assert any(
        "you need 20 more" in message_text(message)
        for message in [answer.response, *answer.followups]
    )
    assert await guild.balance(maya) == 40


async def test_unavailable_times_are_explained_with_nearest_slots(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    for start, reason in (
        (at(guild, 9), "That time is already past."),
        (at(guild, 12) + timedelta(minutes=30), "Oliver must be booked at least 1 hour ahead."),
        (at(guild, 20), "Oliver has no slot at that time."),
    ):
        answer = await confirmation_card(guild, maya, oliver, start)
        assert reason in message_text(answer.response)
        assert "EST" in button_labels(answer.response)[0], "the nearest open times are buttons"


async def test_only_approved_mentors_other_than_oneself_can_be_booked(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    pending = await guild.add_member("Pending", zone="Europe/London")
    await submit_application(guild, pending)
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    answer = await confirmation_card(guild, maya, pending, at(guild, 15))
    assert "Pending doesn't mentor here" in message_text(answer.response)
    answer = await confirmation_card(guild, maya, maya, at(guild, 15))
    assert "doesn't mentor here" in message_text(answer.response)
    answer = await confirmation_card(guild, oliver, oliver, at(guild, 15))
    assert "You can't book a session with yourself" in message_text(answer.response)


async def test_a_mentee_cannot_book_overlapping_sessions(guild: SimulatedGuild) -> None:
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await book(guild, maya, oliver, at(guild, 15))
    answer = await confirmation_card(guild, maya, ines, at(guild, 15) + timedelta(minutes=30))
    assert "You already have a session at that time." in message_text(answer.response)


async def test_declining_refunds_the_mentee_with_the_reason(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book(guild, maya, oliver, at(guild, 15))
    form = await oliver.user.click(guild.last_dm(oliver), label="Decline")
    await oliver.user.submit_modal(form, {"reason": "I'm at a wedding."})
    assert "You declined this request." in message_text(guild.last_dm(oliver))
    assert button_labels(guild.last_dm(oliver)) == ["Remove from calendar"]
    await guild.deliver()
    message = message_text(guild.last_dm(maya))
    assert "Oliver declined your session request." in message
    assert "I'm at a wedding." in message
    assert "You're refunded in full: 🪙 60." in message
    assert await guild.balance(maya) == 100


async def test_an_unanswered_request_expires_with_a_refund(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book(guild, maya, oliver, at(guild, 15, day=4))
    request = guild.last_dm(oliver)
    guild.refuse_edits()
    await guild.advance_to(guild.now + timedelta(hours=24), step=timedelta(hours=1))
    assert "Oliver didn't answer in time" in message_text(guild.last_dm(maya))
    assert await guild.balance(maya) == 100
    # The old button shows the current status, and why confirming is refused.
    answer = await oliver.user.click(request, label="Confirm")
    assert "You can't confirm this session. It's expired." in message_text(answer.followups[0])
    assert "This request has expired." in message_text(
        next(message for message in guild.inbox(oliver) if message.id == request.id)
    )


async def test_cancelling_shows_the_refund_before_confirmation(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15, day=5))
    (choice,) = await maya.autocomplete(guild.channel, "cancel", "session", "")
    assert choice["name"] == "Oliver · Thu 5 Mar, 10:00 EST"
    preview = await maya.slash(guild.channel, "cancel", session=choice["value"])
    assert "You're refunded in full: 🪙 60." in message_text(preview.response)
    assert button_labels(preview.response) == [
        "Cancel session",
        "Cancel with a reason",
        "Keep session",
    ]
    done = await maya.click(preview.response, label="Cancel session")
    assert "You're refunded in full: 🪙 60." in message_text(done.response)
    assert await guild.balance(maya) == 100
    await guild.deliver()
    assert "Maya cancelled" in message_text(guild.last_dm(oliver))
    # No reminder is sent.
    before = len(guild.inbox(maya))
    await guild.advance_to(at(guild, 15, day=5), step=timedelta(hours=1))
    assert len(guild.inbox(maya)) == before


async def test_a_mentors_late_cancellation_refunds_everything(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    (choice,) = await oliver.autocomplete(guild.channel, "cancel", "session", "")
    preview = await oliver.slash(guild.channel, "cancel", session=choice["value"])
    assert "Maya is refunded in full: 🪙 60." in message_text(preview.response)
    await oliver.click(preview.response, label="Cancel session")
    assert await guild.balance(maya) == 100


async def test_a_mentees_late_cancellation_follows_the_policy(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    await guild.advance_to(guild.now + timedelta(minutes=16))
    (choice,) = await maya.autocomplete(guild.channel, "cancel", "session", "")
    preview = await maya.slash(guild.channel, "cancel", session=choice["value"])
    assert "You get no refund: Oliver is paid 🪙 60." in message_text(preview.response)
    await maya.click(preview.response, label="Cancel session")
    assert (await guild.balance(maya), await guild.balance(oliver)) == (40, 60)


async def test_commands_refuse_sessions_of_others(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    mallory = await guild.add_member("Mallory", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    (choice,) = await maya.autocomplete(guild.channel, "cancel", "session", "")
    answer = await mallory.slash(guild.channel, "cancel", session=choice["value"])
    assert "I can't find that session" in message_text(answer.response)
    for command, options in (("cancel", {}), ("reschedule", {}), ("rate", {"stars": 5})):
        answer = await mallory.slash(guild.channel, command, session="nonsense", **options)
        assert "The session must be one of the suggestions" in message_text(answer.response)
        answer = await mallory.slash(guild.channel, command, session="4711", **options)
        assert "I can't find that session" in message_text(answer.response)
    assert await mallory.autocomplete(guild.channel, "cancel", "session", "") == []


async def test_a_session_without_reports_completes_after_a_day(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    await guild.advance_to(at(guild, 16, day=3) + timedelta(minutes=10), step=timedelta(minutes=30))
    assert await guild.balance(oliver) == 60
    assert "How was your session with Oliver?" in message_text(guild.last_dm(maya))
    (choice,) = await maya.autocomplete(guild.channel, "rate", "session", "")
    rated = await maya.slash(guild.channel, "rate", session=choice["value"], stars=4)
    assert "You gave Oliver ★★★★☆" in message_text(rated.response)


async def test_a_session_cannot_be_rated_before_completion(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    (choice,) = await maya.autocomplete(guild.channel, "cancel", "session", "")
    answer = await maya.slash(guild.channel, "rate", session=choice["value"], stars=4)
    assert "You can't rate this session" in message_text(answer.response)
    assert "confirmed" in message_text(answer.response)


async def test_booking_without_mentors_is_explained(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    answer = await maya.slash(guild.channel, "book")
    assert "Nobody mentors in this server yet" in message_text(answer.response)


async def test_points_balance_shows_the_balance(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=1200)
    answer = await maya.slash(guild.channel, "points balance")
    assert "🪙 1,200" in message_text(answer.response)
    actor = Actor(user_id=maya.id, name="Maya", guild_id=guild.id)
    assert await guild.db.read(ledger.load_balance, actor) == 1200
