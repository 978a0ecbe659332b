"""`/notifications`: a panel of one's own, and what it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from tests.journeys.support.people import confirmed, fields_of, mentor
from tests.journeys.support.world import World, labels, words


def quiet_menu(panel: Any) -> str:
    """The custom id of the panel's menu of quiet hours."""
    (found,) = (
        item["custom_id"]
        for row in panel.components
        for item in row["components"]
        if item["custom_id"].startswith("notifications:quiet")
    )
    return str(found)


async def quiet(person: simcord.MemberActor, panel: Any, value: str) -> simcord.InteractionResult:
    """Choose quiet hours in the panel."""
    return await person.select(panel, [value], custom_id=quiet_menu(panel))


async def test_the_panel_says_what_holds_and_changes_it_in_place(town: World) -> None:
    maya = await town.person("Maya", zone="America/New_York")
    panel = await maya.slash(town.square, "notifications")
    assert panel.ephemeral
    text = words(panel.response)
    assert "Switched off: nothing, you hear of everything" in text
    assert "24 hours, 1 hour, 10 minutes before a session (as this server has it)" in text
    assert "Quiet hours: none" in text

    panel = await maya.select(
        panel.response, ["confirmed", "completed"], custom_id="notifications:kinds"
    )
    assert "somebody rated you" in words(panel.response).split("Reminders")[0]
    panel = await maya.select(panel.response, ["30"], custom_id="notifications:reminders")
    assert "Reminders: 30 minutes before a session" in words(panel.response)
    assert "Reminders as this server has them" in labels(panel.response)
    panel = await maya.select(panel.response, [], custom_id="notifications:reminders")
    assert "Reminders: none" in words(panel.response)
    panel = await maya.click(panel.response, label="Reminders as this server has them")
    assert "(as this server has it)" in words(panel.response)

    # It works after a restart, too.
    await town.restart()
    panel = await quiet(maya, panel.response, "1320-420")
    assert "22:00 to 07:00 on your clock in America/New_York" in words(panel.response)
    form = await quiet(maya, panel.response, "typed")
    panel = await maya.submit_modal(form, {"hours": "11:30pm-6"})
    assert "23:30 to 06:00 on your clock" in words(panel.response)
    panel = await quiet(maya, panel.response, "never")
    assert "Quiet hours: none" in words(panel.response)


async def test_hours_that_can_t_be_read_are_explained(town: World) -> None:
    maya = await town.person("Maya", zone="America/New_York")
    panel = await maya.slash(town.square, "notifications")
    form = await quiet(maya, panel.response, "typed")
    answer = await maya.submit_modal(form, {"hours": "at night"})
    assert "Quiet hours look like `22:30-7:00`" in words(answer.response)
    # The panel is still there, and the way back has what she typed; after a restart as well.
    assert "Quiet hours: none" in words(answer.response)
    await town.restart()
    form = await maya.click(answer.response, label="Correct it")
    assert fields_of(form) == {"hours": "at night"}
    answer = await maya.submit_modal(form, {"hours": "7:00-7:00"})
    assert "Quiet hours look like `22:30-7:00`" in words(answer.response)
    form = await maya.click(answer.response, label="Correct it")
    assert fields_of(form) == {"hours": "7:00-7:00"}
    panel = await maya.submit_modal(form, {"hours": "22:30-7:00"})
    assert "22:30 to 07:00 on your clock" in words(panel.response)
    assert "look like" not in words(panel.response)
    assert "Correct it" not in labels(panel.response)


async def test_other_hours_can_be_chosen_again(town: World) -> None:
    maya = await town.person("Maya", zone="America/New_York")
    panel = await maya.slash(town.square, "notifications")
    menu = quiet_menu(panel.response)
    form = await quiet(maya, panel.response, "typed")
    answer = await maya.submit_modal(form, {"hours": "banana"})
    # To a client it is another menu, in which nothing is chosen yet.
    assert quiet_menu(answer.response) != menu
    form = await quiet(maya, answer.response, "typed")
    panel = await maya.submit_modal(form, {"hours": "10pm-7am"})
    assert "22:00 to 07:00 on your clock" in words(panel.response)


async def test_quiet_hours_ask_for_a_clock_first(town: World) -> None:
    sam = await town.person("Sam")
    panel = await sam.slash(town.square, "notifications")
    asked = await quiet(sam, panel.response, "1320-420")
    assert "Which time zone do you live in?" in words(asked.response)
    panel = await sam.select(asked.response, ["Europe/London"], custom_id="timezone:pick")
    assert "22:00 to 07:00 on your clock in Europe/London" in words(panel.response)


async def test_somebody_who_wants_one_reminder_and_a_quiet_night(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=500)
    panel = await maya.slash(town.square, "notifications")
    await maya.select(panel.response, ["15"], custom_id="notifications:reminders")
    await quiet(maya, panel.response, "1320-420")
    starts = town.now.replace(hour=9) + timedelta(days=1)  # at 4:00 in New York
    await confirmed(town, maya, oliver, starts)
    heard = len(town.inbox(maya))
    await town.wait_until(starts - timedelta(minutes=5))
    assert len(town.inbox(maya)) == heard, "her only reminder comes in the night, too late after it"
    assert "in 10 minutes" in words(town.last_dm(oliver))
    await town.wait_until(starts)
    assert "starts now" in words(town.last_dm(maya))
    # How it was is asked when her night is over, at 12:00 UTC.
    await town.wait_until(starts + timedelta(hours=2, minutes=55))
    assert "starts now" in words(town.last_dm(maya))
    await town.wait_until(starts + timedelta(hours=3))
    assert "Did you meet" in words(town.last_dm(maya))
