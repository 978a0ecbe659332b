"""The availability panel, with a preview of open slots after each change."""

from __future__ import annotations

from typing import Any

import simcord

from mentorship.availability import editor
from mentorship.availability.slots import BookingLimits
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


def options(message: Any, custom_id: str) -> dict[str, str]:
    """Return the options of a menu: label to value."""
    for item in iter_components(message):
        if item.get("custom_id") == custom_id:
            return {option["label"]: option["value"] for option in item["options"]}
    raise AssertionError(f"no menu {custom_id}")


async def panel(guild: SimulatedGuild, oliver: simcord.MemberActor) -> simcord.InteractionResult:
    return await oliver.slash(guild.channel, "mentor hours")


async def test_the_panel_shows_the_week(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-21:30; sat 10-14")
    result = await panel(guild, oliver)
    assert "In your time zone (London)." in message_text(result.response)
    assert "**Friday** 18:00–21:30" in message_text(result.response)
    assert "**Sunday** —" in message_text(result.response)
    assert "Next open slots: • <t:1772474400:F>" in message_text(result.response)
    assert button_labels(result.response) == [
        "Change a day",
        "Type hours",
        "Days off",
        "Session rules",
    ]


async def test_hours_are_added_removed_and_copied_with_menus(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    result = await panel(guild, oliver)
    day = await oliver.select(result.response, ["1"], custom_id="hours:day")
    assert "**Tuesday** —" in message_text(day.response)

    until = await oliver.select(day.response, ["540"], custom_id="hours:from:1")
    assert "Tuesday from 09:00" in message_text(until.response)
    twelve = options(until.response, "hours:until:1:540")["12:00"]
    day = await oliver.select(until.response, [twelve], custom_id="hours:until:1:540")
    assert "**Tuesday** 09:00–12:00" in message_text(day.response)
    assert "Next open slots" in message_text(day.response)

    # Adjacent hours are joined, and hours past midnight are marked.
    until = await oliver.select(day.response, ["660"], custom_id="hours:from:1")
    two_o_clock = options(until.response, "hours:until:1:660")["02:00 (next day)"]
    day = await oliver.select(until.response, [two_o_clock], custom_id="hours:until:1:660")
    assert "**Tuesday** 09:00–02:00 (next day)" in message_text(day.response)

    await guild.restart_bot()
    day = await oliver.select(day.response, ["2", "3"], custom_id="hours:copy:1")
    assert "**Wednesday** 09:00–02:00 (next day)" in message_text(day.response)
    week = await oliver.click(day.response, label="Back to the week")
    assert "**Thursday** 09:00–02:00 (next day)" in message_text(week.response)
    assert "**Monday** 18:00–20:00" in message_text(week.response)

    day = await oliver.select(week.response, ["0"], custom_id="hours:day")
    day = await oliver.select(day.response, ["1080"], custom_id="hours:remove:0")
    assert "**Monday** —" in message_text(day.response)


async def test_unreadable_hours_are_kept_in_the_form(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 18-20")
    result = await panel(guild, oliver)
    form = await oliver.click(result.response, label="Type hours")
    answer = await oliver.submit_modal(form, {"hours": "mon 9-12; someday 14-16"})
    messages = [message for message in (answer.response, *answer.followups) if message]
    assert any("I couldn't read `someday" in message_text(message) for message in messages)

    reopened = await oliver.click(result.response, label="Type hours")
    (field,) = reopened.modal["components"]
    assert field["component"]["value"] == "mon 9-12; someday 14-16"
    week = await oliver.submit_modal(reopened, {"hours": "mon 9-12; sun 14-16"})
    assert "**Sunday** 14:00–16:00" in message_text(week.response)


async def test_date_overrides_for_days_off_and_special_hours(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    dates = await oliver.click(result.response, label="Days off")
    assert "No days off yet." in message_text(dates.response)

    form = await oliver.click(dates.response, label="Add days off")
    dates = await oliver.submit_modal(form, {"first": "3 March", "last": "6 March", "hours": ""})
    assert "**Tue 3 Mar 2026 – Fri 6 Mar 2026** off" in message_text(dates.response)
    form = await oliver.click(dates.response, label="Add days off")
    dates = await oliver.submit_modal(form, {"first": "8.3.", "last": "", "hours": "12-14, 20-22"})
    assert "**Sun 8 Mar 2026** 12:00–14:00, 20:00–22:00" in message_text(dates.response)

    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    slots = await maya.autocomplete(guild.channel, "book", "when", "wed", mentor=str(oliver.id))
    assert not any(slot["name"].startswith("Wed 4 Mar") for slot in slots)

    week = await oliver.click(dates.response, label="Back to the week")
    assert "Days off and special hours: **Tue 3 Mar 2026 – Fri 6 Mar 2026** off" in message_text(
        week.response
    )
    dates = await oliver.click(week.response, label="Days off")
    vacation = options(dates.response, "hours:dates:clear")["Tue 3 Mar 2026 – Fri 6 Mar 2026"]
    dates = await oliver.select(dates.response, [vacation], custom_id="hours:dates:clear")
    assert "Tue 3 Mar" not in message_text(dates.response).split("Next open slots")[0]


async def test_invalid_date_overrides_are_explained(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    result = await panel(guild, oliver)
    dates = await oliver.click(result.response, label="Days off")
    for typed, refusal in (
        ({"first": "blue", "last": "", "hours": ""}, "I couldn't read `blue` as a time"),
        (
            {"first": "6 March", "last": "3 March", "hours": ""},
            "The last day must not come before the first.",
        ),
        ({"first": "6 March", "last": "", "hours": "noonish"}, "I couldn't read `noonish`"),
    ):
        form = await oliver.click(dates.response, label="Add days off")
        answer = await oliver.submit_modal(form, typed)
        messages = [message for message in (answer.response, *answer.followups) if message]
        assert any(refusal in message_text(message) for message in messages), refusal


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


async def test_replacing_the_week_says_how_to_undo_it(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-21:30")
    replaced = await oliver.slash(guild.channel, "mentor hours", hours="sun 17:00-20:00")
    text = message_text(replaced.response)
    assert "Your whole week was replaced." in text
    undo = text.split("`/mentor hours hours:")[1].split("`")[0]
    restored = await oliver.slash(guild.channel, "mentor hours", hours=undo)
    assert "**Monday** 18:00–21:30" in message_text(restored.response)
    assert "**Sunday** —" in message_text(restored.response)
    again = await oliver.slash(guild.channel, "mentor hours", hours=undo)
    assert "replaced" not in message_text(again.response)


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
        ("horizon_days", "999", "days ahead that can be booked is 1 to 365"),
        ("most_per_day", "0", "sessions a day is 1 to 48"),
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
    assert "This was changed in the meantime." in message_text(answer.response)
    assert (await load_limits(guild, oliver)).buffer_before == 15
    # What was typed is kept; sending it again is a decision.
    form = await oliver.click(answer.response, label="Correct it")
    assert text_fields(form)["buffer_before"] == "10"
    await oliver.submit_modal(form, text_fields(form))
    assert (await load_limits(guild, oliver)).buffer_before == 10


async def test_typed_hours_do_not_overwrite_hours_changed_meanwhile(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    form = await oliver.click((await panel(guild, oliver)).response, label="Type hours")
    await guild.db.run(editor.remove_hours, actor_of(guild, oliver), 6)
    answer = await oliver.submit_modal(form, {"hours": "daily 10-17"})
    messages = [message for message in (answer.response, *answer.followups) if message]
    assert any("This was changed in the meantime." in message_text(each) for each in messages)
    availability = await guild.db.read(editor.load, actor_of(guild, oliver))
    assert {hours.weekday for hours in availability.weekly} == {0, 1, 2, 3, 4, 5}


async def test_sessions_outside_new_hours_are_listed_and_kept(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-17")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    start = guild.now.replace(day=3, hour=15)
    await book(guild, maya, oliver, start)
    week = await oliver.slash(guild.channel, "mentor hours", hours="mon-fri 18-20")
    assert f"Booked outside these hours: • <t:{int(start.timestamp())}:F>" in message_text(
        week.response
    )
    assert "They stay booked." in message_text(week.response)
    assert "waiting for Oliver" in message_text(
        (await maya.slash(guild.channel, "sessions")).response
    )


async def test_availability_is_for_mentors_only(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    answer = await maya.slash(guild.channel, "mentor hours")
    assert "You aren't a mentor here yet. Apply with `/mentor apply`." in message_text(
        answer.response
    )
