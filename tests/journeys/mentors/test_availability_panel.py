"""The availability panel, with a preview of open slots after each change."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import simcord

from bot.pictures.renderer import PictureRenderer
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityChange
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.availability.slots import BookingLimits
from mentorship.availability.travel import Travel
from mentorship.availability.weekly_hours import format_hours
from tests.habits import foreign_habits
from tests.journeys.support.components import iter_components
from tests.journeys.support.drawings import PICTURES
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book, make_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from wording.reader import Reader

AMERICAN = Reader.of("en-US")


def options(message: Any, custom_id: str) -> dict[str, str]:
    """Return the options of a menu: label to value."""
    wanted = salted(message, custom_id)
    (menu,) = (item for item in iter_components(message) if item.get("custom_id") == wanted)
    return {option["label"]: option["value"] for option in menu["options"]}


def salted(message: Any, custom_id: str) -> str:
    """Return a menu's custom id together with what makes it differ from message to message."""
    ids = [item.get("custom_id", "") for item in iter_components(message)]
    (found,) = (each for each in ids if re.sub(r":s\d+$", "", each) == custom_id)
    return found


async def choose(
    person: simcord.MemberActor, message: Any, values: list[str], custom_id: str
) -> simcord.InteractionResult:
    """Select options of a menu whose custom id differs from message to message."""
    return await person.select(message, values, custom_id=salted(message, custom_id))


async def panel(guild: SimulatedGuild, oliver: simcord.MemberActor) -> simcord.InteractionResult:
    return await oliver.slash(guild.channel, "mentor hours")


