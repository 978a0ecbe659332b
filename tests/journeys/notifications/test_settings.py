"""`/notifications`: the panel, and the effect of each preference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


def quiet_menu(panel: Any) -> str:
    """Return the custom id of the panel's menu of quiet hours."""
    (custom_id,) = (
        item["custom_id"]
        for item in iter_components(panel)
        if str(item.get("custom_id")).startswith("notifications:quiet")
    )
    return str(custom_id)


async def quiet(person: simcord.MemberActor, panel: Any, value: str) -> simcord.InteractionResult:
    """Choose quiet hours in the panel."""
    return await person.select(panel, [value], custom_id=quiet_menu(panel))


async def test_the_panel_shows_and_changes_preferences(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    panel = await maya.slash(guild.channel, "notifications")
    assert panel.ephemeral
    text = message_text(panel.response)
    assert "Turned off: nothing" in text
    assert "24 hours, 1 hour, 10 minutes before a session (this server's default)" in text
    assert "Quiet hours: none" in text

    panel = await maya.select(
        panel.response, ["confirmed", "completed"], custom_id="notifications:kinds"
    )
    assert "someone rates you" in message_text(panel.response).split("Reminders")[0]
    panel = await maya.select(panel.response, ["30"], custom_id="notifications:reminders")
    assert "Reminders: 30 minutes before a session" in message_text(panel.response)
    assert "Use this server's reminders" in button_labels(panel.response)
    panel = await maya.select(panel.response, [], custom_id="notifications:reminders")
    assert "Reminders: none" in message_text(panel.response)
    panel = await maya.click(panel.response, label="Use this server's reminders")
    assert "(this server's default)" in message_text(panel.response)

    # It works after a restart.
    await guild.restart_bot()
    panel = await quiet(maya, panel.response, "1320-420")
    assert "22:00 to 07:00 your time (New York)" in message_text(panel.response)
    form = await quiet(maya, panel.response, "typed")
    panel = await maya.submit_modal(form, {"hours": "11:30pm-6"})
    assert "23:30 to 06:00 your time" in message_text(panel.response)
    panel = await quiet(maya, panel.response, "never")
    assert "Quiet hours: none" in message_text(panel.response)


async def test_unreadable_quiet_hours_are_explained_and_kept(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    panel = await maya.slash(guild.channel, "notifications")
    form = await quiet(maya, panel.response, "typed")
    answer = await maya.submit_modal(form, {"hours": "at night"})
    assert "I couldn't read `at night`." in message_text(answer.response)
    # The panel is still shown, and the button keeps what she typed, after a restart too.
    assert "Quiet hours: none" in message_text(answer.response)
    await guild.restart_bot()
    form = await maya.click(answer.response, label="Correct it")
    assert text_fields(form) == {"hours": "at night"}
    answer = await maya.submit_modal(form, {"hours": "mon 22-7"})
    assert "I couldn't read `mon`. Quiet hours apply every day" in message_text(answer.response)
    form = await maya.click(answer.response, label="Correct it")
    for whole_day in ("0:00-24:00", "12:00-12:00", "7:00-7:00"):
        answer = await maya.submit_modal(form, {"hours": whole_day})
        assert "can't begin and end at the same time" in message_text(answer.response)
        form = await maya.click(answer.response, label="Correct it")
        assert text_fields(form) == {"hours": whole_day}
    panel = await maya.submit_modal(form, {"hours": "22:30-7:00"})
    assert "22:30 to 07:00 your time" in message_text(panel.response)
    assert "look like" not in message_text(panel.response)
    assert "Correct it" not in button_labels(panel.response)


async def test_custom_quiet_hours_can_be_chosen_again(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    panel = await maya.slash(guild.channel, "notifications")
    menu = quiet_menu(panel.response)
    form = await quiet(maya, panel.response, "typed")
    answer = await maya.submit_modal(form, {"hours": "banana"})
    # Clients treat it as a new menu without a selection.
    assert quiet_menu(answer.response) != menu
    form = await quiet(maya, answer.response, "typed")
    panel = await maya.submit_modal(form, {"hours": "10pm-7am"})
    assert "22:00 to 07:00 your time" in message_text(panel.response)


async def test_quiet_hours_need_a_time_zone(guild: SimulatedGuild) -> None:
    sam = await guild.add_member("Sam")
    panel = await sam.slash(guild.channel, "notifications")
    question = await quiet(sam, panel.response, "1320-420")
    assert "Which time zone do you live in?" in message_text(question.response)
    panel = await sam.select(question.response, ["Europe/London"])
    assert "22:00 to 07:00 your time (London)" in message_text(panel.response)


async def test_reminder_and_quiet_hour_preferences_are_respected(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    panel = await maya.slash(guild.channel, "notifications")
    await maya.select(panel.response, ["15"], custom_id="notifications:reminders")
    await quiet(maya, panel.response, "1320-420")
    starts = guild.now.replace(hour=9) + timedelta(days=1)  # at 4:00 in New York
    await book_and_confirm(guild, maya, oliver, starts)
    message_count = len(guild.inbox(maya))
    await guild.advance_to(starts - timedelta(minutes=5))
    (reminder,) = guild.inbox(maya)[message_count:]
    assert "in 15 minutes" in message_text(reminder), "her only reminder can't wait until 7:00"
    assert "in 10 minutes" in message_text(guild.last_dm(oliver))
    await guild.advance_to(starts)
    assert "starts now" in message_text(guild.last_dm(maya))
    # The attendance request can wait: it comes after her quiet hours, at 12:00 UTC.
    await guild.advance_to(starts + timedelta(hours=2, minutes=55))
    assert "starts now" in message_text(guild.last_dm(maya))
    await guild.advance_to(starts + timedelta(hours=3))
    assert "Did you meet" in message_text(guild.last_dm(maya))


async def test_two_open_panels_keep_both_changes(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    one = (await maya.slash(guild.channel, "notifications")).response
    two = (await maya.slash(guild.channel, "notifications")).response
    everything = [
        option["value"]
        for item in iter_components(one)
        if item.get("custom_id") == "notifications:kinds"
        for option in item["options"]
    ]

    def without(kind: str) -> list[str]:
        return [value for value in everything if value != kind]

    await maya.select(one, without("rated"), custom_id="notifications:kinds")
    await maya.select(two, without("points"), custom_id="notifications:kinds")
    await maya.select(one, ["1440", "60", "10", "30"], custom_id="notifications:reminders")
    await maya.select(two, ["60", "10"], custom_id="notifications:reminders")
    current = await guild.db.read(preferences.load, actor_of(guild, maya))
    assert current.muted == {NotificationKind.RATED, NotificationKind.POINTS}
    assert current.reminders == (60, 30, 10)
