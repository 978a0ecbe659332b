"""What may change between the confirmation card and Confirm, and who may press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.formatting import discord_timestamp
from bot.views.booking.confirmation import ConfirmBookingButton
from bot.views.booking.items import ChoiceMenu, StepButton
from bot.views.booking.steps import BookingStep, Selection
from mentorship.availability import editor
from mentorship.mentors import profiles
from storage.tables import Session
from tests.journeys.support.concurrency import Press, button_press, send_concurrently
from tests.journeys.support.helpers import (
    actor_of,
    at,
    choose_option,
    count_rows,
    menu_options,
    select_menus,
    update_member,
)
from tests.journeys.support.scenarios import BIO, approved_mentor, confirmation_card
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)
from wording.errors import INTERNAL


async def test_mentors_cannot_book_themselves(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await approved_mentor(guild, "Ines", expertise="design")
    answer = await confirmation_card(guild, oliver, oliver, at(guild, 15), topic="Me")
    assert "You can't book a session with yourself" in message_text(answer.response)
    result = await oliver.click(answer.response, label="Choose another mentor")
    assert menu_options(result.response, "Choose a mentor") == ["Ines"], (
        "nobody is offered themselves"
    )
    assert "Topic: Me" in message_text(result.response)


async def test_a_mentor_paused_after_the_card_cannot_be_booked(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15), topic="Loops")
    await guild.db.run(profiles.pause, actor_of(guild, oliver))
    answer = await maya.click(result.response, label="Confirm")
    assert "Oliver isn't taking new bookings right now." in message_text(answer.response)
    assert button_labels(answer.response) == [
        "Choose another mentor",
        "Tell me when there's a slot",
        "Ask for help",
        "Cancel",
    ]
    assert await guild.balance(maya) == 100
    result = await maya.click(answer.response, label="Choose another mentor")
    assert menu_options(result.response, "Choose a mentor") == ["Ines"]
    assert "Topic: Loops" in message_text(result.response)


async def test_a_price_changed_after_the_card_is_confirmed_again(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", rate="60")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15), topic="Loops")
    form = await oliver.slash(guild.channel, "mentor edit")
    await oliver.submit_modal(form, {"expertise": "python", "rate": "80", "bio": BIO})
    refused = await maya.click(result.response, label="Confirm")
    assert "The price has changed from 60 to 80" in message_text(refused.response)
    assert "Price: 🪙 80" in message_text(refused.response)
    assert "Topic: Loops" in message_text(refused.response)
    assert await guild.balance(maya) == 100
    done = await maya.click(refused.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)
    assert "The price has changed" not in message_text(done.response)
    assert await guild.balance(maya) == 20


async def test_a_duration_withdrawn_after_the_card_is_chosen_again(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15))
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), durations=[30])
    answer = await maya.click(result.response, label="Confirm")
    assert "Oliver doesn't offer 60 minutes. These slots are for 30 minutes." in message_text(
        answer.response
    )
    assert "When would you like to meet Oliver?" in message_text(answer.response)
    assert "Mon 2 Mar" in menu_options(answer.response, "Choose a day")


async def test_too_few_points_at_confirm_offer_a_shorter_session(guild: SimulatedGuild) -> None:
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    first = await confirmation_card(guild, maya, oliver, at(guild, 15))
    second = await confirmation_card(guild, maya, ines, at(guild, 16), topic="Design")
    await maya.click(first.response, label="Confirm")
    answer = await maya.click(second.response, label="Confirm")
    assert "This costs 60 points and you have 40, so you need 20 more." in message_text(
        answer.response
    )
    assert await guild.balance(maya) == 40
    # She has enough for half an hour, which is two presses away.
    result = await maya.click(answer.response, label="Back")
    assert "When would you like to meet Ines?" in message_text(result.response)
    result = await maya.click(result.response, label="30 minutes, 🪙 30")
    assert "Topic: Design" in message_text(result.response)


async def test_booking_continues_after_choosing_a_time_zone(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    sam = await guild.add_member("Sam", points=100)
    question = await confirmation_card(guild, sam, oliver, at(guild, 15), topic="Loops")
    assert "Which time zone do you live in?" in message_text(question.response)
    form = await sam.click(question.response, label="Type it")
    result = await sam.submit_modal(form, {"zone": "Kolkata"})
    assert "with Oliver?" in message_text(result.response)
    assert "Oliver's time (London): Mon 2 Mar, 15:00–16:00" in message_text(result.response)
    assert "Topic: Loops" in message_text(result.response)
    # If the zone is removed after the card, Confirm asks for it again.
    await update_member(guild, sam, timezone=None)
    question = await sam.click(result.response, label="Confirm")
    assert any(
        "I need your time zone first" in message_text(message)
        for message in (question.response, *question.followups)
    )
    assert await guild.balance(sam) == 100


async def test_a_session_across_a_clock_change_is_explained(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 0-24")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    # On Sunday the 8th New York goes from 2:00 EST to 3:00 EDT, at 7:00 UTC.
    change = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    result = await confirmation_card(guild, maya, oliver, change)
    assert "Your time: Sun 8 Mar, 01:30 EST – 03:30 EDT" in message_text(result.response)
    assert "The clocks change during this session. It still lasts 60 minutes." in message_text(
        result.response
    )
    result = await confirmation_card(guild, maya, oliver, change - timedelta(days=1))
    assert "The clocks change" not in message_text(result.response)
    # The skipped hour is not among the slots of that day.
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="8 march")
    met = [option["label"] for menu in select_menus(result.response) for option in menu["options"]]
    assert met[2:6] == ["01:00 EST", "01:30 EST", "03:00 EDT", "03:30 EDT"]


async def test_a_session_may_cross_midnight(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 20:00-02:00")
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), durations=[240])
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    assert "240 minutes, 🪙 240." in message_text(result.response)
    result = await choose_option(maya, result.response, "Tue 3 Mar")
    assert menu_options(result.response, "Choose a time") == [
        f"{time} GMT" for time in ("20:00", "20:30", "21:00", "21:30", "22:00")
    ]
    result = await choose_option(maya, result.response, "22:00 GMT")
    assert card_titles(result.response) == [discord_timestamp(at(guild, 22, day=3))]
    assert "Price: 🪙 240" in message_text(result.response)
    await maya.click(result.response, label="Confirm")
    assert await guild.balance(maya) == 260


async def test_confirming_twice_makes_one_booking(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15))
    twice = button_press(maya, result.response, "Confirm")
    answers = await send_concurrently(guild, [twice, twice])
    assert all("Request sent to Oliver" in message_text(each.response) for each in answers)
    assert await count_rows(guild, Session) == 1
    assert await guild.balance(maya) == 140
    assert await guild.deliver() == 1, "and one message for Oliver"


async def test_another_persons_card_cannot_be_pressed(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    mallory = await guild.add_member("Mallory", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15))
    for label in ("Confirm", "Back", "Add topic", "Cancel"):
        (answer,) = await send_concurrently(
            guild,
            [Press(mallory, result.response, button_press(maya, result.response, label).custom_id)],
        )
        assert "That card isn't yours" in message_text(answer.response)
    assert (await guild.balance(maya), await guild.balance(mallory)) == (100, 100)
    assert await count_rows(guild, Session) == 0
    done = await maya.click(result.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_forged_custom_ids_are_answered(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15))
    encoded_guild = Selection(guild.id).encoded.split(":")[0]
    most = "zzzzzzzzzzzzz"
    for custom_id in (
        f"book:card:{encoded_guild}::{most}:zzz:zzzzzzz",
        f"book:times:{encoded_guild}:{most}:{most}::",
        f"book:mentors:{encoded_guild}:{most}:::",
        f"book:confirm:{encoded_guild}::{most}:1o:{'z' * 7}:9999999999999999",
        f"book:tags:{most}::::",
    ):
        (answer,) = await send_concurrently(guild, [Press(maya, result.response, custom_id)])
        text = "\n".join(
            message_text(each) for each in (answer.response, *answer.followups) if each
        )
        assert text
        assert INTERNAL.partition(".")[0] not in text, custom_id
    answer = await maya.slash(guild.channel, "book", mentor="9" * 20, when="9" * 11)
    assert "Who would you like to meet?" in message_text(answer.response)


def test_the_longest_custom_ids_fit() -> None:
    """Discord allows 100 characters. Ids of 20 digits are larger than any real one."""
    large = 10**20 - 1
    far = datetime(4000, 1, 1, tzinfo=UTC)
    chosen = Selection(large, large, large, 9_999, far)
    ids = [
        *(StepButton(step, chosen).item.custom_id for step in BookingStep),
        *(ChoiceMenu(what, chosen, 999).item.custom_id for what in ("mentor", "length")),
        ConfirmBookingButton(chosen, 2**53, "0123abcd").item.custom_id,
    ]
    assert max(map(len, ids)) <= 100


async def test_a_request_at_short_notice_leaves_time_to_answer_and_to_cancel(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver Hughes")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    start = at(guild, 13)
    card = await confirmation_card(guild, maya, oliver, start)
    text = message_text(card.response)
    half_past = discord_timestamp(start - timedelta(minutes=30))
    assert f"If Oliver doesn't confirm by {half_past}, you're refunded in full." in text
    assert "Full refund if you cancel within 15 minutes after Oliver confirms" in text
    await maya.click(card.response, label="Confirm")
    await guild.deliver()
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.env.advance_time(15 * 60)
    preview = await maya.slash(guild.channel, "cancel", session="1")
    assert "You're refunded in full" in message_text(preview.response)
    await guild.env.advance_time(1)
    preview = await maya.slash(guild.channel, "cancel", session="1")
    assert "You're refunded in full" not in message_text(preview.response)