async def test_the_panel_shows_the_week(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-21:30; sat 10-14")
    result = await panel(guild, oliver)
    assert "In your time zone (London)." in message_text(result.response)
    assert "**Mon–Fri** 18:00–21:30\n**Sat** 10:00–14:00" in message_text(result.response)
    assert "Next open slots: • <t:1772474400:F>" in message_text(result.response)
    assert button_labels(result.response) == [
        "Change a day",
        "Type hours",
        "Days off",
        "Travel",
        "Session rules",
        "Calendars",
    ]


async def picture_of(message: Any) -> tuple[str, bytes] | None:
    """Return the description and the content of a card's picture, None if it has none."""
    galleries = [part for part in iter_components(message) if part["type"] == 12]
    if not galleries:
        assert message.attachments == []
        return None
    ((item,),) = (gallery["items"] for gallery in galleries)
    (attachment,) = message.attachments
    assert attachment.url == item["media"]["url"]
    return item["description"], await attachment.read()


async def test_the_picture_follows_every_change_of_the_week(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await book(guild, maya, oliver, guild.now.replace(hour=18))
    week = await panel(guild, oliver)
    shown = [await picture_of(week.response)]
    assert shown[0] is not None
    assert "Mon 2 Mar: open 18:00–20:00; booked 18:00–19:00." in shown[0][0]
    assert "Tue 3 Mar: no open hours." in shown[0][0]

    day = await choose(oliver, week.response, ["1"], "hours:day")
    until = await choose(oliver, day.response, ["540"], "hours:from:1")
    day = await choose(oliver, until.response, ["720"], "hours:until:1:540")
    shown.append(await picture_of(day.response))
    assert "Tue 3 Mar: open 09:00–12:00." in shown[1][0]
    week = await oliver.click(day.response, label="Back to the week")
    assert await picture_of(week.response) == shown[1], "equal weeks have equal pictures"

    dates = await oliver.click(week.response, label="Days off")
    form = await oliver.click(dates.response, label="Add days off")
    dates = await oliver.submit_modal(form, {"first": "3 March", "last": "", "hours": ""})
    shown.append(await picture_of(dates.response))
    assert "Tue 3 Mar: time off." in shown[2][0]
    assert len({content for _, content in shown}) == 3
    # The rules change no hours, so their page has no picture, and the message keeps none.
    week = await oliver.click(dates.response, label="Back to the week")
    rules = await oliver.click(week.response, label="Session rules")
    assert await picture_of(rules.response) is None


async def test_the_panel_works_without_its_picture(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    guild.bot.pictures = PictureRenderer(deadline=0)
    try:
        week = await panel(guild, oliver)
        day = await choose(oliver, week.response, ["1"], "hours:day")
    finally:
        guild.bot.pictures.close()
        guild.bot.pictures = PICTURES
    assert await picture_of(week.response) is None
    assert "**Monday** 18:00–20:00" in message_text(day.response)


async def test_hours_are_added_removed_and_copied_with_menus(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    result = await panel(guild, oliver)
    day = await choose(oliver, result.response, ["1"], "hours:day")
    assert "**Tuesday** —" in message_text(day.response)
    ids = {salted(day.response, "hours:from:1")}

    until = await choose(oliver, day.response, ["540"], "hours:from:1")
    assert "Tuesday from 09:00" in message_text(until.response)
    twelve = options(until.response, "hours:until:1:540")["12:00"]
    day = await choose(oliver, until.response, [twelve], "hours:until:1:540")
    assert "**Tuesday** 09:00–12:00" in message_text(day.response)
    assert "Next open slots" in message_text(day.response)

    # Adjacent hours are joined, and hours past midnight are marked.
    ids.add(salted(day.response, "hours:from:1"))
    until = await choose(oliver, day.response, ["660"], "hours:from:1")
    two_o_clock = options(until.response, "hours:until:1:660")["02:00 (next day)"]
    day = await choose(oliver, until.response, [two_o_clock], "hours:until:1:660")
    assert "**Tuesday** 09:00–02:00 (next day)" in message_text(day.response)

    # Otherwise Discord would still show the last choice, which couldn't be made again.
    assert len(ids | {salted(day.response, "hours:from:1")}) > 1
    await guild.restart_bot()
    day = await choose(oliver, day.response, ["2", "3"], "hours:copy:1")
    assert "**Wednesday** 09:00–02:00 (next day)" in message_text(day.response)
    week = await oliver.click(day.response, label="Back to the week")
    assert "**Mon** 18:00–20:00\n**Tue–Thu** 09:00–02:00 (next day)" in message_text(week.response)

    day = await choose(oliver, week.response, ["0"], "hours:day")
    day = await choose(oliver, day.response, ["1080"], "hours:remove:0")
    assert "**Monday** —" in message_text(day.response)


async def test_unreadable_hours_are_kept_in_the_form(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    result = await panel(guild, oliver)
    form = await oliver.click(result.response, label="Type hours")
    answer = await oliver.submit_modal(form, {"hours": "mon 9-12; someday 14-16"})
    assert "I couldn't read `someday" in message_text(answer.response)

    week = await oliver.click(answer.response, label="Cancel")
    assert "Your week is unchanged." in message_text(week.response)
    form = await oliver.click(week.response, label="Type hours")
    answer = await oliver.submit_modal(form, {"hours": "mon 9-12; someday 14-16"})
    reopened = await oliver.click(answer.response, label="Correct it")
    (field,) = reopened.modal["components"]
    assert field["component"]["value"] == "mon 9-12; someday 14-16"
    preview = await oliver.submit_modal(reopened, {"hours": "mon 9-12; sun 14-16"})
    week = await oliver.click(preview.response, label="Replace week")
    assert "**Sun** 14:00–16:00" in message_text(week.response)


async def test_date_overrides_for_days_off_and_special_hours(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    dates = await oliver.click(result.response, label="Days off")
    assert "No days off yet." in message_text(dates.response)

    form = await oliver.click(dates.response, label="Add days off")
    dates = await oliver.submit_modal(form, {"first": "3 March", "last": "6 March", "hours": ""})
    assert "**Tue 3 Mar – Fri 6 Mar 2026** off" in message_text(dates.response)
    form = await oliver.click(dates.response, label="Add days off")
    dates = await oliver.submit_modal(form, {"first": "8.3.", "last": "", "hours": "12-14, 20-22"})
    assert "**Sun 8 Mar 2026** 12:00–14:00, 20:00–22:00" in message_text(dates.response)

    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    slots = await maya.autocomplete(guild.channel, "book", "when", "wed", mentor=str(oliver.id))
    assert not any(slot["name"].startswith("Wed 4 Mar") for slot in slots)

    week = await oliver.click(dates.response, label="Back to the week")
    assert "Days off and special hours: **Tue 3 Mar – Fri 6 Mar 2026** off" in message_text(
        week.response
    )
    dates = await oliver.click(week.response, label="Days off")
    vacation = options(dates.response, "hours:dates:clear")["Tue 3 Mar – Fri 6 Mar 2026"]
    dates = await oliver.select(dates.response, [vacation], custom_id="hours:dates:clear")
    assert "Tue 3 Mar" not in message_text(dates.response).split("Next open slots")[0]


async def test_invalid_date_overrides_are_explained(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    dates = await oliver.click(result.response, label="Days off")
    for typed, refusal in (
        ({"first": "blue", "last": "", "hours": ""}, "I couldn't read `blue` as a date"),
        (
            {"first": "6 March", "last": "3 March", "hours": ""},
            "The last day must not come before the first.",
        ),
        ({"first": "6 March", "last": "", "hours": "noonish"}, "I couldn't read `noonish`"),
    ):
        dates = await oliver.click((await panel(guild, oliver)).response, label="Days off")
        form = await oliver.click(dates.response, label="Add days off")
        answer = await oliver.submit_modal(form, typed)
        messages = [message for message in (answer.response, *answer.followups) if message]
        (refused,) = (each for each in messages if refusal in message_text(each))
        # What was typed is kept.
        label, way_out = button_labels(refused)
        assert text_fields(await oliver.click(refused, label=label)) == typed
        dates = await oliver.click(refused, label=way_out)
        assert "No days off yet." in message_text(dates.response)


async def test_more_than_400_dates_are_refused_with_advice(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    dates = await oliver.click((await panel(guild, oliver)).response, label="Days off")
    form = await oliver.click(dates.response, label="Add days off")
    await oliver.submit_modal(form, {"first": "3 Mar 2026", "last": "3 Mar 2027", "hours": ""})
    form = await oliver.click(dates.response, label="Add days off")
    many = {"first": "4 Mar 2027", "last": "30 Apr 2027", "hours": ""}
    answer = await oliver.submit_modal(form, many)
    messages = [message for message in (answer.response, *answer.followups) if message]
    refusal = (
        "You can set days off and special hours for up to 400 dates, and this would be 424. "
        "Remove some dates first, or change your weekly hours instead."
    )
    assert any(refusal in message_text(message) for message in messages)


async def test_typed_hours_are_previewed_saved_and_undone(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-21:30")
    before = await load_week(guild, oliver)

    async def type_hours(text: str) -> Any:
        return (await oliver.slash(guild.channel, "mentor hours", hours=text)).response

    # Intervals of one day are joined, and nothing is saved by the preview.
    preview = await type_hours("sun 17-19, 18-20")
    assert "Replace week removes: **Mon–Fri** 18:00–21:30" in message_text(preview)
    assert "**Sun** 17:00–20:00\nReplace week removes" in message_text(preview)
    assert button_labels(preview) == ["Replace week", "Add to week", "Cancel"]
    assert await load_week(guild, oliver) == before
    panel = await oliver.click(preview, label="Cancel")
    assert "Your week is unchanged." in message_text(panel.response)

    added = await oliver.click(await type_hours("sun 17:00-20:00"), label="Add to week")
    assert await load_week(guild, oliver) == f"{before}; sun 17:00-20:00"
    undone = await oliver.click(added.response, label="Undo")
    assert "Your earlier week is restored." in message_text(undone.response)
    assert await load_week(guild, oliver) == before

    preview = await type_hours("sun 17:00-20:00")
    await guild.restart_bot()
    replaced = await oliver.click(preview, label="Replace week")
    assert "Your week is saved" in message_text(replaced.response)
    assert await load_week(guild, oliver) == "sun 17:00-20:00"
    await guild.restart_bot()
    await oliver.click(replaced.response, label="Undo")
    assert await load_week(guild, oliver) == before

    # Only what the text changes can be pressed.
    preview = await type_hours("mon-fri 17-22")
    assert "This adds: **Mon–Fri** 17:00–18:00, 21:30–22:00" in message_text(preview)
    assert button_labels(preview) == ["Add to week", "Cancel"]
    assert button_labels(await type_hours("off")) == ["Replace week", "Cancel"]
    assert "These are already your hours." in message_text(await type_hours(before))


async def test_a_preview_and_its_undo_refuse_when_hours_have_changed(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-21:30")
    preview = await oliver.slash(guild.channel, "mentor hours", hours="sun 17-20")
    await guild.db.run(editor.remove_hours, actor_of(guild, oliver), 4)
    changed = await load_week(guild, oliver)
    again = await oliver.click(preview.response, label="Replace week")
    assert "Your availability has changed in the meantime" in message_text(again.response)
    assert "Replace week removes: **Mon–Thu** 18:00–21:30" in message_text(again.response)
    assert await load_week(guild, oliver) == changed

    saved = await oliver.click(again.response, label="Replace week")
    await guild.db.run(editor.add_hours, actor_of(guild, oliver), [5], 600, 720)
    kept = await oliver.click(saved.response, label="Undo")
    assert "has changed since, so nothing was undone." in message_text(kept.response)
    assert await load_week(guild, oliver) == "sat 10:00-12:00; sun 17:00-20:00"


async def test_an_american_mentor_reads_and_types_am_and_pm(guild: SimulatedGuild) -> None:
    ada = await guild.add_member("Ada", zone="America/New_York", language="en-US")
    await make_mentor(guild, ada, hours="mon-fri 6pm-9:30pm")
    await guild.db.run(
        editor.set_overrides, actor_of(guild, ada), date(2026, 3, 4), date(2026, 3, 4), []
    )

    async def open_panel() -> Any:
        return (await ada.slash(guild.channel, "mentor hours")).response

    text = message_text(await open_panel())
    assert "**Mon–Fri** 6:00 PM–9:30 PM" in text
    assert "**Wed, Mar 4, 2026** off" in text

    def assert_american(page: Any) -> Any:
        assert foreign_habits(str(list(iter_components(page))), AMERICAN) == []
        return page

    assert_american(await open_panel())
    for label in ("Days off", "Travel", "Session rules"):
        assert_american((await ada.click(await open_panel(), label=label)).response)
    for page, button in (("Days off", "Add days off"), ("Travel", "Add a trip")):
        dates = await ada.click(await open_panel(), label=page)
        form = await ada.click(dates.response, label=button)
        assert "'placeholder': 'Dec 24'" in str(form.modal)
        assert foreign_habits(str(form.modal), AMERICAN) == []
    day = await choose(ada, await open_panel(), ["0"], "hours:day")
    assert_american(day.response)
    until = await choose(ada, day.response, ["1080"], "hours:from:0")
    assert_american(until.response)
    preview = await ada.slash(guild.channel, "mentor hours", hours="sat 10am-2pm")
    assert_american(preview.response)
    saved = await ada.click(preview.response, label="Add to week")
    assert_american(saved.response)
    await ada.click(saved.response, label="Undo")
    assert await load_week(guild, ada) == "mon-fri 18:00-21:30"

    form = await ada.click(await open_panel(), label="Type hours")
    assert text_fields(form)["hours"] == "mon-fri 6pm-9:30pm"
    assert foreign_habits(str(form.modal), AMERICAN) == []


async def test_the_fullest_panel_is_not_cut(
    guild: SimulatedGuild, caplog: pytest.LogCaptureFixture
) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    week = [
        WeeklyHours(day, minute + day, minute + day + 25)
        for day in range(7)
        for minute in range(0, 24 * 55, 55)
    ]
    overrides = [
        DateOverride(
            guild.now.date() + timedelta(days=2 * day), tuple((h.start, h.end) for h in week[:24])
        )
        for day in range(25)
    ]
    days = [overrides[-1].date + timedelta(days=5 * trip) for trip in range(1, 21)]
    zone = "America/Argentina/Buenos_Aires"
    travel = tuple(Travel(day, day + timedelta(days=3), zone) for day in days)
    change = AvailabilityChange(weekly=tuple(week), overrides=tuple(overrides), travel=travel)
    await guild.db.run(editor.replace, actor_of(guild, oliver), change)
    caplog.clear()
    panel = await oliver.slash(guild.channel, "mentor hours")
    day = await choose(oliver, panel.response, ["0"], "hours:day")
    panel = await oliver.click(day.response, label="Back to the week")
    dates = await oliver.click(panel.response, label="Days off")
    panel = await oliver.click(dates.response, label="Back to the week")
    await oliver.click(panel.response, label="Travel")
    preview = await oliver.slash(guild.channel, "mentor hours", hours="mon-fri 18-20")
    saved = await oliver.click(preview.response, label="Replace week")
    undone = await oliver.click(saved.response, label="Undo")
    assert "Your earlier week is restored." in message_text(undone.response)
    availability = await guild.db.read(editor.load, actor_of(guild, oliver))
    assert availability.weekly == tuple(sorted(week))
    assert "too long" not in caplog.text


async def load_week(guild: SimulatedGuild, mentor: simcord.MemberActor) -> str:
    availability = await guild.db.read(editor.load, actor_of(guild, mentor))
    return format_hours(availability.weekly)


async def test_rules_for_bookings_are_changed_and_applied(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    rules = await oliver.click(result.response, label="Session rules")
    assert "30 or 60 minutes, starting every half hour" in message_text(rules.response)
    rules = await oliver.select(rules.response, ["45", "90"], custom_id="hours:lengths")
    assert "45 or 90 minutes" in message_text(rules.response)
    rules = await oliver.select(rules.response, ["1440"], custom_id="hours:notice")
    assert "Booked at least 24 hours" in message_text(rules.response)
    rules = await oliver.click(rules.response, label="Allow instant booking")
    assert "Booked instantly" in message_text(rules.response)
    form = await oliver.click(rules.response, label="Buffers and limits")
    rules = await oliver.submit_modal(
        form,
        {
            "buffer_before": "0",
            "buffer_after": "15",
            "most_per_day": "2",
            "most_per_week": "",
            "horizon_days": "30",
        },
    )
    assert "Buffer: 15 minutes after each session" in message_text(rules.response)
    assert "At most 2 a day" in message_text(rules.response)
    assert "30 days ahead" in message_text(rules.response)

    # Members see the rules' effect when they book.
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    lengths = await maya.autocomplete(guild.channel, "book", "minutes", "", mentor=str(oliver.id))
    assert [length["value"] for length in lengths] == [45, 90]
    slots = await maya.autocomplete(guild.channel, "book", "when", "", mentor=str(oliver.id))
    assert slots[0]["name"] == "Tue 3 Mar, 12:00 GMT"
    card = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when=slots[0]["value"])
    assert "It's confirmed as soon as you book." in message_text(card.response)
    booked = await maya.click(card.response, label="Confirm")
    assert "Booked with Oliver" in message_text(booked.response)
    await guild.deliver()
    assert "Maya booked a session with you" in message_text(guild.last_dm(oliver))


async def test_rules_refuse_text_that_is_not_a_number(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    rules = await oliver.click(result.response, label="Session rules")
    form = await oliver.click(rules.response, label="Buffers and limits")
    for field, typed, refusal in (
        ("buffer_after", "ten", "takes a whole number"),
        ("horizon_days", "999", "days ahead that can be booked must be between 1 and 365"),
        ("most_per_day", "0", "sessions a day must be between 1 and 48"),
    ):
        answer = await oliver.submit_modal(form, GOOD_RULES | {field: typed})
        messages = [message for message in (answer.response, *answer.followups) if message]
        assert any(refusal in message_text(message) for message in messages), refusal
        form = await oliver.click(rules.response, label="Buffers and limits")


GOOD_RULES = {
    "buffer_before": "0",
    "buffer_after": "0",
    "most_per_day": "",
    "most_per_week": "",
    "horizon_days": "60",
}


async def load_limits(guild: SimulatedGuild, mentor: simcord.MemberActor) -> BookingLimits:
    availability = await guild.db.read(editor.load, actor_of(guild, mentor))
    return availability.limits


async def test_two_open_panels_keep_both_changes(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    panels = [await panel(guild, oliver), await panel(guild, oliver)]
    one, two = [
        (await oliver.click(each.response, label="Session rules")).response for each in panels
    ]
    form_one = await oliver.click(one, label="Buffers and limits")
    form_two = await oliver.click(two, label="Buffers and limits")
    await oliver.submit_modal(form_one, GOOD_RULES | {"buffer_before": "10"})
    await oliver.submit_modal(form_two, GOOD_RULES | {"most_per_day": "3"})
    limits = await load_limits(guild, oliver)
    assert (limits.buffer_before, limits.most_per_day) == (10, 3)

    await oliver.select(one, ["30", "60", "90"], custom_id="hours:lengths")
    await oliver.select(two, ["60"], custom_id="hours:lengths")
    availability = await guild.db.read(editor.load, actor_of(guild, oliver))
    assert availability.durations == (60, 90)


async def test_a_rule_that_was_changed_meanwhile_is_not_overwritten(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    rules = await oliver.click((await panel(guild, oliver)).response, label="Session rules")
    form = await oliver.click(rules.response, label="Buffers and limits")
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), buffer_before=15)
    answer = await oliver.submit_modal(form, GOOD_RULES | {"buffer_before": "10"})
    assert "This has changed in the meantime." in message_text(answer.response)
    assert (await load_limits(guild, oliver)).buffer_before == 15
    # What was typed is kept; sending it again is a decision.
    form = await oliver.click(answer.response, label="Correct it")
    assert text_fields(form)["buffer_before"] == "10"
    await oliver.submit_modal(form, text_fields(form))
    assert (await load_limits(guild, oliver)).buffer_before == 10


async def test_the_form_previews_against_the_hours_of_now(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    form = await oliver.click((await panel(guild, oliver)).response, label="Type hours")
    await guild.db.run(editor.remove_hours, actor_of(guild, oliver), 6)
    preview = await oliver.submit_modal(form, {"hours": "daily 10-17"})
    assert "Replace week removes: **Mon–Sat** 09:00–10:00" in message_text(preview.response)
    assert "**Mon–Sun** 10:00–17:00" in message_text(preview.response)
    availability = await guild.db.read(editor.load, actor_of(guild, oliver))
    assert {hours.weekday for hours in availability.weekly} == {0, 1, 2, 3, 4, 5}


async def test_sessions_outside_new_hours_are_listed_and_kept(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    start = guild.now.replace(day=3, hour=15)
    await book(guild, maya, oliver, start)
    preview = await oliver.slash(guild.channel, "mentor hours", hours="mon-fri 18-20")
    week = await oliver.click(preview.response, label="Replace week")
    assert f"Booked outside these hours: • <t:{int(start.timestamp())}:F>" in message_text(
        week.response
    )
    assert "They stay booked." in message_text(week.response)
    assert "waiting for an answer" in message_text(
        (await maya.slash(guild.channel, "sessions")).response
    )


async def test_availability_is_for_mentors_only(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    answer = await maya.slash(guild.channel, "mentor hours")
    assert "You aren't a mentor here yet. Apply with `/mentor apply`." in message_text(
        answer.response
    )
