"""What comes between the card and Confirm, and who may press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.views.booking.confirmation import ConfirmBookingButton
from bot.views.booking.items import ChoiceMenu, StepButton
from bot.views.booking.steps import BookingStep, Selection
from mentorship.availability import editor
from mentorship.mentors import profiles
from storage.tables import Session
from tests.journeys.support.bookings import at, choose, count, menus, on_record, options, who
from tests.journeys.support.crowds import Press, at_once, press
from tests.journeys.support.people import BIO, card, mentor
from tests.journeys.support.world import World, labels, words


async def test_one_s_own_session(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    await mentor(town, "Ines", expertise="design")
    answer = await card(town, oliver, oliver, at(town, 15), topic="Me")
    assert "You can't book a session with yourself" in words(answer.response)
    shown = await oliver.click(answer.response, label="Choose another mentor")
    assert options(shown.response, "Choose a mentor") == ["Ines"], "nobody is offered themselves"
    assert "Topic: Me" in words(shown.response)


async def test_the_mentor_pauses_between_card_and_confirm(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    await mentor(town, "Ines")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15), topic="Loops")
    await town.db.run(profiles.pause, who(town, oliver))
    answer = await maya.click(shown.response, label="Confirm")
    assert "Oliver takes no new bookings at the moment." in words(answer.response)
    assert labels(answer.response) == ["Choose another mentor", "Not now"]
    assert await town.balance(maya) == 100
    shown = await maya.click(answer.response, label="Choose another mentor")
    assert options(shown.response, "Choose a mentor") == ["Ines"]
    assert "Topic: Loops" in words(shown.response)


async def test_the_price_changes_between_card_and_confirm(town: World) -> None:
    oliver = await mentor(town, "Oliver", rate="60")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15), topic="Loops")
    form = await oliver.slash(town.square, "mentor edit")
    await oliver.submit_modal(form, {"expertise": "python", "rate": "80", "bio": BIO})
    asked = await maya.click(shown.response, label="Confirm")
    assert "The price has changed from 60 to 80" in words(asked.response)
    assert "Price: 🪙 80" in words(asked.response)
    assert "Topic: Loops" in words(asked.response)
    assert await town.balance(maya) == 100
    done = await maya.click(asked.response, label="Confirm")
    assert "Request sent to Oliver" in words(done.response)
    assert "The price has changed" not in words(done.response)
    assert await town.balance(maya) == 20


async def test_the_length_is_withdrawn_between_card_and_confirm(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    await town.db.run(editor.set_limits, who(town, oliver), durations=[30])
    answer = await maya.click(shown.response, label="Confirm")
    assert "This mentor offers sessions of 30 minutes." in words(answer.response)
    assert "When would you like to meet Oliver?" in words(answer.response)
    assert "Mon 2 Mar" in options(answer.response, "Choose a day")


async def test_points_spent_elsewhere_meanwhile(town: World) -> None:
    oliver, ines = await mentor(town, "Oliver"), await mentor(town, "Ines")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    first = await card(town, maya, oliver, at(town, 15))
    second = await card(town, maya, ines, at(town, 16), topic="Design")
    await maya.click(first.response, label="Confirm")
    answer = await maya.click(second.response, label="Confirm")
    assert "This costs 60 points and you have 40: 20 are missing." in words(answer.response)
    assert await town.balance(maya) == 40
    # Half an hour is within her means, and it is a press or two away.
    shown = await maya.click(answer.response, label="Back")
    assert "When would you like to meet Ines?" in words(shown.response)
    shown = await choose(maya, shown.response, "30 minutes")
    assert "Topic: Design" in words(shown.response)


async def test_whoever_has_no_zone_is_asked_and_the_flow_goes_on(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    sam = await town.person("Sam", points=100)
    asked = await card(town, sam, oliver, at(town, 15), topic="Loops")
    assert "Which time zone do you live in?" in words(asked.response)
    form = await sam.click(asked.response, label="Type mine")
    shown = await sam.submit_modal(form, {"zone": "Kolkata"})
    assert "Book Oliver?" in words(shown.response)
    assert "20:30–21:30 IST" in words(shown.response)
    assert "Topic: Loops" in words(shown.response)
    # With no zone at the card any more (it was taken away since), Confirm asks again.
    await on_record(town, sam, timezone=None)
    asked = await sam.click(shown.response, label="Confirm")
    assert any(
        "I need your time zone first" in words(message)
        for message in (asked.response, *asked.followups)
    )
    assert await town.balance(sam) == 100


async def test_a_session_in_the_night_of_the_clock_change(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="daily 0-24")
    maya = await town.person("Maya", zone="America/New_York", points=500)
    # On Sunday the 8th New York goes from 2:00 EST to 3:00 EDT, at 7:00 UTC.
    change = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    shown = await card(town, maya, oliver, change)
    assert "On your clock: Sun 8 Mar 2026, 01:30 EST (UTC−5) – 03:30 EDT (UTC−4)" in words(
        shown.response
    )
    assert "The clocks change that night: The session lasts 60 minutes all the same." in words(
        shown.response
    )
    shown = await card(town, maya, oliver, change - timedelta(days=1))
    assert "The clocks change" not in words(shown.response)
    # The hour that the clock leaves out is not among the times of that day.
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id), when="8 march")
    met = [option["label"] for menu in menus(shown.response) for option in menu["options"]]
    assert met[2:6] == ["01:00 EST", "01:30 EST", "03:00 EDT", "03:30 EDT"]


async def test_four_hours_across_midnight(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="daily 20:00-02:00")
    await town.db.run(editor.set_limits, who(town, oliver), durations=[240])
    maya = await town.person("Maya", zone="Europe/London", points=500)
    shown = await maya.slash(town.square, "book", mentor=str(oliver.id))
    assert "240 minutes, 🪙 60 an hour." in words(shown.response)
    shown = await choose(maya, shown.response, "Tue 3 Mar")
    assert options(shown.response, "Choose a time") == [
        f"{time} GMT" for time in ("20:00", "20:30", "21:00", "21:30", "22:00")
    ]
    shown = await choose(maya, shown.response, "22:00 GMT")
    assert "Tue 3 Mar 2026, 22:00 – Wed 4 Mar 2026, 02:00 GMT" in words(shown.response)
    assert "Price: 🪙 240" in words(shown.response)
    await maya.click(shown.response, label="Confirm")
    assert await town.balance(maya) == 260


async def test_confirm_pressed_twice_is_one_booking(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=200)
    shown = await card(town, maya, oliver, at(town, 15))
    twice = press(maya, shown.response, "Confirm")
    answers = await at_once(town, [twice, twice])
    assert all("Request sent to Oliver" in words(each.response) for each in answers)
    assert await count(town, Session) == 1
    assert await town.balance(maya) == 140
    assert await town.deliver() == 1, "and one message for Oliver"


async def test_a_stranger_s_press_on_a_card_that_they_can_t_see(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    mallory = await town.person("Mallory", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    for label in ("Confirm", "Back", "Add a topic", "Not now"):
        (answer,) = await at_once(
            town, [Press(mallory, shown.response, press(maya, shown.response, label).custom_id)]
        )
        assert "That card isn't yours" in words(answer.response)
    assert (await town.balance(maya), await town.balance(mallory)) == (100, 100)
    assert await count(town, Session) == 0
    done = await maya.click(shown.response, label="Confirm")
    assert "Request sent to Oliver" in words(done.response)


async def test_made_up_ids_are_answered(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    shown = await card(town, maya, oliver, at(town, 15))
    here = Selection(town.guild.id).encoded.split(":")[0]
    most = "zzzzzzzzzzzzz"
    for custom_id in (
        f"book:card:{here}::{most}:zzz:zzzzzzz",
        f"book:times:{here}:{most}:{most}::",
        f"book:mentors:{here}:{most}:::",
        f"book:confirm:{here}::{most}:1o:{'z' * 7}:9999999999999999",
        f"book:tags:{most}::::",
    ):
        (answer,) = await at_once(town, [Press(maya, shown.response, custom_id)])
        said = "\n".join(words(each) for each in (answer.response, *answer.followups) if each)
        assert said
        assert "Something broke" not in said, custom_id
    answer = await maya.slash(town.square, "book", mentor="9" * 20, when="9" * 11)
    assert "Who would you like to meet?" in words(answer.response)


def test_the_longest_custom_ids_fit() -> None:
    """Discord takes 100 characters; ids of 20 digits are larger than any it gives out."""
    large = 10**20 - 1
    far = datetime(4000, 1, 1, tzinfo=UTC)
    chosen = Selection(large, large, large, 9_999, far)
    ids = [
        *(StepButton(step, chosen).item.custom_id for step in BookingStep),
        *(ChoiceMenu(what, chosen, 999).item.custom_id for what in ("mentor", "length")),
        ConfirmBookingButton(chosen, 2**53).item.custom_id,
    ]
    assert max(map(len, ids)) <= 100
